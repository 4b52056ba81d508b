"""Bring the values of a TOML file along, leaving its comments, order and layout to its owner."""

import re
from collections.abc import Iterable, MutableMapping
from typing import Any

from ..options import PARTS
from ..repeated_lists import unite_lists

_REMEMBERED = ("name", "package")
"""Keys that need not be written down: the lock has them too."""


def with_values(disk: bytes, new: bytes) -> bytes:
    """Give the tables of ``disk`` the values that ``new`` has; keys that only ``disk`` has stay.

    Lists keep the layout and the order they have: what is gone is taken out, what is new put behind.
    A key that its owner left out stays out where that means the same. The same bytes come back where
    no value differs.
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
    written = document.as_string()
    if "\r\n" in text:
        written = re.sub(r"(?<!\r)\n", "\r\n", written)
    return bom + written.encode()


def _differing(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The keys and values of ``new`` that have to be written."""
    return {key: value for key, value in new.items() if not _agrees(key, old.get(key), value)}


def _agrees(key: str, old: Any, new: Any) -> bool:
    if old is None and key in _REMEMBERED:
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
