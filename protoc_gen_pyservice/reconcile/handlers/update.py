"""Handler files belong to a person: a changed service is brought into them by edits of single places.

Nothing that a person wrote is dropped, moved or written anew. libcst finds the places; it is imported
only when there is something to do.
"""

from collections.abc import Iterable, Iterator

from ...inputs.tree import Tree
from ...manifest import handlers_folder
from ...model.services import Method, Service
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
    """Bring the handler class and the tests of one service along with it.

    ``pending`` are the paths of RPCs whose stubs an earlier run could not write; ``gone_modules`` the
    message modules, dotted, below ``gen``, that are not generated any more. Where services share a
    file, ``tree`` has to show what was written for the one before. Raises nothing for a file that
    cannot be understood: it is left alone, and ``todo`` says so.
    """
    result = HandlerResult()
    changes = compare(update.previous, update.service)
    waiting = [m for m in update.service.methods if m.path in pending and m not in changes.added]
    if not changes and not waiting and not _uses(update.previous, removed_modules):
        if update.tests_returned:
            _bring_tests(update, changes, tree, package, removed_modules, result)
        return result
    from .class_edits import bring_class
    from .handler_class import find_class

    handler, broken = find_class(tree, handlers_folder(package), update.service.servicer)
    try:
        if handler is not None:
            changes = bring_class(handler, update, changes, waiting, package, removed_modules, result)
        elif not broken:
            _absent(update, changes, tree, result)
            return result
        else:
            _left_alone(update, changes, waiting, broken[0], result)
    except UnreadableError as error:
        _left_alone(update, changes, waiting, error, result)
    _bring_tests(update, changes, tree, package, removed_modules, result)
    return result


def _bring_tests(
    update: Update, changes: Changes, tree: Tree, package: str, removed_modules: frozenset[str], result: HandlerResult
) -> None:
    from .test_edits import bring_tests

    try:
        bring_tests(update, changes, tree, package, removed_modules, result)
    except UnreadableError as error:
        result.todo.append(f"{error}, so the tests of {update.service.full} were left alone")


def _uses(previous: Service | None, removed_modules: frozenset[str]) -> bool:
    if previous is None or not removed_modules:
        return False
    modules = (t.module for method in previous.methods for t in (method.request, method.reply))
    return any(f"{module.module}.{module.name}".lstrip(".") in removed_modules for module in modules)


def _absent(update: Update, changes: Changes, tree: Tree, result: HandlerResult) -> None:
    """There is no handler class: it is yet to be created, or its owner removed it."""
    exists = tree.read(update.handler_path) is not None
    if update.previous is None and not exists:
        return
    result.changes += _told(update, changes)
    if exists:
        result.todo.append(
            f"{update.handler_path}: no class in handlers/ derives from {update.service.servicer}, "
            f"so nothing was brought along for {update.service.full}"
        )
    else:
        result.todo.append(
            f"{update.handler_path} was deleted and stays deleted; restore={update.handler_path} brings it back"
        )


def _left_alone(
    update: Update, changes: Changes, waiting: Iterable[Method], error: UnreadableError, result: HandlerResult
) -> None:
    """The handler file cannot be edited: its owner gets what it lacks, and a later run tries again."""
    result.changes += _told(update, changes)
    lacking = [*changes.added, *(pair.new for pair in changes.renamed), *waiting]
    lacking.sort(key=update.service.methods.index)
    result.pending += [method.path for method in lacking]
    said = [f"{error}: it was left alone"]
    said += [f"rename {pair.old.attribute} to {pair.new.attribute}" for pair in changes.renamed]
    said += [f"{pair.new.attribute} is {pair.new.signature} now" for pair in changes.changed]
    text = "; ".join(said)
    if lacking:
        from .stub import stubs_to_paste

        stubs = stubs_to_paste(update.handler, update.service.servicer, [method.attribute for method in lacking])
        text = f"{text}; it lacks these methods, which the next run adds if you do not:\n\n{stubs}"
    result.todo.append(text)


def _told(update: Update, changes: Changes) -> Iterator[str]:
    """What happened to the RPCs, where no file can be named."""
    full = update.service.full
    yield from (f"+ rpc {full}/{method.name}" for method in changes.added)
    yield from (f"- rpc {full}/{method.name}" for method in changes.removed)
    yield from (f"rename rpc {full}/{pair.old.name} -> {pair.new.name}" for pair in changes.renamed)
    for old, new in changes.changed:
        if old.signature != new.signature:
            yield f"~ signature {full}/{new.name} {old.signature} -> {new.signature}"
