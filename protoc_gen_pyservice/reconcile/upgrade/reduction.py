"""Reduction of a merged file for a shorter template: statements that the new file lacks leave the base and yours.

The user's edits remain, and merge line by line into the few lines of the new file.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import NamedTuple

import libcst as cst

from ..handlers.python_file import PythonFile
from ..handlers.scope import bound, used
from .statements import DOCSTRING, IMPORT, Block, blocks, by_key, members


class _Parts(NamedTuple):
    """The statements of one class or module in three versions."""

    base: list[Block]
    yours: list[Block]
    new: dict[str, Block]


class Reduction:
    """The base and the user's file, without the unedited statements that the new file lacks."""

    def __init__(self, base: PythonFile, yours: PythonFile, new: PythonFile, known: Callable[[str], bool]) -> None:
        """``known`` says whether a name can be imported from elsewhere."""
        self._files = base, yours, new
        parts = _Parts(blocks(base, base.module), blocks(yours, yours.module), by_key(blocks(new, new.module)))
        self._parts = parts
        self._dropped: tuple[set[int], set[int]] = set(), set()
        self._replaced: tuple[dict[int, str], dict[int, str]] = {}, {}
        """Texts that replace statements, or heads of classes, of the base and of yours; by the offset."""
        self._helpers: set[int] = set()
        """Generated statements that stay, because the user's code needs them."""
        self.unplaced: list[tuple[str, ...]] = []
        """Statements whose edit cannot be merged: the names of the classes around each, then its key."""
        self._decide(parts)
        present = bound(new.module.body).names
        self._keep_helpers(lambda name: name in present or known(name))

    @property
    def needed(self) -> set[str]:
        """Names that the rest of yours uses and does not bind."""
        return self._used() - bound(self._remaining()).names

    def base(self, imports: str) -> str:
        """Return the reduced base with ``imports`` as its imports."""
        return _composed(self._files[0], self._parts.base, self._dropped[0], self._replaced[0], imports)

    def yours(self, imports: str) -> str:
        """Return the user's reduced file with ``imports`` as its imports."""
        return _composed(self._files[1], self._parts.yours, self._dropped[1], self._replaced[1], imports)

    def _decide(self, parts: _Parts, within: tuple[str, ...] = ()) -> None:
        """Decide about each statement of the base; ``within`` are the classes around them."""
        yours = by_key(parts.yours)
        for block in parts.base:
            if block.key == IMPORT:
                continue
            mine, now = yours.get(block.key), parts.new.get(block.key)
            if mine is None:
                self._drop_deleted(block, now, within)
            elif now is None:
                self._drop_obsolete(block, mine, within)
            elif all(isinstance(one.node, cst.ClassDef) for one in (block, mine, now)):
                self._reduce_class(block, mine, now, within)
            elif mine.text == block.text:
                self._replace(block, mine, now.text)
            elif block.key == DOCSTRING and now.text != block.text:
                self._replace(block, mine, now.text)
                self.unplaced.append((*within, DOCSTRING))

    def _replace(self, block: Block, mine: Block, text: str) -> None:
        """Replace an unedited statement on both sides by the new one, which avoids conflicts with edits beside it."""
        self._replaced[0][block.start] = text
        self._replaced[1][mine.start] = text

    def _drop_deleted(self, block: Block, now: Block | None, within: tuple[str, ...]) -> None:
        if now is None:
            self._dropped[0].add(block.start)
            if block.key != DOCSTRING:
                self.unplaced.append((*within, block.key))

    def _drop_obsolete(self, block: Block, mine: Block, within: tuple[str, ...]) -> None:
        """Drop a statement that the new file lacks; an edited field of a class stays, and overrides the new default."""
        self._dropped[0].add(block.start)
        if mine.text != block.text and within and mine.is_value:
            return
        self._dropped[1].add(mine.start)
        if mine.text != block.text:
            self.unplaced.append((*within, block.key))

    def _reduce_class(self, block: Block, mine: Block, now: Block, within: tuple[str, ...]) -> None:
        nodes = [one.node for one in (block, mine, now) if isinstance(one.node, cst.ClassDef)]
        base, yours, new = (members(file, node) for file, node in zip(self._files, nodes, strict=True))
        self._decide(_Parts(base, yours, by_key(new)), (*within, block.key))
        heads = [
            _head(file, one, inside)
            for file, one, inside in zip(self._files, (block, mine, now), (base, yours, new), strict=True)
        ]
        if heads[0] == heads[1]:
            self._replace(block, mine, heads[2])

    def _keep_helpers(self, known: Callable[[str], bool]) -> None:
        """Keep the generated statements that the user's code needs and cannot import."""
        helpers = {block.key: block.start for block in self._parts.yours if block.start in self._dropped[1]}
        while True:
            needed = {helpers[name] for name in self._used() if name in helpers and not known(name)} & self._dropped[1]
            if not needed:
                return
            self._dropped[1].difference_update(needed)
            self._helpers |= needed

    def _remaining(self) -> list[cst.CSTNode]:
        """Return the statements of yours that stay, without imports."""
        parts = self._parts.yours
        return [block.node for block in parts if block.start not in self._dropped[1] and block.key != IMPORT]

    def _used(self) -> set[str]:
        """Return the names that the user's own statements use."""
        return used(self._user_statements(self._parts.base, self._parts.yours))

    def _user_statements(self, base: Sequence[Block], yours: Sequence[Block]) -> list[cst.CSTNode]:
        """Return the statements that the user wrote or changed; of a generated class, its members."""
        before, nodes = by_key(base), list[cst.CSTNode]()
        for block in yours:
            old = before.get(block.key)
            is_generated = old is not None and old.text == block.text and block.start not in self._helpers
            if block.key == IMPORT or block.start in self._dropped[1] or is_generated:
                continue
            is_helper = block.start in self._helpers
            if (
                old is not None
                and isinstance(block.node, cst.ClassDef)
                and isinstance(old.node, cst.ClassDef)
                and not is_helper
            ):
                nodes += self._user_statements(members(self._files[0], old.node), members(self._files[1], block.node))
            else:
                nodes.append(block.node)
        return nodes


