"""One run, pure: a request and the project as it stands in, the files to write out.

bytes -> options -> descriptors -> model -> plan -> render -> reconcile -> bytes
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest

from . import __version__
from .errors import OptionError
from .inputs.descriptors import DESCRIPTORS, Files, check_stored, joined, requested, stored
from .inputs.lock import PRISTINE, Lock, digest
from .inputs.old_options import check_options
from .inputs.options import Options, lasting, parse_options, read_settings
from .inputs.places import check_names
from .inputs.sources import COPIES, Sources
from .inputs.tree import MemoryTree, Tree
from .model import project_names
from .model.generation import Generation
from .model.names import Names
from .outputs.report import Changeset, Event, FileAction, Report
from .ownership import Owner
from .reconcile.lock_check import read_lock
from .reconcile.service_changes import find_moves
from .render.templates import template_digest

if TYPE_CHECKING:
    from .render.files import Rendered

_SAFE_MODE = (
    "only machine-owned files were written, because it is not known where the project is: "
    "add --pyservice_opt=out=DIR with the folder that --pyservice_out names to get the rest"
)


def run(
    request: CodeGeneratorRequest,
    tree: Tree | None,
    sources: Sources | None = None,
    can_delete: bool = False,
) -> Changeset:
    """Generate, or bring along, the project of a request.

    ``tree`` is the project root as it stands; None when nobody knows where it is, in which case only
    machine-owned files come back, never one that could overwrite a person's. Raises GenerationError.
    """
    generation = resolve(request, tree if tree is not None else MemoryTree(), sources or Sources(), can_delete)
    if generation.lock is not None and generation.lock.request == generation.fingerprint and _is_settled(generation):
        return Changeset(Report(generation.names.project))
    if generation.old is not None:
        check_stored(generation.old)
    # Imported only now: a run that has nothing to do is over before a template is loaded.
    from .reconcile.update import update_project
    from .render.project import render_project

    rendered = render_project(generation)
    if tree is None or generation.options.only:
        todo = (_SAFE_MODE,) if tree is None and not generation.options.only else ()
        response = _machine_only(rendered.rendered, generation, todo)
    else:
        response = update_project(generation, rendered)
    check_names(response.write)
    return response


def resolve(request: CodeGeneratorRequest, tree: Tree, sources: Sources, can_delete: bool) -> Generation:
    """What a run is to do: the options, descriptors and names of today beside those of the last run."""
    options = parse_options(request.parameter, read_settings(tree))
    lock = _begun_anew(read_lock(tree), tree)
    old = stored(tree.read(DESCRIPTORS), lock.protos if lock else ())
    asked = requested(request)
    files = joined(asked, old, options.prune)
    check_options(files.all)
    moves = find_moves(old, files)
    names = _names(files, options, lock, moves)
    if lock is not None and lock.package not in (None, names.package):
        from .reconcile.renamed_package import follow

        tree, lock = follow(tree, lock, names.package)
    options = options._replace(
        name=names.project,
        package=names.package,
        roots=tuple(dict.fromkeys((*options.roots, *sources.roots))) or (COPIES,),
        protos=_listed(options.protos, asked.targets, files.targets, lock),
    )
    return Generation(options, files, names, tree, sources, lock, old, moves, can_delete, _fingerprint(options, files))


def _fingerprint(options: Options, files: Files) -> str:
    asked = hashlib.sha256(f"{__version__} {template_digest()} {lasting(options)}".encode())
    asked.update(files.to_bytes())
    return asked.hexdigest()


def _begun_anew(lock: Lock | None, tree: Tree) -> Lock | None:
    """The lock; without the files that are not there if no machine-owned one is: they never were, or went together."""
    if lock is None or _has_machine_files(lock, tree):
        return lock
    files = {path: entry for path, entry in lock.files.items() if tree.read(path) is not None}
    return lock._replace(request="", files=files, conflicts=(), stale=())


def _has_machine_files(lock: Lock, tree: Tree) -> bool:
    return any(entry.owner is Owner.MACHINE and tree.read(path) is not None for path, entry in lock.files.items())


def _listed(
    written: tuple[str, ...], asked: Sequence[str], targets: Sequence[str], lock: Lock | None
) -> tuple[str, ...]:
    """The protos as pyservice.toml lists them, with those asked for that it does not mention yet.

    Taken out is what an earlier run served and this one does not; what its owner took out stays out.
    """
    patterns = tuple(entry for entry in written if "*" in entry)
    if patterns:
        from fnmatch import fnmatch

        asked = tuple(name for name in asked if not any(fnmatch(name, pattern) for pattern in patterns))
    served = lock.protos if lock else ()
    return tuple(dict.fromkeys((*(entry for entry in written if entry in targets or entry not in served), *asked)))


def _names(files: Files, options: Options, lock: Lock | None, moves: Mapping[str, str]) -> Names:
    by_name = {file.name: file for file in files.all}
    targets = [by_name[name] for name in files.targets]
    head = next((file for file in targets if file.service), targets[0])
    _check_new(options, lock)
    project = options.name or (lock and lock.project) or project_names.project_name(head.package, head.name)
    package = options.package or (lock and lock.package) or project_names.package_name(project)
    names = Names(project, package, _known_names(lock, files), moves)
    names.register(f"{file.package}.{service.name}".lstrip(".") for file in targets for service in file.service)
    return names


def _check_new(options: Options, lock: Lock | None) -> None:
    """Refuse names that are asked for and would be in the way of a library. Raises OptionError.

    Names once given stay given, whatever is installed by now.
    """
    name, package = options.name or "", options.package or ""
    safe = project_names.distribution_name(name)
    if safe != name and (lock is None or lock.project != name):
        raise OptionError(
            f"name={name} is not possible: the project would be installed in place of a library or tool of that name; "
            f"try name={safe}."
        )
    safe = project_names.package_name(package)
    if package and safe != package.lower() and (lock is None or lock.package != package):
        raise OptionError(
            f"package={package} is not possible: that package would hide another module; try package={safe}."
        )


def _known_names(lock: Lock | None, files: Files) -> Mapping[str, Mapping[str, str]] | None:
    """The names of earlier runs; a proto that went, or moved, leaves the name of its module free."""
    if lock is None:
        return None
    here = {file.name for file in files.all}
    aliases = {proto: alias for proto, alias in lock.names.get("aliases", {}).items() if proto in here}
    return {**lock.names, "aliases": aliases}


def _is_settled(generation: Generation) -> bool:
    """Whether nothing of the machine's was edited or removed, nothing is asked back or left to do."""
    assert generation.lock is not None
    if generation.options.restore or generation.lock.pending or (generation.can_delete and generation.lock.stale):
        return False
    if set(generation.lock.protos) != set(generation.files.targets):
        return False
    for proto, text in generation.sources.outside.items():
        if generation.tree.read(f"{PRISTINE}{COPIES}/{proto}") != text:
            return False
    for path, entry in generation.lock.files.items():
        generation.tree.check(path)
        if entry.owner is Owner.MACHINE:
            content = generation.tree.read(path)
            if content is None or digest(content) != entry.digest:
                return False
    return True


def _machine_only(rendered: "Sequence[Rendered]", generation: Generation, todo: tuple[str, ...]) -> Changeset:
    write = {file.path: file.content for file in rendered if file.owner is Owner.MACHINE}
    events = tuple(Event(FileAction.CREATED, path) for path in write)
    return Changeset(Report(generation.names.project, events, todo=todo), write)
