"""Bring what was made and the project as it stands together, and record what was done."""

from collections.abc import Iterator

from ..inputs.descriptors import DESCRIPTORS
from ..inputs.lock import LOCK, PRISTINE, Lock
from ..inputs.tree import Overlay
from ..manifest import handlers_folder
from ..model.build import build_project
from ..model.generation import Generation
from ..model.modules import reserved_then
from ..model.names import Names
from ..model.project import Project
from ..model.services import Service
from ..outputs.report import Changeset, FileAction, Report
from ..ownership import Owner
from ..render.files import render
from ..render.plan import handler_path, plan, test_path
from ..render.project import RenderedProject
from .decisions import Result, reconcile
from .service_changes import previous_services, removed_modules, removed_services, same_methods, service_changes

ANSWERS = ".copier-answers.yml"


def update_project(generation: Generation, rendered: RenderedProject) -> Changeset:
    """Merge, edit the handlers, write the lock and the report."""
    result = reconcile(rendered.rendered, generation.tree, generation.lock, generation.options, generation.can_delete)
    previous = _previous(generation)
    changes = list(service_changes(previous, rendered.project, generation.moves))
    todo = _todo(rendered.project)
    handlers = _update_handlers(generation, rendered, previous, result)
    changes += handlers.changes
    todo += handlers.todo
    _leave_tests(generation, rendered.project, result)
    if previous is not None:
        todo += _leave_behind(generation, rendered, previous, result)
        todo += _vanished_imports(generation, result)
    todo += _rename(generation, result)
    _bring_answers(generation, result)
    _record(generation, result, tuple(handlers.pending))
    report = Report(generation.names.project, tuple(result.events), tuple(changes), tuple(dict.fromkeys(todo)))
    return Changeset(report, result.write, tuple(result.delete))


def _bring_answers(generation: Generation, result: Result) -> None:
    """A project that copier made keeps its answers in a file; they follow pyservice.toml."""
    disk = generation.tree.read(ANSWERS)
    if disk is None:
        return
    from .answers import with_answers

    answers = with_answers(disk, generation.options)
    if answers != disk:
        result.write[ANSWERS] = answers
        result.record(FileAction.UPDATED, ANSWERS)


def _rename(generation: Generation, result: Result) -> Iterator[str]:
    """Where the package has another name, what is kept about it moves along; what is left to do."""
    old, new = generation.lock.package if generation.lock else None, generation.names.package
    if old in (None, new):
        return
    from .renamed_package import old_imports, renamed_pristine

    assert old is not None
    result.delete = [path for path in result.delete if not path.startswith(f"{PRISTINE}src/{new}/")]
    for path, target, text in renamed_pristine(generation.tree, old, new):
        if target.removeprefix(PRISTINE) in result.entries:
            result.write.setdefault(target, text)
        if generation.can_delete:
            result.delete.append(path)
    yield from old_imports(Overlay(generation.tree, result.write), old, new)


class _Handlers:
    """What came of all handler files together."""

    def __init__(self) -> None:
        self.changes: list[str] = []
        self.todo: list[str] = []
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

    gone = removed_modules(generation.old, generation.files, _reserved(generation))
    waiting = _pending(generation)
    for service, old, texts in stale:
        paths = handler_path(rendered.project, service), test_path(service)
        returned = _tests_returned(generation, service, old, result)
        update = Update(service, old, paths[0], texts[0], paths[1], *texts[1:], returned)
        outcome = update_handlers(
            update, Overlay(generation.tree, result.write), generation.names.package, waiting, gone
        )
        result.write.update(outcome.write)
        result.events += outcome.events
        total.changes += outcome.changes
        total.todo += outcome.todo
        total.pending += outcome.pending
    return total


def _is_written(generation: Generation, service: Service) -> bool:
    """Whether somebody has a handler for a service already: from before it went, or ahead of its proto."""
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


def _leave_behind(
    generation: Generation, rendered: RenderedProject, previous: Project, result: Result
) -> Iterator[str]:
    """What is left to do about services that went, whose files are their owner's."""
    gone = removed_services(previous, rendered.project, generation.moves)
    if not gone:
        return
    from .handlers.records import Update
    from .removed_services import retire

    servicers = [service.servicer for service in rendered.project.services]
    modules = removed_modules(generation.old, generation.files, _reserved(generation))
    for service in gone:
        rest = service._replace(methods=(), handler_imports=(), test_imports=())
        now, was = _rendered_before(previous, rest), _rendered_before(previous, service)
        paths = handler_path(previous, service), test_path(service)
        update = Update(rest, service, paths[0], now[0], paths[1], now[1], *was)
        outcome = retire(update, Overlay(generation.tree, result.write), generation.names.package, servicers, modules)
        result.write.update(outcome.write)
        result.events += outcome.events
        yield from outcome.todo


