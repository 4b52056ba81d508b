"""The messages and enums of a project, for its reference."""

from typing import NamedTuple

from .comments import Doc


class Field(NamedTuple):
    """One field of a message, for the reference."""

    name: str
    number: int
    type: str
    doc: Doc
    deprecated: bool


class Message(NamedTuple):
    """One message, for the reference; nested ones are listed beside their parents."""

    full: str
    fields: tuple[Field, ...]
    doc: Doc
    deprecated: bool


class Value(NamedTuple):
    """One value of an enum."""

    name: str
    number: int
    doc: Doc
    deprecated: bool


class Enum(NamedTuple):
    """One enum, for the reference."""

    full: str
    values: tuple[Value, ...]
    doc: Doc
    deprecated: bool
