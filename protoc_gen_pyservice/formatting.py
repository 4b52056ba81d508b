"""Keep generated Python black-clean without paying for black.

Templates write code that black would leave alone; only a name longer than a template could foresee
makes a line too long, and only such a file is handed to black (whose import alone costs more than a
whole run).
"""

import re

_UNSPLITTABLE = re.compile(r"\s*((\w+(=|: ))?[\w.\"/]+,?|class \w+:|async def \w+\()")


def tidy(text: str, line_length: int) -> str:
    """The text as black has it; the same text where no line needs it."""
    if not needs_black(text, line_length):
        return text
    import black

    return black.format_str(text, mode=black.Mode(line_length=line_length))


def needs_black(text: str, line_length: int) -> bool:
    """Whether a line outside docstrings and comments is too long and black could break it."""
    if not any(len(line) > line_length for line in text.split("\n")):
        return False
    in_docstring = False
    for line in text.split("\n"):
        quotes = line.count('"""')
        is_code = not in_docstring and quotes == 0 and not line.lstrip().startswith("#")
        if is_code and len(line) > line_length and not _is_as_short_as_it_gets(line, line_length):
            return True
        in_docstring ^= quotes % 2 == 1
    return False


def _is_as_short_as_it_gets(line: str, line_length: int) -> bool:
    """Whether black would leave a long line of code as it is."""
    _, found, names = line.partition(" import ")
    if line.startswith("from ") and found:
        # It gives the names lines of their own, unless one of them is too long for that.
        return "," not in names and len(f"    {names},") > line_length
    return _UNSPLITTABLE.fullmatch(line) is not None
