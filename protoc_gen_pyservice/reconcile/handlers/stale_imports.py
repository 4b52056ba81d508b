"""Imports that a changed service leaves behind: unused ones go, ones of vanished modules are led to the new place."""

import re
from collections.abc import Iterator, Sequence

from ...model.services import Import, Service, Type
from .import_statement import Alias, Statement
from .imports import Line, Pairs, generated_pairs, import_lines
from .python_file import PythonFile
from .records import Update
from .splice import Edit


def settle(
    file: PythonFile,
    before: PythonFile | None,
    now: PythonFile,
    update: Update,
    package: str,
    removed_modules: frozenset[str],
) -> PythonFile:
    """A file of a person's whose imports fit the service as it is now, as far as that can be done for them.

    ``before`` and ``now`` are its generated counterparts. Raises UnreadableError.
    """
    generated, still = generated_pairs(file.path, before, now), generated_pairs(file.path, now)
    file = file.edited(_unused(file, generated, still))
    if update.previous is None:
        return file
    return file.edited(_redirected(file, generated, update.previous, update.service, package, removed_modules))


def unresolved_imports(file: PythonFile, package: str, removed_modules: frozenset[str]) -> list[str]:
    """What a person has to know of imports that are left and lead nowhere."""
    return [
        f"{file.place(line.node)}: {package}.gen.{module} is gone, and importing it keeps the program from starting"
        for line in import_lines(file)
        for module in _gone(file.path, line.statement, package, removed_modules).values()
    ]


def _unused(file: PythonFile, generated: Pairs, still: Pairs) -> list[Edit]:
    """Drop names whose import was generated, is not any more, and that nothing in the file needs."""
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
    """The edit that drops a line, as one with the edit before it if that dropped the line above.

    An empty line goes with what it was below, if there is one above it too.
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
    """Make imports of vanished modules bind the same names to the modules that their types are in now.

    Only where that one import is all that a line does, or the line is as it was generated.
    """
    for line in import_lines(file):
        gone = _gone(file.path, line.statement, package, removed_modules)
        targets = {alias: _successor(module, previous, service) for alias, module in gone.items()}
        whole = len(line.statement.aliases) == 1 or line.is_of(generated)
        modules = all(alias.name == _last(module) for alias, module in gone.items())
        if not gone or not whole or not modules or None in targets.values() or len(line.node.body) > 1:
            continue
        rest = tuple(alias for alias in line.statement.aliases if alias not in gone)
        statements = [Statement(line.statement.module, rest)] if rest else []
        statements += [
            _import_of(target, alias.local, file.path, line.statement, package)
            for alias, target in targets.items()
            if target is not None
        ]
        text = "\n".join(statement.text for statement in statements)
        yield Edit(file.start(line.node), file.end(line.node), text)


def _import_of(target: Import, local: str, path: str, like: Statement, package: str) -> Statement:
    """The import of a message module under a name, relative if the one it stands for was."""
    if target.distribution is not None:
        return Statement(target.module, (Alias(target.name, local),))
    gen = f"{'.' * (path.count('/') - 1)}gen" if like.module.startswith(".") else f"{package}.gen"
    return Statement(f"{gen}.{target.module}".rstrip("."), (Alias(target.name, local),))


def _gone(path: str, statement: Statement, package: str, removed_modules: frozenset[str]) -> dict[Alias, str]:
    """Which aliases of a statement are, or are in, vanished modules, and in which."""
    found: dict[Alias, str] = {}
    home = _absolute(path, statement.module)
    for alias in statement.aliases:
        for module in (f"{home}.{alias.name}" if home else alias.name, home):
            inside = module.removeprefix(f"{package}.gen.")
            if inside != module and inside in removed_modules:
                found[alias] = inside
    return found


def _absolute(path: str, module: str) -> str:
    """A module's dotted name, as a file below ``src`` writes it."""
    name = module.lstrip(".")
    dots = len(module) - len(name)
    folders = path.removeprefix("src/").split("/")[:-1]
    return ".".join([*(folders[: len(folders) - dots + 1] if dots else ()), *([name] if name else [])])


def _successor(gone: str, previous: Service, service: Service) -> Import | None:
    """The one module that now has what the service used to take from a module."""
    types = list(_types(service))
    targets: set[Import] = set()
    for old in _types(previous):
        if f"{old.module.module}.{old.module.name}".lstrip(".") == gone:
            same = {new.module for new in types if new.full == old.full}
            targets |= same or {new.module for new in types if _last(new.full) == _last(old.full)}
    return targets.pop() if len(targets) == 1 else None


def _types(service: Service) -> Iterator[Type]:
    for method in service.methods:
        yield from (method.request, method.reply)


def _last(full: str) -> str:
    return full.rpartition(".")[2]


def _without_imports(file: PythonFile) -> str:
    """The text of a file but for the lines that import, comments included."""
    text, done = "", 0
    for line in import_lines(file):
        start, end = file.block(line.node)
        text += file.source.text[done:start]
        done = end
    return text + file.source.text[done:]
