"""What a service leaves behind that went from the protos: its handler stays, tests nobody edited go."""

from collections.abc import Collection, Iterator

from ..inputs.tree import Tree
from ..manifest import handlers_folder
from ..model.services import Service
from ..outputs.report import Event, FileAction
from .handlers.handler_class import class_in, find_class
from .handlers.python_file import parse
from .handlers.records import HandlerResult, Update
from .handlers.splice import UnreadableError
from .handlers.stale_imports import unresolved_imports
from .handlers.test_edits import bring_tests
from .rpc_changes import Changes


def retire(
    update: Update, tree: Tree, package: str, servicers: Collection[str], removed_modules: frozenset[str]
) -> HandlerResult:
    """Take a service that is gone out of the tests, and say what its owner can delete.

    ``update.service`` is the service without a method, ``servicers`` are the bases of all that are
    still served.
    """
    result = HandlerResult()
    assert update.previous is not None
    try:
        bring_tests(update, Changes([], list(update.previous.methods), [], []), tree, package, removed_modules, result)
    except UnreadableError as error:
        result.todo.append(f"{error}, so the tests of {update.service.full} were left alone")
    _say_handler(update, tree, package, servicers, result)
    if tree.read(update.test_path) is not None:
        result.events = [event for event in result.events if event.path != update.test_path]
        result.events.append(Event(FileAction.KEPT, update.test_path, _note(update.service)))
    return result


def _say_handler(update: Update, tree: Tree, package: str, servicers: Collection[str], result: HandlerResult) -> None:
    handler, _ = find_class(tree, handlers_folder(package), update.service.servicer)
    path = handler.file.path if handler is not None else update.handler_path
    if tree.read(path) is None:
        return
    result.events.append(Event(FileAction.KEPT, path, _note(update.service)))
    if handler is not None and any(class_in(handler.file, servicer) is not None for servicer in servicers):
        result.events[-1] = Event(FileAction.KEPT, path, f"{update.service.full} is gone from the protos")
        result.todo.append(
            f"{handler.file.place(handler.node)}: {handler.name} is the handler of {update.service.full}, which is gone, "
            "and keeps the others in this file from being imported: delete the class and its imports"
        )


def _note(service: Service) -> str:
    return f"{service.full} is gone from the protos; delete the file when you need it no more"


def vanished_imports(tree: Tree, package: str, removed_modules: Collection[str]) -> Iterator[str]:
    """Where files of a person's, whatever they are, still import message modules that are gone."""
    names = {module.rpartition(".")[2].encode(): module for module in sorted(removed_modules)}
    for path in (*tree.files(f"src/{package}"), *tree.files("tests")):
        content = None if path.startswith((f"src/{package}/gen/", "tests/gen/")) else _python(tree, path)
        told = [module for name, module in names.items() if name in (content or b"")]
        if content is None or not told:
            continue
        try:
            yield from unresolved_imports(parse(path, content), package, frozenset(removed_modules))
        except UnreadableError as error:
            modules = " and ".join(f"{package}.gen.{module}" for module in told)
            yield f"{error}; if it imports {modules}, which is gone, that keeps the program from starting"


def _python(tree: Tree, path: str) -> bytes | None:
    return tree.read(path) if path.endswith(".py") else None
