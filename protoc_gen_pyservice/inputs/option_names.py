"""The names of pyservice's options in the text of a proto: rewriting the old ones to the current ones."""

from collections.abc import Iterable, Iterator, Sequence

from .options_proto import OLD_PROTO, OPTIONS_PROTO
from .proto_tokens import Kind, Token, imports, tokens

_OLD, _VERSION = b"pyservice", b".v1"
_NAMES = frozenset({b"service", b"method", b"Policy"})
"""The names that the old file declared."""


def may_import_old(content: bytes) -> bool:
    """Return whether a proto may import the old file: a fast check before it is split into tokens."""
    return b"options.proto" in content.replace(OPTIONS_PROTO.encode(), b"")


def imports_old(proto: Sequence[Token]) -> bool:
    """Return whether a proto imports the old file."""
    return OLD_PROTO in map(_imported, imports(proto))


def imports_both(proto: Sequence[Token]) -> bool:
    """Return whether a proto imports the old file and the current one."""
    return {OLD_PROTO, OPTIONS_PROTO} <= set(map(_imported, imports(proto)))


def rewritten(content: bytes, relative: bool = True) -> bytes:
    """Return a proto with the current import and option names; all other text is unchanged.

    Without ``relative``, ``pyservice.method`` means something else here, and only ``.pyservice.method`` is the option.
    """
    proto = tokens(content)
    parts: list[bytes] = []
    end = 0
    for start, stop, text in sorted((*_import_edits(proto), *_name_edits(proto, relative))):
        parts += content[end:start], text
        end = stop
    return b"".join((*parts, content[end:]))


_Edit = tuple[int, int, bytes]
"""Start, end, and the new text."""


def _imported(literals: Iterable[Token]) -> str:
    return b"".join(literal.text[1:-1] for literal in literals).decode("utf-8", "replace")


def _import_edits(proto: Sequence[Token]) -> Iterator[_Edit]:
    for literals in imports(proto):
        if _imported(literals) == OLD_PROTO:
            name = OPTIONS_PROTO.encode()
            for literal in literals:
                quote = literal.text[:1]
                yield literal.start, literal.end, quote + name + quote
                # Of several literals that the compiler joins, the others become empty.
                name = b""


def _name_edits(proto: Sequence[Token], relative: bool) -> Iterator[_Edit]:
    for at in range(len(proto) - 2):
        word, dot, name = proto[at : at + 3]
        if word.text == _OLD and dot.text == b"." and name.text in _NAMES and _is_ours(proto, at, relative):
            yield word.end, word.end, _VERSION


_AHEAD_OF_TYPES = frozenset({b"optional", b"required", b"repeated", b"stream", b"extend"})


def _is_ours(proto: Sequence[Token], at: int, relative: bool) -> bool:
    """Return whether the name that begins at this token is ``pyservice.method``, and means pyservice's option."""
    if proto[at + 3 : at + 4] and proto[at + 3].text == b".":
        return False
    before = proto[at - 1].text if at else b""
    if before != b".":
        return before == b"/" or (relative and before != b"package")
    if at < 2:
        return False
    further = proto[at - 2]
    is_longer = further.kind is Kind.WORD and further.text not in _AHEAD_OF_TYPES
    return not is_longer and further.text not in (b")", b"]")