def _composed(
    file: PythonFile, statements: Sequence[Block], dropped: Container[int], replaced: Mapping[int, str], imports: str
) -> str:
    """Return the text of a reduced file."""
    text, has_imports = "", False
    for block in statements:
        if block.key == IMPORT:
            text += "" if has_imports else block.gap + imports
            has_imports = True
        elif block.start not in dropped:
            text += block.gap + _text(file, block, dropped, replaced)
    rest = file.source.text[statements[-1].end :] if statements else file.source.text
    if not has_imports and imports:
        return _with_imports_on_top(statements, text + rest, imports)
    return text + rest


def _with_imports_on_top(statements: Sequence[Block], text: str, imports: str) -> str:
    """Return the text of a file that had no imports, with ``imports`` below its docstring."""
    head = statements[0].text if statements and statements[0].key == DOCSTRING else ""
    below = text.removeprefix(head)
    return f"{head}\n{imports}\n\n{below}" if head else f"{imports}\n\n{below}"


def _head(file: PythonFile, block: Block, inside: Sequence[Block]) -> str:
    """Return the text of a class before its first member; all of a class in one line."""
    end = inside[0].start - len(inside[0].gap) if inside else block.end
    return file.source.text[block.start : end]


def _text(file: PythonFile, block: Block, dropped: Container[int], replaced: Mapping[int, str]) -> str:
    """Return the text of a statement; of a class, without its dropped members."""
    inside = members(file, block.node) if isinstance(block.node, cst.ClassDef) else []
    if not inside:
        return replaced.get(block.start, block.text)
    text = replaced.get(block.start, _head(file, block, inside))
    remaining = [one for one in inside if one.start not in dropped]
    for number, one in enumerate(remaining):
        is_below_docstring = number == 1 and remaining[0].key == DOCSTRING and not one.gap
        text += ("\n" if is_below_docstring else one.gap) + _text(file, one, dropped, replaced)
    return text + file.source.text[inside[-1].end : block.end]
