"""Bring what was made and the project as it stands together, and record what was done."""

from collections.abc import Iterator

from .build import build_project
from .changes import gone_modules, handler_path, left_over, previous_services, same_methods, service_changes, test_path
from .job import Job
from .make import Made
from .model import Project, Service
from .names import Names
from .owner import Owner
from .reconcile.lock import DESCRIPTORS, LOCK, Lock
from .reconcile.project import Result, reconcile
from .reconcile.report import Report, Response, What
from .render import render
from .tree import Overlay


def bring_along(job: Job, made: Made) -> Response:
    """Merge, edit the handlers, write the lock and the report."""
    result = reconcile(made.rendered, job.tree, job.lock, job.options, job.can_delete)
    previous = _previous(job)
    changes = list(service_changes(previous, made.project, job.moves))
    todo = _todo(made.project)
    handlers = _bring_handlers(job, made, previous, result)
    changes += handlers.changes
    todo += handlers.todo
    for path, note in left_over(previous, made.project, job.moves):
        if job.tree.read(path) is not None:
            result.say(What.KEPT, path, note)
    _record(job, result, tuple(handlers.pending))
    report = Report(job.names.project, tuple(result.events), tuple(changes), tuple(todo))
    return Response(report, result.write, tuple(result.delete))


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
    from .reconcile.handlers import Update
    from .reconcile.handlers import bring_along as bring_handlers

    gone = gone_modules(job.old, job.files) if job.old else frozenset()
    waiting = frozenset(job.lock.pending if job.lock else ())
    for service, old, texts in stale:
        paths = handler_path(made.project, service), test_path(service)
        update = Update(service, old, paths[0], texts[0], paths[1], texts[1], texts[2], texts[3])
        outcome = bring_handlers(update, Overlay(job.tree, result.write), job.names.package, waiting, gone)
        result.write.update(outcome.write)
        result.events += outcome.events
        total.changes += outcome.changes
        total.todo += outcome.todo
        total.pending += outcome.pending
    return total


def _previous(job: Job) -> Project | None:
    """The model of the last run, with the names it had then."""
    if job.old is None or job.lock is None:
        return None
    names = Names(job.names.project, job.names.package, job.lock.names)
    # Policies are declared for the methods of today; handlers do not follow them.
    options = job.options._replace(methods={})
    return build_project(job.old.all, job.old.targets, options, names, ())


_Texts = tuple[str, str, str | None, str | None]
"""A service's handler and test as they would be now, and as the last run would have written them."""


def _stale(
    job: Job, made: Made, previous: Project | None, result: Result
) -> Iterator[tuple[Service, Service | None, _Texts]]:
    """The services whose handler files stand already and may have to follow the proto."""
    before = previous_services(previous, job.moves)
    texts = {file.path: file.content for file in made.rendered if file.owner is Owner.HANDLERS}
    waiting = job.lock.pending if job.lock else ()
    for service in made.project.services:
        path, test = handler_path(made.project, service), test_path(service)
        old = before.get(service.full)
        settled = old is not None and same_methods(service, old)
        if path in result.write or (settled and not any(m.path in waiting for m in service.methods)):
            continue
        was = _rendered_before(previous, old, made) if previous and old else (None, None)
        yield service, old, (texts[path].decode(), texts[test].decode(), *was)


def _rendered_before(previous: Project, service: Service, made: Made) -> tuple[str, str]:
    """The service's handler and test as the last run would have written them."""
    outputs = [output for output in made.outputs if output.service is not None]
    handler, test = (next(o for o in outputs if o.template.endswith(end)) for end in _TEMPLATES)
    texts = render((handler._replace(service=service), test._replace(service=service)), previous)
    first, second = (file.text for file in texts)
    return first, second


_TEMPLATES = ("handlers/service.py.jinja", "handlers/test_service.py.jinja")


def _record(job: Job, result: Result, pending: tuple[str, ...]) -> None:
    """Add the lock and the descriptors to what is written."""
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
    )
    for path, content in ((DESCRIPTORS, job.files.to_bytes()), (LOCK, lock.to_bytes())):
        if job.tree.read(path) != content:
            result.write[path] = content


def _todo(project: Project) -> list[str]:
    if not project.services:
        return ["these protos have no service of yours, so there is nothing to serve: only gen/ was written"]
    return []
