"""Generate into a folder without protoc: compile the protos, run, and write what came of it."""

import os
from collections.abc import Sequence

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest

from .apply import apply, check_recovered, recover
from .compiler import below, compile_protos, include_dir
from .errors import OptionError
from .options import SETTINGS, parse_options, read_settings
from .options_proto import OLD_PROTO, OPTIONS_PROTO
from .pending import forget_pending
from .places import Places
from .project_lock import alone
from .reconcile.report import Response
from .resume import run_on
from .rewriting import find_rewriting
from .run import run
from .sources import find_sources
from .tree import DiskTree


def generate(root: str, parameter: str, write: bool) -> Response:
    """Bring the project in ``root`` along with its protos. Raises GenerationError."""
    if not os.path.isfile(os.path.join(root, SETTINGS)):
        raise OptionError(
            f"there is no {SETTINGS} in {root}: run this in a generated project, "
            "or make one with pyservice new DIR, or with protoc --pyservice_out=DIR FILE.proto."
        )
    with alone(root):
        Places(root).check_record()
        if write:
            recover(root)
        else:
            check_recovered(root)
        tree = DiskTree(root)
        options = parse_options(parameter, read_settings(tree))
        rewriting = find_rewriting(root, options.roots, tree)
        parameter = f"{parameter},prune=true".strip(",")
        request = compile_protos(root, options.roots, options.protos, parameter, rewriting.changed)
        sources = find_sources(root, [include_dir()], [OPTIONS_PROTO] if _uses_options(request) else [])
        response = run_on(
            root, tree, lambda tree: rewriting.run_on(tree, lambda tree: run(request, tree, sources, can_delete=True))
        )
        if write:
            apply(root, response.write, response.delete)
            forget_pending(root)
    return _with_unlisted(response, root, options.roots, [OLD_PROTO, *(file.name for file in request.proto_file)])


def generate_from(root: str, include: str, protos: Sequence[str]) -> Response:
    """Make a project in ``root`` from protos below the folder ``include``. Raises GenerationError.

    Those outside the project are copied into it, with what they import.
    """
    with alone(root):
        request = compile_protos(root, [include], protos, "")
        sources = find_sources(root, [include, include_dir()], [file.name for file in request.proto_file])
        response = run(request, DiskTree(root), sources, can_delete=True)
        apply(root, response.write, response.delete)
    return response


def _uses_options(request: CodeGeneratorRequest) -> bool:
    return any(file.name == OPTIONS_PROTO for file in request.proto_file)


def _with_unlisted(response: Response, root: str, roots: Sequence[str], known: Sequence[str]) -> Response:
    """Point out proto files that nobody listed or imports: forgetting one is easy."""
    folders = [os.path.join(root, folder) for folder in roots]
    # One root may be inside another: then the same file has two names.
    seen = {os.path.realpath(os.path.join(folder, name)) for folder in folders for name in known}
    new: list[str] = []
    for folder in folders:
        named = {os.path.realpath(os.path.join(folder, name)): name for name in below([folder])}
        new += [name for path, name in named.items() if path not in seen]
        seen.update(named)
    todo = [f"{name} is not listed in {SETTINGS}; add it to generate.protos to have it served" for name in new]
    return response._replace(report=response.report._replace(todo=(*response.report.todo, *todo)))
