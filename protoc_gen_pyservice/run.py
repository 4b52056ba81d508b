"""One run, pure: a request and the project as it stands in, the files to write out.

    bytes -> options -> descriptors -> model -> plan -> render -> reconcile -> bytes
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest

from . import __version__, naming
from .descriptors import Files, joined, requested, stored, symbols
from .distributions import BUILT_IN_SERVICES, shipped_by
from .errors import OptionError
from .names import Names
from .options import Options, parse_options
from .owner import Owner
from .reconcile.lock import DESCRIPTORS, LOCK, Lock, digest, read_lock
from .reconcile.report import Event, Report
from .sources import COPIES, Sources
from .tree import MemoryTree, Tree

if TYPE_CHECKING:
    from .model import Project
    from .pb2 import Compiled
    from .render import Rendered

SETTINGS = "pyservice.toml"


class Response(NamedTuple):
    """What to write below the project root, what to delete there, and what to tell the user."""

    report: Report
    write: dict[str, bytes] = {}
    delete: tuple[str, ...] = ()


def run(request: CodeGeneratorRequest, tree: Tree | None, sources: Sources = Sources()) -> Response:
    """Generate, or bring along, the project of a request.

    ``tree`` is the project root as it stands; None when nobody knows where it is, in which case only
    machine-owned files come back, never one that could overwrite a person's. Raises GenerationError.
    """
    place = tree if tree is not None else MemoryTree()
    options = parse_options(request.parameter, read_settings(place))
    lock = read_lock(place)
    old = stored(place.read(DESCRIPTORS), lock.protos if lock else ())
    files = joined(requested(request), old, options.prune)
    names = _names(files, options, lock)
    options = options._replace(
        name=names.project,
        package=names.package,
        roots=_roots(options, sources),
        protos=files.targets,
    )
    asked = _fingerprint(files, options, sources)
    if lock is not None and lock.request == asked and _untouched(lock, place, options):
        return Response(Report(names.project))
    return _generate(files, options, names, lock, old, place, sources, asked, machine_only=tree is None)


def read_settings(tree: Tree) -> dict[str, Any] | None:
    """The project's pyservice.toml; None when there is none. Raises OptionError if it does not parse."""
    content = tree.read(SETTINGS)
    if content is None:
        return None
    import tomllib

    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"{SETTINGS} is not valid TOML ({error}): correct it, or delete it to start anew.") from None


# ------------------------------------------------------------------------------------- what to make


def _roots(options: Options, sources: Sources) -> tuple[str, ...]:
    """The roots that pyservice.toml has, and the ones this run came from."""
    return tuple(dict.fromkeys((*options.roots, *sources.roots))) or (COPIES,)


def _names(files: Files, options: Options, lock: Lock | None) -> Names:
    targets = [file for file in files.all if file.name in files.targets]
    targets.sort(key=lambda file: files.targets.index(file.name))
    head = next((file for file in targets if file.service), targets[0])
    project = options.name or (lock and lock.project) or naming.project_name(head.package, head.name)
    package = options.package or (lock and lock.package) or naming.package_name(project)
    names = Names(project, package, lock.names if lock else None)
    names.announce(
        f"{file.package}.{service.name}".lstrip(".") for file in targets for service in file.service
    )
    return names


def _fingerprint(files: Files, options: Options, sources: Sources) -> str:
    """A digest of everything that a run's output depends on, but for the project itself."""
    asked = hashlib.sha256(f"{__version__} {options._replace(out=None, restore=())}".encode())
    asked.update(files.to_bytes())
    for proto, content in sorted(sources.outside.items()):
        asked.update(proto.encode() + b"\0" + content)
    return asked.hexdigest()


def _untouched(lock: Lock, tree: Tree, options: Options) -> bool:
    """Whether nothing that belongs to the machine was edited or removed, and nothing is asked back."""
    if options.restore or lock.pending:
        return False
    for path, entry in lock.files.items():
        if entry.owner is Owner.MACHINE:
            content = tree.read(path)
            if content is None or digest(content) != entry.digest:
                return False
    return True


# ------------------------------------------------------------------------------------------ making it


def _generate(
    files: Files,
    options: Options,
    names: Names,
    lock: Lock | None,
    old: Files | None,
    tree: Tree,
    sources: Sources,
    asked: str,
    machine_only: bool,
) -> Response:
    from .build import build_project
    from .pb2 import compile_modules
    from .plan import plan
    from .reconcile.project import reconcile
    from .render import render
    from .requirements import requirements

    compiled = compile_modules(files.all, files.targets)
    project = build_project(files.all, files.targets, options, names, requirements(files, compiled))
    rendered = [*render(plan(project), project), *_modules(project, compiled), *_contract(project, sources)]
    if machine_only or options.only:
        return _machine_only(rendered, project, asked_for=options.only is not None)
    result = reconcile(rendered, tree, lock, options)
    new_lock = Lock(
        request=asked,
        project=names.project,
        package=names.package,
        names=names.remembered(),
        protos=files.targets,
        files=dict(sorted(result.entries.items())),
    )
    for path, content in ((DESCRIPTORS, files.to_bytes()), (LOCK, new_lock.to_bytes())):
        if tree.read(path) != content:
            result.write[path] = content
    report = Report(names.project, tuple(result.events), todo=_todo(project))
    return Response(report, result.write, tuple(result.delete))


def _modules(project: "Project", compiled: "Compiled") -> "Iterator[Rendered]":
    """The compiler's modules, and an ``__init__.py`` in every folder that holds one."""
    from .pb2 import HEADER
    from .render import Rendered

    gen = f"src/{project.package}/gen"
    folders: dict[str, None] = {}
    for path, text in compiled.files.items():
        yield Rendered(f"{gen}/{path}", text, Owner.MACHINE)
        while "/" in path:
            path = path.rpartition("/")[0]
            folders[path] = None
    for folder in sorted(folders):
        yield Rendered(f"{gen}/{folder}/__init__.py", HEADER, Owner.MACHINE)


def _contract(project: "Project", sources: Sources) -> "Iterator[Rendered]":
    from .render import Rendered

    for proto, content in sorted(sources.outside.items()):
        yield Rendered(f"{COPIES}/{proto}", content.decode("utf-8", "replace"), Owner.CONTRACT)


def _machine_only(rendered: "Sequence[Rendered]", project: "Project", asked_for: bool) -> Response:
    write = {file.path: file.text.encode() for file in rendered if file.owner is Owner.MACHINE}
    todo = () if asked_for else (_SAFE_MODE,)
    return Response(Report(project.name, (), todo=todo), write)


_SAFE_MODE = (
    "only machine-owned files were written, because it is not known where the project is: "
    "add --pyservice_opt=out=DIR with the folder that --pyservice_out names to get the rest"
)


def _todo(project: "Project") -> tuple[str, ...]:
    if not project.services:
        return ("these protos have no service of yours, so there is nothing to serve: only gen/ was written",)
    return ()
