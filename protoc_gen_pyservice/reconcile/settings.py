"""Bring the values of a TOML file along, leaving its comments, order and layout to its owner."""

from collections.abc import Iterable, MutableMapping
from typing import Any


def with_values(disk: bytes, new: bytes) -> bytes:
    """Give the tables of ``disk`` the values that ``new`` has; keys that only ``disk`` has stay.

    Lists keep the layout and the order they have: what is gone is taken out, what is new put behind.
    The same bytes come back where no value differs.
    """
    import tomllib

    text = disk.decode("utf-8-sig")
    old_values, new_values = tomllib.loads(text), tomllib.loads(new.decode())
    if all(_agrees(old_values.get(table), values) for table, values in new_values.items()):
        return disk
    import tomlkit

    document = tomlkit.parse(text)
    for table, values in new_values.items():
        if table not in document:
            document[table] = values
        else:
            _update(document[table], values)
    return disk[: len(disk) - len(text.encode())] + document.as_string().encode()


def _agrees(old: Any, new: dict[str, Any]) -> bool:
    return isinstance(old, dict) and all(old.get(key) == value for key, value in new.items())


def _update(table: MutableMapping[str, Any], values: dict[str, Any]) -> None:
    for key, value in values.items():
        if key not in table or not isinstance(value, list):
            if table.get(key) != value:
                table[key] = value
        elif list(table[key]) != value:
            _update_list(table[key], value)


def _update_list(array: Any, values: Iterable[str]) -> None:
    wanted = list(values)
    multiline = "\n" in array.as_string()
    for index in reversed(range(len(array))):
        if array[index] not in wanted:
            del array[index]
    for value in wanted:
        if value not in array:
            if multiline:
                array.add_line(value)
            else:
                array.append(value)
