"""Keep generated Python black-clean without paying for black.

Templates write code that black would leave alone; only a name longer than a template could foresee
makes a line too long. The usual ones of these lines are split here as black would. Of what remains,
only the function, method or head of a class around it is handed to black, whose import alone costs
more than a whole run, and which takes seconds for the clients of a large API.
"""

import re
from collections.abc import Iterator

# Patterns are compiled when the first line is too long, which most projects have none of.
_UNSPLITTABLE = r"\s*((\w+(=|: | = ))?[\w.\"/]+,?|class \w+:|async def \w+\()"
_DEFINITION = r"( {4})?(@|class |def |async def )"

_USUAL = (
    # request: parcels_pb2.PutRequest | None = None,
    (
        r"( +)(\w+: )([\w.\[\]]+) \| None( = None,)",
        ("{0}{1}(\n{0}    {2} | None\n{0}){3}", "{0}{1}(\n{0}    {2}\n{0}    | None\n{0}){3}"),
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
"""Lines that a long name makes too long, and how they are split: the first way that makes them fit."""


def tidy(text: str, line_length: int) -> str:
    """The text as black has it; the same text where no line needs it."""
    if not _has_long_line(text, line_length):
        return text
    lines = (_split(line, line_length) if is_code else line for line, is_code in _lines(text))
    pieces = _pieces("\n".join(lines))
    return "\n".join(_black(piece, line_length) if needs_black(piece, line_length) else piece for piece in pieces)


def needs_black(text: str, line_length: int) -> bool:
    """Whether a line outside docstrings and comments is too long and black could break it."""
    return _has_long_line(text, line_length) and any(
        is_code and len(line) > line_length and not _is_as_short_as_it_gets(line, line_length)
        for line, is_code in _lines(text)
    )


def _has_long_line(text: str, line_length: int) -> bool:
    return any(len(line) > line_length for line in text.split("\n"))


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is code: no comment, and no part of a docstring."""
    in_docstring = False
    for line in text.split("\n"):
        quotes = line.count('"""')
        yield line, not in_docstring and quotes == 0 and not line.lstrip().startswith("#")
        in_docstring ^= quotes % 2 == 1


def _split(line: str, line_length: int) -> str:
    """A line of code as black has it, if it is too long and of a usual form; the same line otherwise."""
    if len(line) <= line_length:
        return line
    for form, ways in _USUAL:
        if found := re.fullmatch(form, line):
            split = (way.format(*found.groups()) for way in ways)
            return next((text for text in split if not _has_long_line(text, line_length)), line)
    return line


def _is_as_short_as_it_gets(line: str, line_length: int) -> bool:
    """Whether black would leave a long line of code as it is."""
    _, found, names = line.partition(" import ")
    if line.startswith("from ") and found:
        # It gives the names lines of their own, unless one of them is too long for that.
        return "," not in names and len(f"    {names},") > line_length
    return re.fullmatch(_UNSPLITTABLE, line) is not None


def _pieces(text: str) -> Iterator[str]:
    """The text, cut ahead of each function, class and method that a blank line stands ahead of."""
    piece: list[str] = []
    in_class = False
    for line, is_code in _lines(text):
        found = re.match(_DEFINITION, line) if is_code else None
        if found and piece and not piece[-1] and (in_class or not found[1]):
            yield "\n".join(piece)
            piece = []
        if found and not found[1] and found[2] != "@":
            in_class = found[2] == "class "
        piece.append(line)
    yield "\n".join(piece)


def _black(piece: str, line_length: int) -> str:
    """A piece as black has it; blank lines behind it stay as they are."""
    import black
    from black.mode import Mode, TargetVersion

    code = piece.rstrip("\n")
    head = "class _:\n" if code.startswith(" ") else ""
    # The versions that black itself takes from requires-python of the project.
    mode = Mode(line_length=line_length, target_versions={TargetVersion.PY311})
    tidied = black.format_str(f"{head}{code}\n", mode=mode).removeprefix(head)
    return tidied.rstrip("\n") + piece[len(code) :]