def _vanished_imports(generation: Generation, result: Result) -> Iterator[str]:
    gone = removed_modules(generation.old, generation.files, _reserved(generation))
    if gone:
        from .removed_services import vanished_imports

        yield from vanished_imports(Overlay(generation.tree, result.write), generation.names.package, gone)


def _reserved(generation: Generation) -> frozenset[str]:
    """What no proto folder was called in the last run."""
    return reserved_then(generation.lock.files if generation.lock else (), generation.names.package)


def _previous(generation: Generation) -> Project | None:
    """The model of the last run, with the names it had then."""
    if generation.old is None or generation.lock is None:
        return None
    names = Names(
        generation.names.project, generation.names.package, generation.lock.names, reserved=_reserved(generation)
    )
    # Policies are declared for the methods of today; handlers do not follow them.
    options = generation.options._replace(methods={})
    return build_project(generation.old.all, generation.old.targets, options, names, ())


_Texts = tuple[str, str | None, str | None, str | None]
"""A service's handler and tests as they would be now, and as the last run would have written them.

There is no text of tests where their part is switched off.
"""


def _stale(
    generation: Generation, rendered: RenderedProject, previous: Project | None, result: Result
) -> Iterator[tuple[Service, Service | None, _Texts]]:
    """The services whose handler files stand already and may have to follow the proto."""
    before = previous_services(previous, generation.moves)
    texts = {file.path: file.content for file in rendered.rendered if file.owner is Owner.HANDLERS}
    waiting = _pending(generation)
    for service in rendered.project.services:
        path, test = handler_path(rendered.project, service), test_path(service)
        old = before.get(service.full)
        if path in result.write and path not in generation.options.restore and _is_written(generation, service):
            result.discard(path)
        settled = (
            old is not None and same_methods(service, old) and not _tests_returned(generation, service, old, result)
        )
        if path in result.write or (settled and not any(m.path in waiting for m in service.methods)):
            continue
        was = _rendered_before(previous, old) if previous and old else (None, None)
        yield service, old, (texts[path].decode(), texts[test].decode() if test in texts else None, *was)


def _tests_returned(generation: Generation, service: Service, old: Service | None, result: Result) -> bool:
    """Whether tests stand from before the part that they belong to was switched off, and it is on again."""
    path = test_path(service)
    if old is None or generation.lock is None or path not in result.entries or path in result.write:
        return False
    return test_path(old) not in generation.lock.files


def _leave_tests(generation: Generation, project: Project, result: Result) -> None:
    """Tests whose part was switched off are left alone from then on; the report says so once."""
    for path in map(test_path, project.services):
        known = generation.lock is not None and path in generation.lock.files
        if known and path not in result.entries and generation.tree.read(path) is not None:
            result.record(FileAction.KEPT, path, "its part is switched off; delete the file when you need it no more")


def _rendered_before(previous: Project, service: Service) -> tuple[str, str | None]:
    """The service's handler and tests as the last run would have written them; no tests without their part."""
    texts = {file.path: file.text for file in render(plan(previous, only=service), previous)}
    return texts[handler_path(previous, service)], texts.get(test_path(service))


def _record(generation: Generation, result: Result, pending: tuple[str, ...]) -> None:
    """Add the lock and the descriptors to what is written."""
    descriptors = generation.files.to_bytes()
    conflicts = tuple(sorted(event.path for event in result.events if event.what is FileAction.CONFLICT))
    lock = Lock(
        request=generation.fingerprint,
        project=generation.names.project,
        package=generation.names.package,
        names=generation.names.snapshot(),
        protos=generation.files.targets,
        pending=pending,
        conflicts=conflicts,
        stale=tuple(result.stale),
        files=dict(sorted(result.entries.items())),
    )
    for path, content in ((DESCRIPTORS, descriptors), (LOCK, lock.to_bytes())):
        if generation.tree.read(path) != content:
            result.write[path] = content


def _todo(project: Project) -> list[str]:
    if not project.services:
        return ["these protos have no service of yours, so there is nothing to serve: only gen/ was written"]
    return []
