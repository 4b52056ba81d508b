"""Update the values of a TOML file, and keep its comments, order and layout."""

import re
from collections.abc import Iterable, MutableMapping
from typing import Any

from ..inputs.options import PARTS
from ..inputs.repeated_lists import unite_lists

_IN_LOCK = ("name", "package")
"""Keys that may be missing, because the lock has them too."""


def with_values(disk: bytes, new: bytes) -> bytes:
    """Return the tables of ``disk`` with the values of ``new``; keys that only ``disk`` has stay.

    Lists keep their layout and order: removed entries are removed, new ones appended. A key that the user
    left out stays out if that means the same. Returns the same bytes if no value differs.
    """
    import tomllib

    text = disk.decode("utf-8-sig")
    bom = disk[: len(disk) - len(text.encode())]
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        text = unite_lists(text)
    old_values, new_values = tomllib.loads(text), tomllib.loads(new.decode())
    differing = {table: _differing(old_values.get(table, {}), values) for table, values in new_values.items()}
    if not any(differing.values()):
        return bom + text.encode()
    import tomlkit

    document = tomlkit.parse(text)
    for table, values in differing.items():
        if table not in document and values:
            document[table] = values
        elif values:
            _update(document[table], values)
    return bom + _with_line_ends(document.as_string(), text)


def with_list(disk: bytes, table: str, key: str, values: Iterable[str]) -> bytes:
    """Return the file with other values in a list of a table, one on each line; without any the key is removed."""
    import tomlkit

    text = disk.decode("utf-8-sig")
    document = tomlkit.parse(text)
    content: Any = document.setdefault(table, {})
    content.pop(key, None)
    array = tomlkit.array().multiline(True)
    array.extend(values)
    if array:
        content[key] = array
    return disk[: len(disk) - len(text.encode())] + _with_line_ends(document.as_string(), text)


def _with_line_ends(written: str, text: str) -> bytes:
    """Return a text with CRLF throughout if another has it."""
    return (re.sub(r"(?<!\r)\n", "\r\n", written) if "\r\n" in text else written).encode()


def _differing(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return the keys and values of ``new`` that have to be written."""
    return {key: value for key, value in new.items() if not _agrees(key, old.get(key), value)}


def _agrees(key: str, old: Any, new: Any) -> bool:
    if old is None and key in _IN_LOCK:
        return True
    if key == "parts" and old in (None, ["all"]):
        return bool(new == list(PARTS))
    if key == "parts" and old == ["none"]:
        return not new
    return bool(sorted(set(old)) == sorted(new) if isinstance(old, list) else old == new)


def _update(table: MutableMapping[str, Any], values: dict[str, Any]) -> None:
    for key, value in values.items():
        if key in table and isinstance(value, list):
            _update_list(table[key], value)
        else:
            table[key] = value


def _update_list(array: Any, values: Iterable[str]) -> None:
    wanted = list(values)
    indented = re.search(r"\n([ \t]*)[\"']", array.as_string())
    multiline = "\n" in array.as_string()
    for index in reversed(range(len(array))):
        if array[index] not in wanted:
            del array[index]
    for value in wanted:
        if value not in array:
            if multiline:
                array.add_line(value, indent=indented[1] if indented else "    ")
            else:
                array.append(value)
