"""Bring what was made and the project as it stands together, and record what was done."""

from collections.abc import Iterator

from .build import build_project
from .changes import (
    gone_modules,
    gone_services,
    handler_path,
    previous_services,
    same_methods,
    service_changes,
    test_path,
)
from .descriptors import DESCRIPTORS
from .job import Job
from .make import Made
from .model import Project, Service
from .modules import reserved_then
from .names import Names
from .owner import Owner
from .plan import HOUSE, Output, Scope
from .reconcile.lock import LOCK, PRISTINE, Lock, digest
from .reconcile.project import Result, reconcile
from .reconcile.report import Report, Response, What
from .render import render
from .tree import Overlay

ANSWERS = ".copier-answers.yml"


def bring_along(job: Job, made: Made) -> Response:
    """Merge, edit the handlers, write the lock and the report."""
    result = reconcile(made.rendered, job.tree, job.lock, job.options, job.can_delete)
    previous = _previous(job)
    changes = list(service_changes(previous, made.project, job.moves))
    todo = _todo(made.project)
    handlers = _bring_handlers(job, made, previous, result)
    changes += handlers.changes
    todo += handlers.todo
    _leave_tests(job, made.project, result)
    if previous is not None:
        todo += _leave_behind(job, made, previous, result)
        todo += _vanished_imports(job, result)
    todo += _rename(job, result)
    _bring_answers(job, result)
    _record(job, result, tuple(handlers.pending))
    report = Report(job.names.project, tuple(result.events), tuple(changes), tuple(dict.fromkeys(todo)))
    return Response(report, result.write, tuple(result.delete))


def _bring_answers(job: Job, result: Result) -> None:
    """A project that copier made keeps its answers in a file; they follow pyservice.toml."""
    disk = job.tree.read(ANSWERS)
    if disk is None:
        return
    from .reconcile.answers import with_answers

    answers = with_answers(disk, job.options)
    if answers != disk:
        result.write[ANSWERS] = answers
        result.say(What.UPDATED, ANSWERS)


def _rename(job: Job, result: Result) -> Iterator[str]:
    """Where the package has another name, what is kept about it moves along; what is left to do."""
    old, new = job.lock.package if job.lock else None, job.names.package
    if old in (None, new):
        return
    from .reconcile.renamed import moved_pristine, old_imports

    assert old is not None
    result.delete = [path for path in result.delete if not path.startswith(f"{PRISTINE}src/{new}/")]
    for path, target, text in moved_pristine(job.tree, old, new):
        if target.removeprefix(PRISTINE) in result.entries:
            result.write.setdefault(target, text)
        if job.can_delete:
            result.delete.append(path)
    yield from old_imports(Overlay(job.tree, result.write), old, new)


class _Handlers:
    """What came of all handler files together."""

    def __init__(self) -> None:
        self.changes: list[str] = []
        self.todo: list[str] = []
        self.pending: list[str] = []


def _bring_handlers(job: Job, made: Made, previous: Project | None, result: Result) -> _Handlers:
    """Edit the handler files that have to follow their proto."""
    total = _Handlers()
    stale = list(_stale(job, made, previous, result))
    if not stale:
        return total
    # Imported only now: reading Python's concrete syntax costs more than the rest of a run.
    from .reconcile.handler_update import Update
    from .reconcile.handlers import bring_along as bring_handlers

    gone = gone_modules(job.old, job.files, _reserved(job))
    waiting = _waiting(job)
    for service, old, texts in stale:
        paths = handler_path(made.project, service), test_path(service)
        returned = _tests_returned(job, service, old, result)
        update = Update(service, old, paths[0], texts[0], paths[1], *texts[1:], returned)
        outcome = bring_handlers(update, Overlay(job.tree, result.write), job.names.package, waiting, gone)
        result.write.update(outcome.write)
        result.events += outcome.events
        total.changes += outcome.changes
        total.todo += outcome.todo
        total.pending += outcome.pending
    return total


def _is_written(job: Job, service: Service) -> bool:
    """Whether somebody has a handler for a service already: from before it went, or ahead of its proto."""
    folder = f"src/{job.names.package}/handlers"
    base = service.servicer.encode()
    if not any(base in (job.tree.read(path) or b"") for path in job.tree.files(folder)):
        return False
    from .reconcile.handler_class import find_class

    handler, broken = find_class(job.tree, folder, service.servicer)
    return handler is not None or bool(broken)


def _waiting(job: Job) -> frozenset[str]:
    """Paths, as they are now, of the RPCs whose stubs an earlier run could not write."""
    pairs = (path[1:].split("/") for path in (job.lock.pending if job.lock else ()))
    return frozenset(f"/{job.moves.get(service, service)}/{rpc}" for service, rpc in pairs)


