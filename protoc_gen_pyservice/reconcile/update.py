"""Merge the rendered files into the existing project, and record the result."""

from collections.abc import Iterator
from typing import NamedTuple

from ..inputs.tree import Overlay
from ..manifest import handlers_folder, runtime_path
from ..model.build import build_project
from ..model.generation import Generation
from ..model.modules import reserved_then
from ..model.names import Names
from ..model.project import Project
from ..model.services import Service
from ..outputs.notes import Note, Reason
from ..outputs.report import Changeset, FileAction, Report
from ..ownership import Owner
from ..render.files import render
from ..render.plan import handler_path, plan, test_path
from ..render.project import RenderedProject
from .decisions import Result, reconcile
from .record import record
from .service_changes import previous_services, removed_modules, removed_services, same_methods, service_changes
from .upgrade.old_version import is_before_runtime

ANSWERS = ".copier-answers.yml"


def update_project(generation: Generation, rendered: RenderedProject) -> Changeset:
    """Merge, edit the handlers, write the lock and the report; of a project of 0.1 or 0.2 bring the code over first."""
    if not is_before_runtime(generation.lock):
        return _update_project(generation, rendered)
    # Imported only now: reading Python's concrete syntax costs more than the rest of a run.
    from .upgrade.project import upgrade_project

    return upgrade_project(generation, rendered, _update_project)


def _update_project(generation: Generation, rendered: RenderedProject) -> Changeset:
    result = reconcile(
        rendered.rendered,
        generation.tree,
        generation.lock,
        generation.objects,
        generation.options,
        generation.can_delete,
    )
    previous = _previous(generation)
    changes = list(service_changes(previous, rendered.project, generation.moves))
    todo: list[str | Note] = [*_todo(rendered.project)]
    handlers = _update_handlers(generation, rendered, previous, result)
    changes += handlers.changes
    todo += handlers.todo
    _keep_tests(generation, rendered.project, result)
    if previous is not None:
        todo += _retire_services(generation, rendered, previous, result)
        todo += _vanished_imports(generation, result)
    todo += _old_imports(generation, result)
    _update_answers(generation, result)
    record(generation, result, tuple(handlers.pending))
    ejected = tuple(runtime_path(source, generation.names.package) for source in generation.options.ejected)
    report = Report(generation.names.project, tuple(result.events), tuple(changes), tuple(dict.fromkeys(todo)), ejected)
    return Changeset(report, result.write, tuple(result.delete))


def _update_answers(generation: Generation, result: Result) -> None:
    """Update the file of answers of a project that copier created from pyservice.toml."""
    disk = generation.tree.read(ANSWERS)
    if disk is None:
        return
    from .answers import with_answers

    answers = with_answers(disk, generation.options)
    if answers != disk:
        result.write[ANSWERS] = answers
        result.record(FileAction.UPDATED, ANSWERS)


def _old_imports(generation: Generation, result: Result) -> Iterator[str]:
    """Yield the actions that a renamed package needs."""
    old, new = generation.lock.package if generation.lock else None, generation.names.package
    if old in (None, new):
        return
    from .renamed_package import old_imports

    assert old is not None
    yield from old_imports(Overlay(generation.tree, result.write), old, new)


class _Handlers:
    """The outcome of all handler files together."""

    def __init__(self) -> None:
        self.changes: list[str] = []
        self.todo: list[str | Note] = []
        self.pending: list[str] = []


def _update_handlers(
    generation: Generation, rendered: RenderedProject, previous: Project | None, result: Result
) -> _Handlers:
    """Edit the handler files that have to follow their proto."""
    total = _Handlers()
    stale = list(_stale(generation, rendered, previous, result))
    if not stale:
        return total
    # Imported only now: reading Python's concrete syntax costs more than the rest of a run.
    from .handlers.records import Update
    from .handlers.update import update_handlers

    removed = removed_modules(generation.old, generation.files, _reserved(generation))
    pending = _pending(generation)
    for service, old, texts in stale:
        paths = handler_path(rendered.project, service), test_path(service)
        returned = _tests_returned(generation, service, old, result)
        update = Update(service, old, paths[0], *texts.handlers, paths[1], texts.tests, *texts.before, returned)
        outcome = update_handlers(
            update, Overlay(generation.tree, result.write), generation.names.package, pending, removed
        )
        result.write.update(outcome.write)
        result.events += outcome.events
        total.changes += outcome.changes
        total.todo += outcome.todo
        total.pending += outcome.pending
    return total


def _is_written(generation: Generation, service: Service) -> bool:
    """Return whether a service already has a handler: from before it was removed, or written before its proto."""
    folder = handlers_folder(generation.names.package)
    base = service.servicer.encode()
    if not any(base in (generation.tree.read(path) or b"") for path in generation.tree.files(folder)):
        return False
    from .handlers.handler_class import find_class

    handler, broken = find_class(generation.tree, folder, service.servicer)
    return handler is not None or bool(broken)


