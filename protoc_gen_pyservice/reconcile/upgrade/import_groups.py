"""Edits of import statements, in isort's order: a sorted block stays sorted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import libcst as cst

from ..handlers.import_statement import Alias, Key, Statement, read_import
from ..handlers.python_file import PythonFile
from ..handlers.splice import Edit
from .references import ImportNode

COMMENT = re.compile(r"#[^\r\n]*")


class ImportLine(NamedTuple):
    """One import line: its statements and comments."""

    statements: tuple[Statement, ...]
    comments: tuple[str, ...] = ()
    text: str | None = None
    """The text in the file, if the line does not change."""

    def key(self, package: str) -> Key:
        """Return the key by which isort sorts the line."""
        return self.statements[0].key(package)

    @property
    def is_plain(self) -> bool:
        """Return whether the line has neither comments nor aliases: isort joins only such lines."""
        renames = any(alias.name != alias.local for one in self.statements for alias in one.aliases)
        return not self.comments and not renames and " as " not in (self.text or "")


def import_edits(
    file: PythonFile,
    bodies: Sequence[cst.Module | cst.IndentedBlock],
    changed: Mapping[ImportNode, tuple[Statement, ...]],
    package: str,
) -> Iterator[Edit]:
    """Yield the edits that replace import statements; a sorted block stays sorted."""
    for body in bodies:
        for block in _blocks(body):
            if any(part in changed for line in block for part in line.body):
                yield _edit(file, block, changed, package)
    yield from _shared_line_edits(file, bodies, changed)


def _blocks(body: cst.Module | cst.IndentedBlock) -> Iterator[list[cst.SimpleStatementLine]]:
    """Yield runs of import lines without a blank line or a comment in between."""
    block: list[cst.SimpleStatementLine] = []
    for node in body.body:
        line = node if isinstance(node, cst.SimpleStatementLine) and _is_single_import(node) else None
        if line is None or line.leading_lines:
            yield block
            block = []
        if line is not None:
            block.append(line)
    yield block


def _is_single_import(node: cst.SimpleStatementLine) -> bool:
    """Return whether a line is one import statement and nothing else."""
    return len(node.body) == 1 and isinstance(node.body[0], cst.Import | cst.ImportFrom)


def _edit(
    file: PythonFile,
    block: Sequence[cst.SimpleStatementLine],
    changed: Mapping[ImportNode, tuple[Statement, ...]],
    package: str,
) -> Edit:
    start, end = file.start(block[0]), file.source.statement_end(file.end(block[-1]))
    is_last_without_newline = file.source.text[start:end].rstrip("\r\n") == file.source.text[start:end]
    lines = [import_line(file, node, changed) for node in block]
    before = [import_line(file, node, {}).key(package) for node in block]
    if all(one <= other for one, other in pairwise(before)):
        lines = sort_and_join(lines, package)
    margin = file.source.margin(start)
    text = "\n".join(import_text(line) for line in lines).replace("\n", f"\n{margin}")
    return Edit(start, end, text if is_last_without_newline else f"{text}\n")


def import_line(
    file: PythonFile, node: cst.SimpleStatementLine, changed: Mapping[ImportNode, tuple[Statement, ...]]
) -> ImportLine:
    """Return a line with one import, unchanged or with the statements that replace it."""
    (part,) = node.body
    assert isinstance(part, cst.Import | cst.ImportFrom)
    statement = read_import(part)
    assert statement is not None
    text = file.source.text[file.start(node) : file.source.statement_end(file.end(node))].rstrip("\r\n")
    comments = tuple(COMMENT.findall(text))
    if part in changed:
        return ImportLine(tuple(map(sort_names, changed[part])), comments)
    margin = file.source.margin(file.start(node))
    return ImportLine((statement,), comments, re.sub(r"\r\n?", "\n", text).replace(f"\n{margin}", "\n"))


def sort_and_join(lines: Sequence[ImportLine], package: str) -> list[ImportLine]:
    """Return the lines sorted, with the imports from one module joined unless a line has comments."""
    single = [
        ImportLine((one,), () if number else line.comments, line.text)
        for line in lines
        for number, one in enumerate(line.statements)
    ]
    joined: list[ImportLine] = []
    for line in single:
        (statement,) = line.statements
        at = next((at for at, other in enumerate(joined) if _is_joinable(other, line)), None)
        if at is None:
            joined.append(line)
        else:
            both = (*joined[at].statements[0].aliases, *statement.aliases)
            joined[at] = ImportLine((sort_names(Statement(statement.module, tuple(dict.fromkeys(both)))),))
    return sorted(joined, key=lambda line: line.key(package))


def _is_joinable(one: ImportLine, other: ImportLine) -> bool:
    module = one.statements[0].module
    plain = one.is_plain and other.is_plain and None in (one.text, other.text)
    return module != "" and module == other.statements[0].module and plain


def import_text(line: ImportLine) -> str:
    """Return the text of a line; the comments go to the first of several statements."""
    if line.text is not None:
        return line.text
    texts = [statement.text for statement in line.statements]
    if len(line.comments) == 1 and "\n" not in texts[0]:
        return "\n".join((f"{texts[0]}  {line.comments[0]}", *texts[1:]))
    return "\n".join((*line.comments, *texts))


def _shared_line_edits(
    file: PythonFile,
    bodies: Sequence[cst.Module | cst.IndentedBlock],
    changed: Mapping[ImportNode, tuple[Statement, ...]],
) -> Iterator[Edit]:
    """Yield the edits of imports that share a line with other statements."""
    for body in bodies:
        for node in body.body:
            if isinstance(node, cst.SimpleStatementLine) and len(node.body) > 1:
                for part in node.body:
                    if isinstance(part, cst.Import | cst.ImportFrom) and part in changed:
                        text = "; ".join(statement.text for statement in changed[part])
                        yield Edit(file.start(part), file.end(part), text)


def sort_names(statement: Statement) -> Statement:
    """Return the statement with its names in isort's order: constants, classes, others."""
    return Statement(statement.module, tuple(sorted(statement.aliases, key=_rank)))


def _rank(alias: Alias) -> tuple[int, str, str]:
    name = alias.name
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
    return kind, name.lower(), name
