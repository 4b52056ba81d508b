"""Keep generated Python black-clean without the cost of black.

Templates write code that black would not change; only an unusually long name makes a line too long.
The usual ones of these lines are split here as black would. For the rest, only the function, method or
head of a class around it is passed to black, whose import alone costs more than a whole run, and which
takes seconds for the clients of a large API.
"""

import re
from collections.abc import Iterator

# Patterns are compiled at the first line that is too long; most projects have none.
_UNSPLITTABLE = r"\s*((\w+(=|: | = ))?[\w.\"/]+,?|class \w+:|(async )?def \w+\()"
_DEFINITION = r"( {4})?(@|class |def |async def )"

_USUAL = (
    # request: parcels_pb2.PutRequest | None = None,
    (
        r"( +)(\w+: )([\w.\[\]]+) \| None( = None,)",
        ("{0}{1}(\n{0}    {2} | None\n{0}){3}", "{0}{1}(\n{0}    {2}\n{0}    | None\n{0}){3}"),
    ),
    # ) -> Iterator[parcels_pb2.Parcel] | AsyncIterator[parcels_pb2.Parcel]:
    (
        r"( +)(\) -> )([\w.\[\]]+) \| ([\w.\[\]]+)(:)",
        ("{0}{1}(\n{0}    {2} | {3}\n{0}){4}", "{0}{1}(\n{0}    {2}\n{0}    | {3}\n{0}){4}"),
    ),
    # class ParcelsClient(BaseClient[Parcels]):
    # request = sample(parcels_pb2.PutRequest)
    (
        r"( *)(class \w+|\w+ = \w+)\(([\w.]+(?:\[[\w.]+\])?)\)(:?)",
        ("{0}{1}(\n{0}    {2}\n{0}){3}",),
    ),
    # _service = "acme.parcels.v1.Parcels"
    (
        r"( +)(\w+ = )(\"[\w.]+\")",
        ("{0}{1}(\n{0}    {2}\n{0})",),
    ),
)
"""Lines that a long name makes too long, and their splits: the first that fits is used."""


def tidy(text: str, line_length: int) -> str:
    """Return the text as black formats it; the same text if no line needs it."""
    if not _has_long_line(text, line_length):
        return text
    lines = (_split(line, line_length) if is_code else line for line, is_code in _lines(text))
    pieces = _pieces("\n".join(lines))
    return "\n".join(_black(piece, line_length) if needs_black(piece, line_length) else piece for piece in pieces)


def needs_black(text: str, line_length: int) -> bool:
    """Return whether a line outside docstrings and comments is too long and black could break it."""
    return _has_long_line(text, line_length) and any(
        is_code and len(line) > line_length and not _is_unsplittable(line, line_length)
        for line, is_code in _lines(text)
    )


def _has_long_line(text: str, line_length: int) -> bool:
    return any(len(line) > line_length for line in text.split("\n"))


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line, and whether it is code: no comment, and no part of a docstring."""
    in_docstring = False
    for line in text.split("\n"):
        quotes = line.count('"""')
        yield line, not in_docstring and quotes == 0 and not line.lstrip().startswith("#")
        in_docstring ^= quotes % 2 == 1


def _split(line: str, line_length: int) -> str:
    """Return a line of code as black formats it, if it is too long and of a usual form; the same line otherwise."""
    if len(line) <= line_length:
        return line
    for form, ways in _USUAL:
        if match := re.fullmatch(form, line):
            split = (way.format(*match.groups()) for way in ways)
            return next((text for text in split if not _has_long_line(text, line_length)), line)
    return line


def _is_unsplittable(line: str, line_length: int) -> bool:
    """Return whether black would not change a long line of code."""
    _, match, names = line.partition(" import ")
    if line.startswith("from ") and match:
        # It gives the names lines of their own, unless one of them is too long for that.
        return "," not in names and len(f"    {names},") > line_length
    return re.fullmatch(_UNSPLITTABLE, line) is not None


def _pieces(text: str) -> Iterator[str]:
    """Yield the text, cut before each function, class and method that follows a blank line."""
    piece: list[str] = []
    in_class = False
    for line, is_code in _lines(text):
        match = re.match(_DEFINITION, line) if is_code else None
        if match and piece and not piece[-1] and (in_class or not match[1]):
            yield "\n".join(piece)
            piece = []
        if match and not match[1] and match[2] != "@":
            in_class = match[2] == "class "
        piece.append(line)
    yield "\n".join(piece)


def _black(piece: str, line_length: int) -> str:
    """Return a piece as black formats it; trailing blank lines stay."""
    import black
    from black.mode import Mode, TargetVersion

    code = piece.rstrip("\n")
    head = "class _:\n" if code.startswith(" ") else ""
    # The versions that black itself reads from requires-python of the project.
    mode = Mode(line_length=line_length, target_versions={TargetVersion.PY311})
    tidied = black.format_str(f"{head}{code}\n", mode=mode).removeprefix(head)
    return tidied.rstrip("\n") + piece[len(code) :]