def _leave_behind(job: Job, made: Made, previous: Project, result: Result) -> Iterator[str]:
    """What is left to do about services that went, whose files are their owner's."""
    gone = gone_services(previous, made.project, job.moves)
    if not gone:
        return
    from .reconcile.handler_update import Update
    from .reconcile.left_over import leave_behind

    servicers = [service.servicer for service in made.project.services]
    modules = gone_modules(job.old, job.files, _reserved(job))
    for service in gone:
        rest = service._replace(methods=(), handler_imports=(), test_imports=())
        now, was = _rendered_before(previous, rest), _rendered_before(previous, service)
        paths = handler_path(previous, service), test_path(service)
        update = Update(rest, service, paths[0], now[0], paths[1], now[1], *was)
        outcome = leave_behind(update, Overlay(job.tree, result.write), job.names.package, servicers, modules)
        result.write.update(outcome.write)
        result.events += outcome.events
        yield from outcome.todo


def _vanished_imports(job: Job, result: Result) -> Iterator[str]:
    gone = gone_modules(job.old, job.files, _reserved(job))
    if gone:
        from .reconcile.left_over import vanished_imports

        yield from vanished_imports(Overlay(job.tree, result.write), job.names.package, gone)


def _reserved(job: Job) -> frozenset[str]:
    """What no proto folder was called in the last run."""
    return reserved_then(job.lock.files if job.lock else (), job.names.package)


def _previous(job: Job) -> Project | None:
    """The model of the last run, with the names it had then."""
    if job.old is None or job.lock is None:
        return None
    names = Names(job.names.project, job.names.package, job.lock.names, reserved=_reserved(job))
    # Policies are declared for the methods of today; handlers do not follow them.
    options = job.options._replace(methods={})
    return build_project(job.old.all, job.old.targets, options, names, ())


_Texts = tuple[str, str | None, str | None, str | None]
"""A service's handler and tests as they would be now, and as the last run would have written them.

There is no text of tests where their part is switched off.
"""


def _stale(
    job: Job, made: Made, previous: Project | None, result: Result
) -> Iterator[tuple[Service, Service | None, _Texts]]:
    """The services whose handler files stand already and may have to follow the proto."""
    before = previous_services(previous, job.moves)
    texts = {file.path: file.content for file in made.rendered if file.owner is Owner.HANDLERS}
    waiting = _waiting(job)
    for service in made.project.services:
        path, test = handler_path(made.project, service), test_path(service)
        old = before.get(service.full)
        if path in result.write and path not in job.options.restore and _is_written(job, service):
            result.take_back(path)
        settled = old is not None and same_methods(service, old) and not _tests_returned(job, service, old, result)
        if path in result.write or (settled and not any(m.path in waiting for m in service.methods)):
            continue
        was = _rendered_before(previous, old) if previous and old else (None, None)
        yield service, old, (texts[path].decode(), texts[test].decode() if test in texts else None, *was)


def _tests_returned(job: Job, service: Service, old: Service | None, result: Result) -> bool:
    """Whether tests stand from before the part that they belong to was switched off, and it is on again."""
    path = test_path(service)
    if old is None or job.lock is None or path not in result.entries or path in result.write:
        return False
    return test_path(old) not in job.lock.files


def _leave_tests(job: Job, project: Project, result: Result) -> None:
    """Tests whose part was switched off are left alone from then on; the report says so once."""
    for path in map(test_path, project.services):
        known = job.lock is not None and path in job.lock.files
        if known and path not in result.entries and job.tree.read(path) is not None:
            result.say(What.KEPT, path, "its part is switched off; delete the file when you need it no more")


def _rendered_before(previous: Project, service: Service) -> tuple[str, str | None]:
    """The service's handler and tests as the last run would have written them; no tests without their part."""
    outputs = tuple(
        Output(
            entry.path.format(package=previous.package, service=service.module), entry.template, entry.owner, service
        )
        for entry in HOUSE
        if entry.scope is Scope.SERVICE and (entry.part is None or previous.has(entry.part))
    )
    texts = {output.path: file.text for output, file in zip(outputs, render(outputs, previous), strict=True)}
    return texts[handler_path(previous, service)], texts.get(test_path(service))


def _record(job: Job, result: Result, pending: tuple[str, ...]) -> None:
    """Add the lock and the descriptors to what is written."""
    descriptors = job.files.to_bytes()
    conflicts = tuple(sorted(event.path for event in result.events if event.what is What.CONFLICT))
    lock = Lock(
        request=job.fingerprint,
        project=job.names.project,
        package=job.names.package,
        names=job.names.remembered(),
        protos=job.files.targets,
        pending=pending,
        conflicts=conflicts,
        stale=tuple(result.stale),
        files=dict(sorted(result.entries.items())),
        descriptors=digest(descriptors),
    )
    for path, content in ((DESCRIPTORS, descriptors), (LOCK, lock.to_bytes())):
        if job.tree.read(path) != content:
            result.write[path] = content


def _todo(project: Project) -> list[str]:
    if not project.services:
        return ["these protos have no service of yours, so there is nothing to serve: only gen/ was written"]
    return []