def _pending(generation: Generation) -> frozenset[str]:
    """Paths, as they are now, of the RPCs whose stubs an earlier run could not write."""
    pairs = (path[1:].split("/") for path in (generation.lock.pending if generation.lock else ()))
    return frozenset(f"/{generation.moves.get(service, service)}/{rpc}" for service, rpc in pairs)


def _retire_services(
    generation: Generation, rendered: RenderedProject, previous: Project, result: Result
) -> Iterator[str | Note]:
    """Yield the actions that removed services need, whose files are the user's."""
    removed = removed_services(previous, rendered.project, generation.moves)
    if not removed:
        return
    from .handlers.records import Update
    from .removed_services import retire

    servicers = [service.servicer for service in rendered.project.services]
    modules = removed_modules(generation.old, generation.files, _reserved(generation))
    for service in removed:
        rest = service._replace(methods=(), handler_imports=(), test_imports=())
        now, was = _rendered_before(previous, rest), _rendered_before(previous, service)
        paths = handler_path(previous, service), test_path(service)
        update = Update(rest, service, paths[0], *now[:2], paths[1], now[2], *was)
        outcome = retire(update, Overlay(generation.tree, result.write), generation.names.package, servicers, modules)
        result.write.update(outcome.write)
        result.events += outcome.events
        yield from outcome.todo


def _vanished_imports(generation: Generation, result: Result) -> Iterator[str]:
    removed = removed_modules(generation.old, generation.files, _reserved(generation))
    if removed:
        from .removed_services import vanished_imports

        yield from vanished_imports(Overlay(generation.tree, result.write), generation.names.package, removed)


def _reserved(generation: Generation) -> frozenset[str]:
    """Return the names that no proto folder had in the last run."""
    return reserved_then(generation.lock.files if generation.lock else (), generation.names.package)


def _previous(generation: Generation) -> Project | None:
    """Return the model of the last run, with the names it had then."""
    if generation.old is None or generation.lock is None:
        return None
    names = Names(
        generation.names.project, generation.names.package, generation.lock.names, reserved=_reserved(generation)
    )
    # Policies are declared for the current methods; handlers do not depend on them.
    options = generation.options._replace(methods={})
    return build_project(generation.old.all, generation.old.targets, options, names, ())


class _Texts(NamedTuple):
    """The files of a service as rendered now, and as the last run would have rendered them."""

    handlers: tuple[str, str]
    """The handler in the style of new methods, and in the other one."""
    tests: str | None
    """None if their part is switched off."""
    before: tuple[str | None, str | None, str | None]
    """The same three of the last run; None for a service that is new."""


def _stale(
    generation: Generation, rendered: RenderedProject, previous: Project | None, result: Result
) -> Iterator[tuple[Service, Service | None, _Texts]]:
    """Yield the services with existing handler files that may need an update."""
    before = previous_services(previous, generation.moves)
    texts = {file.path: file.content for file in rendered.rendered if file.owner is Owner.HANDLERS}
    pending = _pending(generation)
    for service in rendered.project.services:
        path, test = handler_path(rendered.project, service), test_path(service)
        old = before.get(service.full)
        if path in result.write and path not in generation.options.restore and _is_written(generation, service):
            result.discard(path)
        settled = (
            old is not None and same_methods(service, old) and not _tests_returned(generation, service, old, result)
        )
        if path in result.write or (settled and not any(m.path in pending for m in service.methods)):
            continue
        was = _rendered_before(previous, old) if previous and old else (None, None, None)
        handlers = texts[path].decode(), _other_handler(rendered.project, service)
        yield service, old, _Texts(handlers, texts[test].decode() if test in texts else None, was)


def _tests_returned(generation: Generation, service: Service, old: Service | None, result: Result) -> bool:
    """Return whether tests exist from before their part was switched off, and it is on again."""
    path = test_path(service)
    if old is None or generation.lock is None or path not in result.entries or path in result.write:
        return False
    return test_path(old) not in generation.lock.files


def _keep_tests(generation: Generation, project: Project, result: Result) -> None:
    """Record the tests whose part was switched off, once: they are not updated any more."""
    for path in map(test_path, project.services):
        known = generation.lock is not None and path in generation.lock.files
        if known and path not in result.entries and generation.tree.read(path) is not None:
            result.record(FileAction.KEPT, path, Note(Reason.PART_OFF, path))


def _rendered_before(previous: Project, service: Service) -> tuple[str, str, str | None]:
    """Return the service's handler, in both styles, and tests as the last run would have rendered them.

    There are no tests without their part.
    """
    texts = {file.path: file.text for file in render(plan(previous, only=service), previous)}
    handler = texts[handler_path(previous, service)]
    return handler, _other_handler(previous, service), texts.get(test_path(service))


def _other_handler(project: Project, service: Service) -> str:
    """Return a handler in the style that new methods do not have: users may write methods in either."""
    path = handler_path(project, service)
    outputs = (output for output in plan(project, only=service) if output.path == path)
    (handler,) = render(outputs, project.in_other_style)
    return handler.text


def _todo(project: Project) -> list[str]:
    if not project.services:
        return ["these protos define no service, so there is nothing to serve: only gen/ was written"]
    return []
