"""Imports that a changed service leaves behind: unused ones go, ones of vanished modules are led to the new place."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import libcst as cst

from ..model import Import, Service, Type
from .handlers import Update
from .imports import imported, seen_from, statements
from .python_file import PythonFile
from .splice import Edit


class Found(NamedTuple):
    """An import of a module that is no more: where it leads, and its line where it says nothing else."""

    line: cst.SimpleStatementLine
    node: cst.Import | cst.ImportFrom
    module: str
    """The module, dotted, below ``gen``."""


def settle(
    file: PythonFile,
    before: PythonFile | None,
    now: PythonFile,
    update: Update,
    package: str,
    gone_modules: frozenset[str],
) -> PythonFile:
    """A file of a person's whose imports fit the service as it is now, as far as that can be done for them.

    ``before`` and ``now`` are its generated counterparts. Raises UnreadableError.
    """
    file = file.edited(unused(file, before, now))
    if update.previous is None:
        return file
    edits = (
        redirected(file, f, update.previous, update.service, package) for f in vanished(file, gone_modules, package)
    )
    return file.edited(edit for edit in edits if edit is not None)


def unsettled(file: PythonFile, package: str, gone_modules: frozenset[str]) -> list[str]:
    """What a person has to know of imports that are left and lead nowhere."""
    return [
        f"{file.place(found.line)}: {package}.gen.{found.module} is gone, and importing it keeps the program from starting"
        for found in vanished(file, gone_modules, package)
    ]


def unused(file: PythonFile, before: PythonFile | None, now: PythonFile) -> list[Edit]:
    """Edits that drop imports that were generated, are not any more, and that nothing in the file needs."""
    if before is None:
        return []
    still = {seen_from(text, file.path, now.path) for text in statements(now).values()}
    were = {seen_from(text, file.path, before.path) for text in statements(before).values()} - still
    spans: list[tuple[int, int]] = []
    for line in file.imports():
        start, end = file.block(line)
        if file.source.text[start:end].strip() not in were or _is_mentioned(file, line, start, end):
            continue
        if spans and spans[-1][1] == start:
            start = spans.pop()[0]
        spans.append((start, end))
    return [Edit(start, _with_blank(file, start, end), "") for start, end in spans]


def vanished(file: PythonFile, gone: frozenset[str], package: str) -> Iterator[Found]:
    """The top-level imports of modules below ``gen`` that are gone: each one keeps the program from starting."""
    for line in file.imports():
        for node in line.body:
            if isinstance(node, (cst.Import, cst.ImportFrom)):
                module = next((m for m in _below_gen(file.path, node, package) if m in gone), None)
                if module is not None:
                    yield Found(line, node, module)


def redirected(file: PythonFile, found: Found, previous: Service, service: Service, package: str) -> Edit | None:
    """The edit that makes an import bind the same name to the module its types are in now; None if there is no such."""
    one = imported(found.line)
    target = _successor(found.module, previous, service)
    if one is None or target is None or not one.name.endswith("_pb2"):
        return None
    home = target.module
    if target.distribution is None:
        relative = one.module.startswith(".")
        gen = "." * (file.path.count("/") - 1) + "gen" if relative else f"{package}.gen"
        home = f"{gen}.{target.module}".rstrip(".")
    clause = Import(home, target.name, one.local).clause
    return Edit(file.start(found.node), file.end(found.node), f"from {home} import {clause}")


def _successor(gone: str, previous: Service, service: Service) -> Import | None:
    """The one module that now has what the service used to take from a module."""
    types = list(_types(service))
    targets: set[Import] = set()
    for old in _types(previous):
        if _dotted(old.module) != gone:
            continue
        same = {new.module for new in types if new.full == old.full}
        alike = {new.module for new in types if _last(new.full) == _last(old.full)}
        targets |= same or alike
    return targets.pop() if len(targets) == 1 else None


def _types(service: Service) -> Iterator[Type]:
    for method in service.methods:
        yield from (method.request, method.reply)


def _dotted(module: Import) -> str:
    return f"{module.module}.{module.name}".lstrip(".")


def _last(full: str) -> str:
    return full.rpartition(".")[2]


def _below_gen(path: str, node: cst.Import | cst.ImportFrom, package: str) -> Iterator[str]:
    """What an import may mean below ``gen``: modules, dotted, or members of modules."""
    for module in _absolute(path, node):
        inside = module.removeprefix(f"{package}.gen.")
        if inside != module:
            yield inside


def _absolute(path: str, node: cst.Import | cst.ImportFrom) -> Iterator[str]:
    if isinstance(node, cst.Import):
        yield from (alias.evaluated_name for alias in node.names)
        return
    folders = path.removeprefix("src/").split("/")[:-1]
    home = folders[: len(folders) - len(node.relative) + 1] if node.relative else []
    name = cst.Module([]).code_for_node(node.module) if node.module is not None else ""
    module = ".".join([*home, *([re.sub(r"\s", "", name)] if name else [])])
    yield module
    if not isinstance(node.names, cst.ImportStar):
        yield from (f"{module}.{alias.evaluated_name}" for alias in node.names)


def _is_mentioned(file: PythonFile, line: cst.SimpleStatementLine, start: int, end: int) -> bool:
    """Whether the name that an import binds occurs anywhere else, be it in a comment."""
    one = imported(line)
    if one is None:
        return True
    rest = file.source.text[:start] + file.source.text[end:]
    return re.search(rf"\b{re.escape(one.local)}\b", rest) is not None


def _with_blank(file: PythonFile, start: int, end: int) -> int:
    """The end of what to drop, with the empty line below it if there is one above it too."""
    source = file.source
    above = source.text[source.line_start(start - 1) : start].strip() if start else ""
    below_end = source.line_end(end) if end < len(source.text) else end
    return below_end if not above and not source.text[end:below_end].strip() else end
