"""Removed services: their handlers stay, their unedited tests are removed."""

from collections.abc import Collection, Iterator

from ..inputs.tree import Tree
from ..manifest import handlers_folder
from ..model.services import Service
from ..outputs.notes import Note, Reason
from ..outputs.report import Event, FileAction
from .handlers.handler_class import class_in, find_class
from .handlers.python_file import parse
from .handlers.records import HandlerResult, Update
from .handlers.splice import UnreadableError
from .handlers.stale_imports import unresolved_imports
from .handlers.test_edits import update_tests
from .rpc_changes import Changes


def retire(
    update: Update, tree: Tree, package: str, servicers: Collection[str], removed_modules: frozenset[str]
) -> HandlerResult:
    """Remove a service's tests and report the files that the user can delete; returns the edits.

    ``update.service`` is the service without a method, ``servicers`` are the bases of all services that
    remain.
    """
    result = HandlerResult()
    assert update.previous is not None
    try:
        update_tests(update, Changes([], list(update.previous.methods), [], []), tree, package, removed_modules, result)
    except UnreadableError as error:
        result.todo.append(f"{error}, so the tests of {update.service.full} were not changed")
    _report_handler(update, tree, package, servicers, result)
    if tree.read(update.test_path) is not None:
        result.events = [event for event in result.events if event.path != update.test_path]
        result.events.append(_kept(update.test_path, Reason.SERVICE_REMOVED, update.service))
    return result


def _report_handler(
    update: Update, tree: Tree, package: str, servicers: Collection[str], result: HandlerResult
) -> None:
    handler, _ = find_class(tree, handlers_folder(package), update.service.servicer)
    path = handler.file.path if handler is not None else update.handler_path
    if tree.read(path) is None:
        return
    result.events.append(_kept(path, Reason.SERVICE_REMOVED, update.service))
    if handler is not None and any(class_in(handler.file, servicer) is not None for servicer in servicers):
        result.events[-1] = _kept(path, Reason.HANDLER_UNUSED, update.service)
        result.todo.append(
            f"{handler.file.place(handler.node)}: {handler.name} is the handler of {update.service.full}, which was removed, "
            "so this file cannot be imported: delete the class and its imports"
        )


def _kept(path: str, reason: Reason, service: Service) -> Event:
    return Event(FileAction.KEPT, path, (Note(reason, path, service.full),))


def vanished_imports(tree: Tree, package: str, removed_modules: Collection[str]) -> Iterator[str]:
    """Yield the places where the user's files still import removed message modules."""
    names = {module.rpartition(".")[2].encode(): module for module in sorted(removed_modules)}
    for path in (*tree.files(f"src/{package}"), *tree.files("tests")):
        content = None if path.startswith((f"src/{package}/gen/", "tests/gen/")) else _python(tree, path)
        modules = [module for name, module in names.items() if name in (content or b"")]
        if content is None or not modules:
            continue
        try:
            yield from unresolved_imports(parse(path, content), package, frozenset(removed_modules))
        except UnreadableError as error:
            imports = " and ".join(f"{package}.gen.{module}" for module in modules)
            yield f"{error}; if it imports {imports}, which was removed, the program cannot start"


def _python(tree: Tree, path: str) -> bytes | None:
    return tree.read(path) if path.endswith(".py") else None
