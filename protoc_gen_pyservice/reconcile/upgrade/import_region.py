"""The imports at the top of a file as one region."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

import libcst as cst

from ..handlers.import_statement import Statement
from ..handlers.python_file import PythonFile
from ..handlers.splice import Edit
from .import_groups import ImportLine, import_line, import_text, sort_and_join
from .references import ImportNode
from .statements import IMPORT, Block, blocks


def is_plain_region(file: PythonFile) -> bool:
    """Return whether the region has only imports, without comments, so that it can be sorted as a whole."""
    imports = _import_blocks(file)
    lines = list(import_lines_of(file))
    plain = len(lines) == len(imports) and all(not line.comments for line in lines)
    contiguous = all(not file.source.text[one.end : other.start].strip() for one, other in pairwise(imports))
    commented = any(block.text.lstrip().startswith("#") for block in imports)
    return bool(imports) and plain and contiguous and not commented


def with_imports(
    file: PythonFile,
    added: Sequence[ImportLine],
    package: str,
    changed: Mapping[ImportNode, tuple[Statement, ...]] = MappingProxyType({}),
) -> Edit:
    """Return the edit that adds imports to a file that has some, and replaces changed ones."""
    imports = _import_blocks(file)
    text = import_region([*import_lines_of(file, changed), *added], package)
    return Edit(imports[0].start, imports[-1].end, text)


def import_lines_of(
    file: PythonFile, changed: Mapping[ImportNode, tuple[Statement, ...]] = MappingProxyType({})
) -> Iterator[ImportLine]:
    """Yield the import lines at the top of a file, except imports that share a line with other statements."""
    for block in _import_blocks(file):
        if isinstance(block.node, cst.SimpleStatementLine) and len(block.node.body) == 1:
            yield import_line(file, block.node, changed)


def _import_blocks(file: PythonFile) -> list[Block]:
    return [block for block in blocks(file, file.module) if block.key == IMPORT]


def import_region(lines: list[ImportLine], package: str) -> str:
    """Return the text of all imports, in isort's sections."""
    text, section = "", None
    for line in sort_and_join(lines, package):
        current = line.key(package)[0]
        text += "\n" if section not in (None, current) else ""
        text += f"{import_text(line)}\n"
        section = current
    return text
