"""The imports at the top of a file, all together."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

import libcst as cst

from ..handlers.import_statement import Statement
from ..handlers.python_file import PythonFile
from ..handlers.splice import Edit
from .import_groups import ImportLine, import_line, import_text, in_block_order
from .references import ImportNode
from .statements import IMPORT, Block, blocks


def is_plain_region(file: PythonFile) -> bool:
    """Whether nothing stands among the imports of a file, so that they can be put in order anew."""
    found = _import_blocks(file)
    lines = list(import_lines_of(file))
    plain = len(lines) == len(found) and all(not line.comments for line in lines)
    alone = all(not file.source.text[one.end : other.start].strip() for one, other in pairwise(found))
    commented = any(block.text.lstrip().startswith("#") for block in found)
    return bool(found) and plain and alone and not commented


def with_imports(
    file: PythonFile,
    added: Sequence[ImportLine],
    package: str,
    changed: Mapping[ImportNode, tuple[Statement, ...]] = MappingProxyType({}),
) -> Edit:
    """The edit that adds imports to a file which has some, and changes others."""
    found = _import_blocks(file)
    text = import_region([*import_lines_of(file, changed), *added], package)
    return Edit(found[0].start, found[-1].end, text)


def import_lines_of(
    file: PythonFile, changed: Mapping[ImportNode, tuple[Statement, ...]] = MappingProxyType({})
) -> Iterator[ImportLine]:
    """The import lines at the top of a file, but for those that share their line."""
    for block in _import_blocks(file):
        if isinstance(block.node, cst.SimpleStatementLine) and len(block.node.body) == 1:
            yield import_line(file, block.node, changed)


def _import_blocks(file: PythonFile) -> list[Block]:
    return [block for block in blocks(file, file.module) if block.key == IMPORT]


def import_region(lines: list[ImportLine], package: str) -> str:
    """All imports, a section of isort's after the other."""
    text, section = "", None
    for line in in_block_order(lines, package):
        current = line.key(package)[0]
        text += "\n" if section not in (None, current) else ""
        text += f"{import_text(line)}\n"
        section = current
    return text
