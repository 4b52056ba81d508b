"""Import statements that change, in the order that isort gives them: a block that was sorted stays so."""

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
    """One line that imports: its statements, and the comments in it."""

    statements: tuple[Statement, ...]
    comments: tuple[str, ...] = ()
    text: str | None = None
    """As it stands, where nothing of it changes."""

    def key(self, package: str) -> Key:
        """How isort sorts it."""
        return self.statements[0].key(package)

    @property
    def is_plain(self) -> bool:
        """Whether nothing but names stands in it: isort joins no others."""
        renames = any(alias.name != alias.local for one in self.statements for alias in one.aliases)
        return not self.comments and not renames and " as " not in (self.text or "")


def import_edits(
    file: PythonFile,
    bodies: Sequence[cst.Module | cst.IndentedBlock],
    changed: Mapping[ImportNode, tuple[Statement, ...]],
    package: str,
) -> Iterator[Edit]:
    """Edits that put statements in the place of others, each block sorted if it was."""
    for body in bodies:
        for block in _blocks(body):
            if any(part in changed for line in block for part in line.body):
                yield _edit(file, block, changed, package)
    yield from _among_others(file, bodies, changed)


def _blocks(body: cst.Module | cst.IndentedBlock) -> Iterator[list[cst.SimpleStatementLine]]:
    """Import lines that stand together, without an empty line or a comment in between."""
    block: list[cst.SimpleStatementLine] = []
    for node in body.body:
        line = node if isinstance(node, cst.SimpleStatementLine) and _imports_alone(node) else None
        if line is None or line.leading_lines:
            yield block
            block = []
        if line is not None:
            block.append(line)
    yield block


def _imports_alone(node: cst.SimpleStatementLine) -> bool:
    """Whether a line has one import and nothing else."""
    return len(node.body) == 1 and isinstance(node.body[0], cst.Import | cst.ImportFrom)


def _edit(
    file: PythonFile,
    block: Sequence[cst.SimpleStatementLine],
    changed: Mapping[ImportNode, tuple[Statement, ...]],
    package: str,
) -> Edit:
    start, end = file.start(block[0]), file.source.statement_end(file.end(block[-1]))
    ragged = file.source.text[start:end].rstrip("\r\n") == file.source.text[start:end]
    lines = [import_line(file, node, changed) for node in block]
    before = [import_line(file, node, {}).key(package) for node in block]
    if all(one <= other for one, other in pairwise(before)):
        lines = in_block_order(lines, package)
    margin = file.source.margin(start)
    text = "\n".join(import_text(line) for line in lines).replace("\n", f"\n{margin}")
    return Edit(start, end, text if ragged else f"{text}\n")


def import_line(
    file: PythonFile, node: cst.SimpleStatementLine, changed: Mapping[ImportNode, tuple[Statement, ...]]
) -> ImportLine:
    """A line with one import as it stands, or with what is put in its place."""
    (part,) = node.body
    assert isinstance(part, cst.Import | cst.ImportFrom)
    statement = read_import(part)
    assert statement is not None
    text = file.source.text[file.start(node) : file.source.statement_end(file.end(node))].rstrip("\r\n")
    comments = tuple(COMMENT.findall(text))
    if part in changed:
        return ImportLine(tuple(map(in_order, changed[part])), comments)
    margin = file.source.margin(file.start(node))
    return ImportLine((statement,), comments, re.sub(r"\r\n?", "\n", text).replace(f"\n{margin}", "\n"))


def in_block_order(lines: Sequence[ImportLine], package: str) -> list[ImportLine]:
    """The lines in order; what comes from one module in one statement, if no comment stands with it."""
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
            joined[at] = ImportLine((in_order(Statement(statement.module, tuple(dict.fromkeys(both)))),))
    return sorted(joined, key=lambda line: line.key(package))


def _is_joinable(one: ImportLine, other: ImportLine) -> bool:
    module = one.statements[0].module
    plain = one.is_plain and other.is_plain and None in (one.text, other.text)
    return module != "" and module == other.statements[0].module and plain


def import_text(line: ImportLine) -> str:
    """A line with its comments; of several statements the first has them."""
    if line.text is not None:
        return line.text
    texts = [statement.text for statement in line.statements]
    if len(line.comments) == 1 and "\n" not in texts[0]:
        return "\n".join((f"{texts[0]}  {line.comments[0]}", *texts[1:]))
    return "\n".join((*line.comments, *texts))


def _among_others(
    file: PythonFile,
    bodies: Sequence[cst.Module | cst.IndentedBlock],
    changed: Mapping[ImportNode, tuple[Statement, ...]],
) -> Iterator[Edit]:
    """Statements that share their line with others."""
    for body in bodies:
        for node in body.body:
            if isinstance(node, cst.SimpleStatementLine) and len(node.body) > 1:
                for part in node.body:
                    if isinstance(part, cst.Import | cst.ImportFrom) and part in changed:
                        text = "; ".join(statement.text for statement in changed[part])
                        yield Edit(file.start(part), file.end(part), text)


def in_order(statement: Statement) -> Statement:
    """The statement with its names as isort has them: constants, classes, the rest."""
    return Statement(statement.module, tuple(sorted(statement.aliases, key=_rank)))


def _rank(alias: Alias) -> tuple[int, str, str]:
    name = alias.name
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
    return kind, name.lower(), name
