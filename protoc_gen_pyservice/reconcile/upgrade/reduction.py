"""Of a file that shrank: what stands in the base and the owner's file alike, and not in the new one, leaves both.

What remains is what its owner made of it, which merges line by line into the few lines of the new file.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import NamedTuple

import libcst as cst

from ..handlers.python_file import PythonFile
from ..handlers.scope import bound, used
from .statements import DOCSTRING, IMPORT, Block, blocks, keyed, members


class _Parts(NamedTuple):
    """The statements of one class or module in three versions."""

    base: list[Block]
    yours: list[Block]
    new: dict[str, Block]


class Reduction:
    """What leaves a base, and what its owner made of it; what is left of both."""

    def __init__(self, base: PythonFile, yours: PythonFile, new: PythonFile, known: Callable[[str], bool]) -> None:
        """``known`` says whether a name can be imported from elsewhere."""
        self._files = base, yours, new
        parts = _Parts(blocks(base, base.module), blocks(yours, yours.module), keyed(blocks(new, new.module)))
        self._parts = parts
        self._dropped: tuple[set[int], set[int]] = set(), set()
        self._replaced: tuple[dict[int, str], dict[int, str]] = {}, {}
        """Texts that stand in place of statements of the base and of yours, or of the heads of classes."""
        self._helpers: set[int] = set()
        """Statements that were generated and stay, because what a person wrote needs them."""
        self.unplaced: list[tuple[str, ...]] = []
        """Statements whose edit has no place in the new file: what they bind, inside which class."""
        self._decide(parts)
        present = bound(new.module.body).names
        self._keep_helpers(lambda name: name in present or known(name))

    @property
    def needed(self) -> set[str]:
        """Names that are used in what is left of yours, and that it does not bind."""
        return self._used() - bound(self._left()).names

    def base(self, imports: str) -> str:
        """What is left of the base, with the text that stands in place of its imports."""
        return _composed(self._files[0], self._parts.base, self._dropped[0], self._replaced[0], imports)

    def yours(self, imports: str) -> str:
        """What is left of its owner's file, with the text that stands in place of its imports."""
        return _composed(self._files[1], self._parts.yours, self._dropped[1], self._replaced[1], imports)

    def _decide(self, parts: _Parts, within: tuple[str, ...] = ()) -> None:
        """Go through the statements of the base; ``within`` is the class that they stand in."""
        yours = keyed(parts.yours)
        for block in parts.base:
            if block.key == IMPORT:
                continue
            mine, now = yours.get(block.key), parts.new.get(block.key)
            if mine is None:
                self._removed(block, now, within)
            elif now is None:
                self._without_successor(block, mine, within)
            elif all(isinstance(one.node, cst.ClassDef) for one in (block, mine, now)):
                self._class(block, mine, now, within)
            elif mine.text == block.text:
                self._replace(block, mine, now.text)
            elif block.key == DOCSTRING and now.text != block.text:
                self._replace(block, mine, now.text)
                self.unplaced.append((*within, DOCSTRING))

    def _replace(self, block: Block, mine: Block, text: str) -> None:
        """What its owner left as it was is as it is now, on both sides: it is not in the way of what they did beside it."""
        self._replaced[0][block.start] = text
        self._replaced[1][mine.start] = text

    def _removed(self, block: Block, now: Block | None, within: tuple[str, ...]) -> None:
        if now is None:
            self._dropped[0].add(block.start)
            if block.key != DOCSTRING:
                self.unplaced.append((*within, block.key))

    def _without_successor(self, block: Block, mine: Block, within: tuple[str, ...]) -> None:
        """What the new file has no more; a field of a class that its owner changed goes before the new default."""
        self._dropped[0].add(block.start)
        if mine.text != block.text and within and mine.is_value:
            return
        self._dropped[1].add(mine.start)
        if mine.text != block.text:
            self.unplaced.append((*within, block.key))

    def _class(self, block: Block, mine: Block, now: Block, within: tuple[str, ...]) -> None:
        nodes = [one.node for one in (block, mine, now) if isinstance(one.node, cst.ClassDef)]
        base, yours, new = (members(file, node) for file, node in zip(self._files, nodes, strict=True))
        self._decide(_Parts(base, yours, keyed(new)), (*within, block.key))
        heads = [
            _head(file, one, inside)
            for file, one, inside in zip(self._files, (block, mine, now), (base, yours, new), strict=True)
        ]
        if heads[0] == heads[1]:
            self._replace(block, mine, heads[2])

    def _keep_helpers(self, known: Callable[[str], bool]) -> None:
        """What is left may need what was generated beside it, and is to be had nowhere else: that stays."""
        helpers = {block.key: block.start for block in self._parts.yours if block.start in self._dropped[1]}
        while True:
            stay = {helpers[name] for name in self._used() if name in helpers and not known(name)} & self._dropped[1]
            if not stay:
                return
            self._dropped[1].difference_update(stay)
            self._helpers |= stay

    def _left(self) -> list[cst.CSTNode]:
        """The statements of yours that stay, without imports."""
        parts = self._parts.yours
        return [block.node for block in parts if block.start not in self._dropped[1] and block.key != IMPORT]

    def _used(self) -> set[str]:
        """The names in what is left of yours and is not as it was generated."""
        return used(self._own(self._parts.base, self._parts.yours))

    def _own(self, base: Sequence[Block], yours: Sequence[Block]) -> list[cst.CSTNode]:
        """The statements that a person wrote or changed; of a class that was generated, its members."""
        before, nodes = keyed(base), list[cst.CSTNode]()
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
                nodes += self._own(members(self._files[0], old.node), members(self._files[1], block.node))
            else:
                nodes.append(block.node)
        return nodes


def _composed(
    file: PythonFile, found: Sequence[Block], dropped: Container[int], replaced: Mapping[int, str], imports: str
) -> str:
    """The text of what is left."""
    text, has_imports = "", False
    for block in found:
        if block.key == IMPORT:
            text += "" if has_imports else block.gap + imports
            has_imports = True
        elif block.start not in dropped:
            text += block.gap + _text(file, block, dropped, replaced)
    rest = file.source.text[found[-1].end :] if found else file.source.text
    if not has_imports and imports:
        return _with_imports_on_top(found, text + rest, imports)
    return text + rest


def _with_imports_on_top(found: Sequence[Block], text: str, imports: str) -> str:
    """A file without an import: they go below its docstring."""
    head = found[0].text if found and found[0].key == DOCSTRING else ""
    below = text.removeprefix(head)
    return f"{head}\n{imports}\n\n{below}" if head else f"{imports}\n\n{below}"


def _head(file: PythonFile, block: Block, inside: Sequence[Block]) -> str:
    """A class ahead of its members; all of one that has none in lines of their own."""
    end = inside[0].start - len(inside[0].gap) if inside else block.end
    return file.source.text[block.start : end]


def _text(file: PythonFile, block: Block, dropped: Container[int], replaced: Mapping[int, str]) -> str:
    """A statement, or a class without those members that leave it."""
    inside = members(file, block.node) if isinstance(block.node, cst.ClassDef) else []
    if not inside:
        return replaced.get(block.start, block.text)
    text = replaced.get(block.start, _head(file, block, inside))
    left = [one for one in inside if one.start not in dropped]
    for number, one in enumerate(left):
        is_below_docstring = number == 1 and left[0].key == DOCSTRING and not one.gap
        text += ("\n" if is_below_docstring else one.gap) + _text(file, one, dropped, replaced)
    return text + file.source.text[inside[-1].end : block.end]
