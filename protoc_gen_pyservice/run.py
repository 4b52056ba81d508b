"""One run, pure: a request and the project as it stands in, the files to write out.

bytes -> options -> descriptors -> model -> plan -> render -> reconcile -> bytes
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest

from . import __version__, naming
from .changes import find_moves
from .descriptors import DESCRIPTORS, Files, joined, requested, stored
from .errors import OptionError
from .job import Job
from .names import Names
from .options import Options, lasting, parse_options, read_settings
from .options_proto import check_options
from .owner import Owner
from .places import check_names
from .reconcile.lock import PRISTINE, Lock, digest
from .reconcile.lock_check import read_lock
from .reconcile.report import Event, Report, Response, What
from .sources import COPIES, Sources
from .templating import template_digest
from .tree import MemoryTree, Tree

if TYPE_CHECKING:
    from .render import Rendered

_SAFE_MODE = (
    "only machine-owned files were written, because it is not known where the project is: "
    "add --pyservice_opt=out=DIR with the folder that --pyservice_out names to get the rest"
)


def run(
    request: CodeGeneratorRequest,
    tree: Tree | None,
    sources: Sources | None = None,
    can_delete: bool = False,
) -> Response:
    """Generate, or bring along, the project of a request.

    ``tree`` is the project root as it stands; None when nobody knows where it is, in which case only
    machine-owned files come back, never one that could overwrite a person's. Raises GenerationError.
    """
    job = understand(request, tree if tree is not None else MemoryTree(), sources or Sources(), can_delete)
    if job.lock is not None and job.lock.request == job.fingerprint and _is_settled(job):
        return Response(Report(job.names.project))
    # Imported only now: a run that has nothing to do is over before a template is loaded.
    from .bring import bring_along
    from .make import make

    made = make(job)
    if tree is None or job.options.only:
        todo = (_SAFE_MODE,) if tree is None and not job.options.only else ()
        response = _machine_only(made.rendered, job, todo)
    else:
        response = bring_along(job, made)
    check_names(response.write)
    return response


def understand(request: CodeGeneratorRequest, tree: Tree, sources: Sources, can_delete: bool) -> Job:
    """What a run is to do: the options, descriptors and names of today beside those of the last run."""
    options = parse_options(request.parameter, read_settings(tree))
    lock = _begun_anew(read_lock(tree), tree)
    old = _stored(tree, lock)
    asked = requested(request)
    files = joined(asked, old, options.prune)
    check_options(files.all)
    moves = find_moves(old, files)
    names = _names(files, options, lock, moves)
    if lock is not None and lock.package not in (None, names.package):
        from .reconcile.renamed import follow

        tree, lock = follow(tree, lock, names.package)
    options = options._replace(
        name=names.project,
        package=names.package,
        roots=tuple(dict.fromkeys((*options.roots, *sources.roots))) or (COPIES,),
        protos=_listed(options.protos, asked.targets, files.targets, lock),
    )
    return Job(options, files, names, tree, sources, lock, old, moves, can_delete, _fingerprint(options, files))


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


def _stored(tree: Tree, lock: Lock | None) -> Files | None:
    content = tree.read(DESCRIPTORS)
    known = lock is not None and content is not None and digest(content) == lock.descriptors
    return stored(content, lock.protos if lock else (), known)


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
    project = options.name or (lock and lock.project) or naming.project_name(head.package, head.name)
    package = options.package or (lock and lock.package) or naming.package_name(project)
    names = Names(project, package, _known_names(lock, files), moves)
    names.announce(f"{file.package}.{service.name}".lstrip(".") for file in targets for service in file.service)
    return names


def _check_new(options: Options, lock: Lock | None) -> None:
    """Refuse names that are asked for and would be in the way of a library. Raises OptionError.

    Names once given stay given, whatever is installed by now.
    """
    name, package = options.name or "", options.package or ""
    safe = naming.distribution_name(name)
    if safe != name and (lock is None or lock.project != name):
        raise OptionError(
            f"name={name} is not possible: the project would be installed in place of a library or tool of that name; "
            f"try name={safe}."
        )
    safe = naming.package_name(package)
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


def _is_settled(job: Job) -> bool:
    """Whether nothing of the machine's was edited or removed, nothing is asked back or left to do."""
    assert job.lock is not None
    if job.options.restore or job.lock.pending or (job.can_delete and job.lock.stale):
        return False
    if set(job.lock.protos) != set(job.files.targets):
        return False
    for proto, text in job.sources.outside.items():
        if job.tree.read(f"{PRISTINE}{COPIES}/{proto}") != text:
            return False
    for path, entry in job.lock.files.items():
        job.tree.check(path)
        if entry.owner is Owner.MACHINE:
            content = job.tree.read(path)
            if content is None or digest(content) != entry.digest:
                return False
    return True


def _machine_only(rendered: "Sequence[Rendered]", job: Job, todo: tuple[str, ...]) -> Response:
    write = {file.path: file.content for file in rendered if file.owner is Owner.MACHINE}
    events = tuple(Event(What.CREATED, path) for path in write)
    return Response(Report(job.names.project, events, todo=todo), write)
