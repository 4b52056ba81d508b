"""pyservice.toml after a merge of two branches that each added to a list.

Where a list stands on one line, git leaves both lines, which is no TOML: the key is there twice.
"""

import json
import re
import tomllib
from typing import NamedTuple

_TABLE = re.compile(r"[ \t]*\[[^\[\]\n]+\][ \t]*(#.*)?")
_LIST = re.compile(r"[ \t]*(\w+)[ \t]*=[ \t]*\[")
_STRING_OR_COMMENT = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|#.*")


class _List(NamedTuple):
    """A list of a table, and the lines that it stands in: first, and one behind the last."""

    key: tuple[str, str]
    first: int
    end: int


def unite_lists(text: str) -> str:
    """The text with each repeated list united where it stands first; the same text where none is repeated."""
    lines = text.splitlines(keepends=True)
    while repeated := _repeated(_lists(lines)):
        _unite(lines, *repeated)
    return "".join(lines)


def _repeated(lists: list[_List]) -> tuple[_List, _List] | None:
    """A list and the next one with the same key; None where no key is there twice."""
    seen: dict[tuple[str, str], _List] = {}
    for found in lists:
        if found.key in seen:
            return seen[found.key], found
        seen[found.key] = found
    return None


def _lists(lines: list[str]) -> list[_List]:
    found: list[_List] = []
    table, number = "", 0
    while number < len(lines):
        match = _LIST.match(lines[number])
        end = _end(lines, number) if match else number + 1
        if match and end <= len(lines):
            found.append(_List((table, match[1]), number, end))
        elif _TABLE.fullmatch(lines[number].rstrip("\r\n")):
            table = lines[number].strip()
        number = end
    return found


def _end(lines: list[str], number: int) -> int:
    """One behind the line in which a list ends."""
    while number < len(lines) and "]" not in _masked(lines[number]):
        number += 1
    return number + 1


def _unite(lines: list[str], first: _List, second: _List) -> None:
    """Move the entries of a list into another, a line each, and take the list out."""
    known = _entries(lines, first)
    new = _inner(lines, second)
    del lines[second.first : second.end]
    inner = _inner(lines, first)
    inner += [line for line in new if line.strip().rstrip(",") not in {json.dumps(entry) for entry in known}]
    end = lines[first.end - 1]
    rest = end[_masked(end).rindex("]") + 1 :]
    lines[first.first : first.end] = [f"{first.key[1]} = [\n", *inner, f"]{rest}"]


def _inner(lines: list[str], found: _List) -> list[str]:
    """The lines between the brackets; one for each entry where the list stands on one line."""
    if found.end > found.first + 1:
        return lines[found.first + 1 : found.end - 1]
    return [f"    {json.dumps(entry)},\n" for entry in _entries(lines, found)]


def _entries(lines: list[str], found: _List) -> list[str]:
    """What is in a list. Raises TOMLDecodeError where it is none."""
    entries: list[str] = tomllib.loads("".join(lines[found.first : found.end]))[found.key[1]]
    return entries


def _masked(line: str) -> str:
    """A line with strings and comments made unreadable, each character where it was."""
    return _STRING_OR_COMMENT.sub(lambda match: "x" * len(match[0]), line)
