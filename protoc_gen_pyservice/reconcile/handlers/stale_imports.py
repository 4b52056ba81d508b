"""Stale imports of a changed service: unused ones are removed, those of removed modules redirected."""

import re
from collections.abc import Iterator, Sequence

from ...model.services import Import, Service, Type
from .import_statement import Alias, Statement
from .imports import Line, Pairs, generated_pairs, import_lines
from .python_file import PythonFile
from .records import Update
from .splice import Edit


def update_imports(
    file: PythonFile,
    generated: Pairs,
    now: PythonFile,
    update: Update,
    package: str,
    removed_modules: frozenset[str],
) -> PythonFile:
    """Return a file of the user's with its imports updated to the current service, as far as possible.

    ``generated`` are the imports of its generated counterparts, ``now`` is the current one. Raises UnreadableError.
    """
    still = generated_pairs(file.path, now)
    file = file.edited(_unused(file, generated, still))
    if update.previous is None:
        return file
    return file.edited(_redirected(file, generated, update.previous, update.service, package, removed_modules))


def unresolved_imports(file: PythonFile, package: str, removed_modules: frozenset[str]) -> list[str]:
    """Return messages about remaining imports of removed modules."""
    return [
        f"{file.place(line.node)}: {package}.gen.{module} was removed, so the program cannot start"
        for line in import_lines(file)
        for module in _removed_aliases(file.path, line.statement, package, removed_modules).values()
    ]


def _unused(file: PythonFile, generated: Pairs, still: Pairs) -> list[Edit]:
    """Return edits that drop names whose import is no longer generated, and that nothing in the file needs."""
    rest = _without_imports(file)
    edits: list[Edit] = []
    for line in import_lines(file):
        if not line.is_of(generated):
            continue
        module, aliases = line.statement
        kept = tuple(a for a in aliases if (module, a) in still or re.search(rf"\b{re.escape(a.local)}\b", rest))
        if not kept:
            edits = [*edits[:-1], *_dropped(file, line, edits[-1:])]
        elif kept != aliases:
            edits.append(Edit(file.start(line.node), file.end(line.node), Statement(module, kept).text))
    return edits


def _dropped(file: PythonFile, line: Line, last: Sequence[Edit]) -> Iterator[Edit]:
    """Yield the edit that drops a line, joined with the edit before it if that dropped the line above.

    An empty line below is dropped too, if there is one above.
    """
    source = file.source
    start, end = file.block(line.node)
    for edit in last:
        if edit.text or edit.end < start:
            yield edit
        else:
            start = edit.start
    above = source.text[source.line_start(start - 1) : start].strip() if start else ""
    below = source.line_end(end) if end < len(source.text) else end
    yield Edit(start, end if above or source.text[end:below].strip() else below, "")


def _redirected(
    file: PythonFile,
    generated: Pairs,
    previous: Service,
    service: Service,
    package: str,
    removed_modules: frozenset[str],
) -> Iterator[Edit]:
    """Yield edits by which imports of removed modules bind the same names to the modules of the types now.

    Only for a line with that one import, or a line that is as generated.
    """
    for line in import_lines(file):
        removed = _removed_aliases(file.path, line.statement, package, removed_modules)
        targets = {alias: _successor(module, previous, service) for alias, module in removed.items()}
        whole = len(line.statement.aliases) == 1 or line.is_of(generated)
        modules = all(alias.name == _last(module) for alias, module in removed.items())
        if not removed or not whole or not modules or None in targets.values() or len(line.node.body) > 1:
            continue
        rest = tuple(alias for alias in line.statement.aliases if alias not in removed)
        statements = [Statement(line.statement.module, rest)] if rest else []
        statements += [
            _import_of(target, alias.local, file.path, line.statement, package)
            for alias, target in targets.items()
            if target is not None
        ]
        text = "\n".join(statement.text for statement in statements)
        yield Edit(file.start(line.node), file.end(line.node), text)


def _import_of(target: Import, local: str, path: str, like: Statement, package: str) -> Statement:
    """Return the import of a message module under a name, relative if the replaced one was."""
    if target.distribution is not None:
        return Statement(target.module, (Alias(target.name, local),))
    gen = f"{'.' * (path.count('/') - 1)}gen" if like.module.startswith(".") else f"{package}.gen"
    return Statement(f"{gen}.{target.module}".rstrip("."), (Alias(target.name, local),))


def _removed_aliases(
    path: str, statement: Statement, package: str, removed_modules: frozenset[str]
) -> dict[Alias, str]:
    """Return the aliases of a statement that are, or are in, removed modules, with the module."""
    removed: dict[Alias, str] = {}
    home = _absolute(path, statement.module)
    for alias in statement.aliases:
        for module in (f"{home}.{alias.name}" if home else alias.name, home):
            inside = module.removeprefix(f"{package}.gen.")
            if inside != module and inside in removed_modules:
                removed[alias] = inside
    return removed


def _absolute(path: str, module: str) -> str:
    """Return a module's dotted name, as a file below ``src`` writes it."""
    name = module.lstrip(".")
    dots = len(module) - len(name)
    folders = path.removeprefix("src/").split("/")[:-1]
    return ".".join([*(folders[: len(folders) - dots + 1] if dots else ()), *([name] if name else [])])


def _successor(removed: str, previous: Service, service: Service) -> Import | None:
    """Return the one module that now has the types that the service used from a module."""
    types = list(_types(service))
    targets: set[Import] = set()
    for old in _types(previous):
        if f"{old.module.module}.{old.module.name}".lstrip(".") == removed:
            same = {new.module for new in types if new.full == old.full}
            targets |= same or {new.module for new in types if _last(new.full) == _last(old.full)}
    return targets.pop() if len(targets) == 1 else None


def _types(service: Service) -> Iterator[Type]:
    for method in service.methods:
        yield from (method.request, method.response)


def _last(full: str) -> str:
    return full.rpartition(".")[2]


def _without_imports(file: PythonFile) -> str:
    """Return the text of a file without the lines that import, comments included."""
    text, done = "", 0
    for line in import_lines(file):
        start, end = file.block(line.node)
        text += file.source.text[done:start]
        done = end
    return text + file.source.text[done:]
