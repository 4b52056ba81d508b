"""Comments as Markdown that cannot break the page: tags, headings, fences and pipes in them are escaped."""

import re
from collections.abc import Sequence

_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_PIPE = re.compile(r"(\\*)\|")
_HEADING = re.compile(r" {0,3}(#{1,6}(\s|$)|=+\s*$|-+\s*$)")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_BLOCK_START = re.compile(r"[#>|=~`+*-]")


def block(lines: Sequence[str]) -> list[str]:
    """Return the lines for a page: Markdown stays, except tags and headings."""
    shown: list[str] = []
    fence = ""
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if fence:
            shown.append(line)
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif mark:
            shown.append(line)
            fence = mark[1]
        elif line.startswith("    ") and (number == 0 or not lines[number - 1].strip() or shown[-1].startswith("    ")):
            shown.append(line)
        else:
            shown.append(_no_heading(_no_tags(line)))
    return [*shown, fence] if fence else shown


def cell(text: str) -> str:
    """Return one line for inside a table."""
    return _PIPE.sub(lambda match: match[0] if len(match[1]) % 2 else f"{match[1]}\\|", _no_tags(text))


def paragraph(text: str) -> str:
    """Return one line that renders as a paragraph, whatever it begins with."""
    text = _no_tags(text)
    return f"\\{text}" if _BLOCK_START.match(text) else text


def _no_tags(line: str) -> str:
    """Return the line with each ``<`` that would begin a tag escaped; in code spans none would."""
    parts: list[str] = []
    end = 0
    for span in _CODE_SPAN.finditer(line):
        parts += [_TAG.sub("&lt;", line[end : span.start()]), span[0]]
        end = span.end()
    return "".join([*parts, _TAG.sub("&lt;", line[end:])])


def _no_heading(line: str) -> str:
    if not _HEADING.match(line):
        return line
    margin = line[: len(line) - len(line.lstrip())]
    return f"{margin}\\{line.lstrip()}"
