"""Update handler files, which are the user's, by edits of single places.

No text of the user's is dropped, moved or rewritten. libcst finds the places; it is imported only if
there is something to do.
"""

from collections.abc import Iterable, Iterator

from ...inputs.tree import Tree
from ...manifest import handlers_folder
from ...model.services import Method, Service
from ...outputs.notes import Note, Reason
from ..rpc_changes import Changes, compare
from .records import HandlerResult, Update
from .splice import UnreadableError


def update_handlers(
    update: Update,
    tree: Tree,
    package: str,
    pending: frozenset[str] = frozenset(),
    removed_modules: frozenset[str] = frozenset(),
) -> HandlerResult:
    """Update the handler class and the tests of one service; returns the edits and the report.

    ``pending`` are the paths of RPCs whose stubs an earlier run could not write; ``removed_modules`` the
    message modules, dotted, below ``gen``, that are no longer generated. If services share a file,
    ``tree`` has to include the edits for the one before. A file that cannot be parsed raises nothing:
    it is not changed, and ``todo`` says so.
    """
    result = HandlerResult()
    changes = compare(update.previous, update.service)
    pending_methods = [m for m in update.service.methods if m.path in pending and m not in changes.added]
    if not changes and not pending_methods and not _uses(update.previous, removed_modules):
        if update.tests_returned:
            _update_tests(update, changes, tree, package, removed_modules, result)
        return result
    from .class_edits import update_class
    from .handler_class import find_class

    handler, broken = find_class(tree, handlers_folder(package), update.service.servicer)
    try:
        if handler is not None:
            changes = update_class(handler, update, changes, pending_methods, package, removed_modules, result)
        elif not broken:
            _absent(update, changes, tree, result)
            return result
        else:
            _unchanged(update, changes, pending_methods, broken[0], result)
    except UnreadableError as error:
        _unchanged(update, changes, pending_methods, error, result)
    _update_tests(update, changes, tree, package, removed_modules, result)
    return result


def _update_tests(
    update: Update, changes: Changes, tree: Tree, package: str, removed_modules: frozenset[str], result: HandlerResult
) -> None:
    from .test_edits import update_tests

    try:
        update_tests(update, changes, tree, package, removed_modules, result)
    except UnreadableError as error:
        result.todo.append(f"{error}, so the tests of {update.service.full} were not changed")


def _uses(previous: Service | None, removed_modules: frozenset[str]) -> bool:
    if previous is None or not removed_modules:
        return False
    modules = (t.module for method in previous.methods for t in (method.request, method.response))
    return any(f"{module.module}.{module.name}".lstrip(".") in removed_modules for module in modules)


def _absent(update: Update, changes: Changes, tree: Tree, result: HandlerResult) -> None:
    """Report a missing handler class, unless it is about to be created."""
    exists = tree.read(update.handler_path) is not None
    if update.previous is None and not exists:
        return
    result.changes += _rpc_changes(update, changes)
    if exists:
        result.todo.append(
            f"{update.handler_path}: no class in handlers/ derives from {update.service.servicer}, "
            f"so {update.service.full} was not updated"
        )
    else:
        result.todo.append(Note(Reason.HANDLER_DELETED, update.handler_path))


def _unchanged(
    update: Update, changes: Changes, pending_methods: Iterable[Method], error: UnreadableError, result: HandlerResult
) -> None:
    """Report a handler file that cannot be edited, with the missing stubs; a later run tries again."""
    result.changes += _rpc_changes(update, changes)
    lacking = [*changes.added, *(pair.new for pair in changes.renamed), *pending_methods]
    lacking.sort(key=update.service.methods.index)
    result.pending += [method.path for method in lacking]
    messages = [f"{error}: it was not changed"]
    messages += [f"rename {pair.old.attribute} to {pair.new.attribute}" for pair in changes.renamed]
    messages += [f"{pair.new.attribute} is {pair.new.signature} now" for pair in changes.changed]
    text = "; ".join(messages)
    if lacking:
        from .stub import stubs_to_paste

        stubs = stubs_to_paste(update.handler, update.service.servicer, [method.attribute for method in lacking])
        text = f"{text}; it lacks these methods, which the next run adds if you do not:\n\n{stubs}"
    result.todo.append(text)


def _rpc_changes(update: Update, changes: Changes) -> Iterator[str]:
    """Yield the changes of the RPCs, if no file can be named."""
    full = update.service.full
    yield from (f"+ rpc {full}/{method.name}" for method in changes.added)
    yield from (f"- rpc {full}/{method.name}" for method in changes.removed)
    yield from (f"rename rpc {full}/{pair.old.name} -> {pair.new.name}" for pair in changes.renamed)
    for old, new in changes.changed:
        if old.signature != new.signature:
            yield f"~ signature {full}/{new.name} {old.signature} -> {new.signature}"
