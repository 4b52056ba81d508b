"""One run, pure: a request and the existing project in, the files to write out.

bytes -> options -> descriptors -> model -> plan -> render -> reconcile -> bytes
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest

from . import __version__
from .errors import OptionError
from .inputs.descriptors import Files, check_stored, joined, requested, stored
from .inputs.lock import Lock
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
from .reconcile.last_run import read_last_run
from .reconcile.service_changes import find_moves
from .render.templates import template_digest

if TYPE_CHECKING:
    from .render.files import Rendered

_SAFE_MODE = (
    "only generated files were written, because the project's folder is unknown: "
    "add --pyservice_opt=out=DIR with the folder that --pyservice_out names to get the rest"
)


def run(
    request: CodeGeneratorRequest,
    tree: Tree | None,
    sources: Sources | None = None,
    can_delete: bool = False,
    verify: bool = False,
) -> Changeset:
    """Generate or update the project of a request; returns the changes.

    With ``verify`` every file is compared with what is generated, whatever the lock says about it.

    ``tree`` is the existing project; None if its folder is unknown, in which case only generated files
    are returned, never one that could overwrite the user's. Raises GenerationError.
    """
    generation = resolve(request, tree if tree is not None else MemoryTree(), sources or Sources(), can_delete)
    previous = generation.lock.request if generation.lock is not None and not verify else None
    if previous == generation.fingerprint and _is_settled(generation):
        return Changeset(Report(generation.names.project))
    if generation.old is not None:
        check_stored(generation.old)
    # Imported only now: a run that has nothing to do is over before a template is loaded.
    from .reconcile.deep_imports import check_switch
    from .reconcile.update import update_project
    from .render.project import render_project

    check_switch(generation.options.runtime, generation.names.package, generation.lock, generation.tree)
    rendered = render_project(generation)
    if tree is None or generation.options.only:
        todo = (_SAFE_MODE,) if tree is None and not generation.options.only else ()
        response = _generated_only(rendered.rendered, generation, todo)
    else:
        response = update_project(generation, rendered)
    check_names(response.write)
    return response


def resolve(request: CodeGeneratorRequest, tree: Tree, sources: Sources, can_delete: bool) -> Generation:
    """Return the input of a run: its options, descriptors and names beside those of the last run."""
    options = parse_options(request.parameter, read_settings(tree))
    lock, objects = read_last_run(tree)
    lock = _without_removed(lock, tree)
    new = requested(request)
    old = stored(lock.descriptors, objects, lock.protos, new) if lock else None
    files = joined(new, old, options.prune)
    check_options(files.all)
    moves = find_moves(old, files)
    names = _names(files, options, lock, moves)
    if lock is not None and lock.package not in (None, names.package):
        from .reconcile.renamed_package import follow

        lock = follow(tree, lock, names.package)
    options = options._replace(
        name=names.project,
        package=names.package,
        roots=tuple(dict.fromkeys((*options.roots, *sources.roots))) or (COPIES,),
        protos=_listed(options.protos, new.targets, files.targets, lock),
    )
    fingerprint = _fingerprint(options, files)
    return Generation(options, files, names, tree, sources, lock, objects, old, moves, can_delete, fingerprint)


def _fingerprint(options: Options, files: Files) -> str:
    state = hashlib.sha256(f"{__version__} {template_digest()} {lasting(options)}".encode())
    state.update(files.to_bytes())
    return state.hexdigest()


def _without_removed(lock: Lock | None, tree: Tree) -> Lock | None:
    """Return the lock; without missing files if no generated file exists: then the project was removed as a whole."""
    if lock is None or _has_generated_files(lock, tree):
        return lock
    files = {path: entry for path, entry in lock.files.items() if tree.read(path) is not None}
    return lock._replace(request="", files=files, conflicts=(), stale=())


def _has_generated_files(lock: Lock, tree: Tree) -> bool:
    return any(entry.owner is Owner.GENERATED and tree.read(path) is not None for path, entry in lock.files.items())


def _listed(written: tuple[str, ...], new: Sequence[str], targets: Sequence[str], lock: Lock | None) -> tuple[str, ...]:
    """Return the protos as pyservice.toml lists them, with requested ones that it does not mention yet.

    Protos that an earlier run served and this one does not are removed; what the user removed stays out.
    """
    patterns = tuple(entry for entry in written if "*" in entry)
    if patterns:
        from fnmatch import fnmatch

        new = tuple(name for name in new if not any(fnmatch(name, pattern) for pattern in patterns))
    served = lock.protos if lock else ()
    return tuple(dict.fromkeys((*(entry for entry in written if entry in targets or entry not in served), *new)))


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
    """Raise OptionError for a requested name that would hide a library.

    Names of earlier runs are kept, also if a library of that name is installed now.
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
    """Return the names of earlier runs; a proto that was removed, or moved, frees the name of its module."""
    if lock is None:
        return None
    protos = {file.name for file in files.all}
    aliases = {proto: alias for proto, alias in lock.names.get("aliases", {}).items() if proto in protos}
    return {**lock.names, "aliases": aliases}


def _is_settled(generation: Generation) -> bool:
    """Return whether the generated files are as generated, nothing is to be restored and no action is needed."""
    assert generation.lock is not None
    if generation.options.restore or generation.lock.pending or (generation.can_delete and generation.lock.stale):
        return False
    if set(generation.lock.protos) != set(generation.files.targets):
        return False
    known = generation.lock.files
    for proto, text in generation.sources.outside.items():
        copy = known.get(f"{COPIES}/{proto}")
        if copy is None or not copy.names(text):
            return False
    for path, entry in known.items():
        generation.tree.check(path)
        if entry.owner is Owner.GENERATED:
            content = generation.tree.read(path)
            if content is None or not entry.names(content):
                return False
    return True


def _generated_only(rendered: "Sequence[Rendered]", generation: Generation, todo: tuple[str, ...]) -> Changeset:
    write = {file.path: file.content for file in rendered if file.owner is Owner.GENERATED}
    events = tuple(Event(FileAction.CREATED, path) for path in write)
    return Changeset(Report(generation.names.project, events, todo=todo), write)
