"""pyservice.toml after a merge of two branches that each added to a list.

If a list is on one line, git keeps both lines, which is not valid TOML: the key is repeated.
"""

import json
import re
import tomllib
from typing import NamedTuple

_TABLE = re.compile(r"[ \t]*\[[^\[\]\n]+\][ \t]*(#.*)?")
_LIST = re.compile(r"[ \t]*(\w+)[ \t]*=[ \t]*\[")
_STRING_OR_COMMENT = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|#.*")


class _List(NamedTuple):
    """A list of a table, and its lines: the first, and one past the last."""

    key: tuple[str, str]
    first: int
    end: int


def unite_lists(text: str) -> str:
    """Return the text with each repeated list united in its first place; the same text if none is repeated."""
    lines = text.splitlines(keepends=True)
    while repeated := _repeated(_lists(lines)):
        _unite(lines, *repeated)
    return "".join(lines)


def _repeated(lists: list[_List]) -> tuple[_List, _List] | None:
    """Return a list and the next one with the same key; None if no key is repeated."""
    seen: dict[tuple[str, str], _List] = {}
    for item in lists:
        if item.key in seen:
            return seen[item.key], item
        seen[item.key] = item
    return None


def _lists(lines: list[str]) -> list[_List]:
    lists: list[_List] = []
    table, number = "", 0
    while number < len(lines):
        match = _LIST.match(lines[number])
        end = _end(lines, number) if match else number + 1
        if match and end <= len(lines):
            lists.append(_List((table, match[1]), number, end))
        elif _TABLE.fullmatch(lines[number].rstrip("\r\n")):
            table = lines[number].strip()
        number = end
    return lists


def _end(lines: list[str], number: int) -> int:
    """Return the line after the end of a list."""
    while number < len(lines) and "]" not in _masked(lines[number]):
        number += 1
    return number + 1


def _unite(lines: list[str], first: _List, second: _List) -> None:
    """Move the entries of a list into another, one on each line, and remove the list."""
    known = _entries(lines, first)
    new = _inner(lines, second)
    del lines[second.first : second.end]
    inner = _inner(lines, first)
    inner += [line for line in new if line.strip().rstrip(",") not in {json.dumps(entry) for entry in known}]
    end = lines[first.end - 1]
    rest = end[_masked(end).rindex("]") + 1 :]
    lines[first.first : first.end] = [f"{first.key[1]} = [\n", *inner, f"]{rest}"]


def _inner(lines: list[str], item: _List) -> list[str]:
    """Return the lines between the brackets; one for each entry if the list is on one line."""
    if item.end > item.first + 1:
        return lines[item.first + 1 : item.end - 1]
    return [f"    {json.dumps(entry)},\n" for entry in _entries(lines, item)]


def _entries(lines: list[str], item: _List) -> list[str]:
    """Return the entries of a list. Raises TOMLDecodeError if it is not one."""
    entries: list[str] = tomllib.loads("".join(lines[item.first : item.end]))[item.key[1]]
    return entries


def _masked(line: str) -> str:
    """Return a line with strings and comments masked, every other character in its place."""
    return _STRING_OR_COMMENT.sub(lambda match: "x" * len(match[0]), line)
