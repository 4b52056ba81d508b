"""Generate into a folder without protoc: compile the protos, run, and write the result."""

import os
from collections.abc import Sequence

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest

from .errors import OptionError
from .inputs.compiler import below, compile_protos, include_dir
from .inputs.options import SETTINGS, parse_options, read_settings
from .inputs.options_proto import OLD_PROTO, OPTIONS_PROTO
from .inputs.places import Places
from .inputs.sources import find_sources
from .inputs.tree import DiskTree
from .outputs.journal import apply, check_recovered, recover
from .outputs.pending import forget_pending
from .outputs.project_lock import project_lock
from .outputs.report import Changeset
from .reconcile.last_run import check_version
from .reconcile.resume import run_on
from .reconcile.rewriting import find_rewriting
from .run import run


def generate(root: str, parameter: str, write: bool, verify: bool = False) -> Changeset:
    """Generate the project in ``root`` again from its protos; returns the changes. Raises GenerationError.

    With ``verify``, which is for runs that write nothing, each byte of the generated files is compared.
    """
    if not os.path.isfile(os.path.join(root, SETTINGS)):
        raise OptionError(
            f"{SETTINGS} not found in {root}: run this in a generated project, "
            "or create one with pyservice new DIR, or with protoc --pyservice_out=DIR FILE.proto."
        )
    with project_lock(root):
        Places(root).check_record()
        if write:
            recover(root)
        else:
            check_recovered(root)
        tree = DiskTree(root)
        options = parse_options(parameter, read_settings(tree))
        if verify:
            check_version(tree)
        rewriting = find_rewriting(root, options.roots, tree)
        parameter = f"{parameter},prune=true".strip(",")
        request = compile_protos(root, options.roots, options.protos, parameter, rewriting.changed)
        sources = find_sources(root, [include_dir()], [OPTIONS_PROTO] if _uses_options(request) else [])
        response = run_on(
            root,
            tree,
            lambda tree: rewriting.run_on(
                tree, lambda tree: run(request, tree, sources, can_delete=True, verify=verify)
            ),
        )
        if write:
            apply(root, response.write, response.delete)
            forget_pending(root)
    return _with_unlisted(response, root, options.roots, [OLD_PROTO, *(file.name for file in request.proto_file)])


def generate_from(root: str, include: str, protos: Sequence[str]) -> Changeset:
    """Create a project in ``root`` from protos below the folder ``include``; returns it. Raises GenerationError.

    Those outside the project are copied into it, with what they import.
    """
    with project_lock(root):
        request = compile_protos(root, [include], protos, "")
        sources = find_sources(root, [include, include_dir()], [file.name for file in request.proto_file])
        response = run(request, DiskTree(root), sources, can_delete=True)
        apply(root, response.write, response.delete)
    return response


def _uses_options(request: CodeGeneratorRequest) -> bool:
    return any(file.name == OPTIONS_PROTO for file in request.proto_file)


def _with_unlisted(response: Changeset, root: str, roots: Sequence[str], known: Sequence[str]) -> Changeset:
    """Report proto files that are neither listed nor imported: forgetting one is easy."""
    folders = [os.path.join(root, folder) for folder in roots]
    # One root may be inside another: then the same file has two names.
    seen = {os.path.realpath(os.path.join(folder, name)) for folder in folders for name in known}
    new: list[str] = []
    for folder in folders:
        names = {os.path.realpath(os.path.join(folder, name)): name for name in below([folder])}
        new += [name for path, name in names.items() if path not in seen]
        seen.update(names)
    todo = [f"{name} is not listed in {SETTINGS}; add it to generate.protos to have it served" for name in new]
    return response._replace(report=response.report._replace(todo=(*response.report.todo, *todo)))
