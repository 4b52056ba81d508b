"""The names that a proto calls our options by, in its text: the old ones, and those of today."""

from collections.abc import Iterable, Iterator, Sequence

from .options_proto import OLD_PROTO, OPTIONS_PROTO
from .proto_tokens import Kind, Token, imports, tokens

_OLD, _VERSION = b"pyservice", b".v1"
_NAMES = frozenset({b"service", b"method", b"Policy"})
"""What the old file declared."""


def may_import_old(content: bytes) -> bool:
    """Whether a proto mentions a file of that name that is not the one of today: a quick look, ahead of the tokens."""
    return b"options.proto" in content.replace(OPTIONS_PROTO.encode(), b"")


def imports_old(found: Sequence[Token]) -> bool:
    """Whether a proto imports the old file."""
    return OLD_PROTO in map(_imported, imports(found))


def imports_both(found: Sequence[Token]) -> bool:
    """Whether a proto imports the old file and the one of today."""
    return {OLD_PROTO, OPTIONS_PROTO} <= set(map(_imported, imports(found)))


def rewritten(content: bytes, relative: bool = True) -> bytes:
    """A proto that imports the file of today and calls its options by their names; all else is as it was.

    Without ``relative``, ``pyservice.method`` means something else here, and only ``.pyservice.method`` is ours.
    """
    found = tokens(content)
    parts: list[bytes] = []
    end = 0
    for start, stop, text in sorted((*_import_edits(found), *_name_edits(found, relative))):
        parts += content[end:start], text
        end = stop
    return b"".join((*parts, content[end:]))


_Edit = tuple[int, int, bytes]
"""From where to where, and what is to stand there."""


def _imported(literals: Iterable[Token]) -> str:
    return b"".join(literal.text[1:-1] for literal in literals).decode("utf-8", "replace")


def _import_edits(found: Sequence[Token]) -> Iterator[_Edit]:
    for literals in imports(found):
        if _imported(literals) == OLD_PROTO:
            name = OPTIONS_PROTO.encode()
            for literal in literals:
                quote = literal.text[:1]
                yield literal.start, literal.end, quote + name + quote
                # Of several literals that the compiler joins, the others stay empty.
                name = b""


def _name_edits(found: Sequence[Token], relative: bool) -> Iterator[_Edit]:
    for at in range(len(found) - 2):
        word, dot, name = found[at : at + 3]
        if word.text == _OLD and dot.text == b"." and name.text in _NAMES and _is_ours(found, at, relative):
            yield word.end, word.end, _VERSION


_AHEAD_OF_TYPES = frozenset({b"optional", b"required", b"repeated", b"stream", b"extend"})


def _is_ours(found: Sequence[Token], at: int, relative: bool) -> bool:
    """Whether ``pyservice.method``, which begins at this token, is a whole name and that of our option."""
    if found[at + 3 : at + 4] and found[at + 3].text == b".":
        return False
    before = found[at - 1].text if at else b""
    if before != b".":
        return before == b"/" or (relative and before != b"package")
    if at < 2:
        return False
    further = found[at - 2]
    is_longer = further.kind is Kind.WORD and further.text not in _AHEAD_OF_TYPES
    return not is_longer and further.text not in (b")", b"]")
