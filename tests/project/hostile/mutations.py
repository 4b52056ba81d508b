"""What can go wrong with a file, by accident or on purpose: the same seed makes the same of it."""

import json
import random
import re
from collections.abc import Callable

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import Message

CODE = 'greet(self, *a): import os; os.system("touch ran")\n    def x'

WORDS = (
    "../precious",
    "/no/such/file",
    ".git/config",
    ".GIT/hooks/pre-commit",
    "a/../../precious",
    "src\\..\\..\\precious",
    ".pyservice/lock.json",
    "src/shop/handlers",
    "..",
    ".",
    "",
    " ",
    "\n",
    "a\nb",
    "\0",
    "\x1b[2J",
    "é",
    "class",
    "None",
    "x y",
    "x" * 300,
    '"',
    "'''",
    "{{ 7 * 7 }}",
    "%s",
    CODE,
)
"""Texts that are neither names nor paths, or that lead to private files."""

OTHERS: tuple[object, ...] = (None, True, -1, 0, 2**70, 1e308, [], {}, ["x"], {"x": 1}, [None], "\ud800")
"""Values that are not printable texts."""

Mutation = Callable[[bytes, random.Random], bytes]


def flipped(content: bytes, chance: random.Random) -> bytes:
    """A few bits are the other way round."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(content: bytes, chance: random.Random) -> bytes:
    """The end is missing, the beginning, or something between."""
    first, last = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return chance.choice([content[:first], content[last:], content[:first] + content[last:]])


def repeated(content: bytes, chance: random.Random) -> bytes:
    """A part is repeated."""
    first, last = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return content[:last] + content[first:]


def lines(content: bytes, chance: random.Random) -> bytes:
    """A line is missing, there twice, or changed places with another."""
    rows = content.splitlines(keepends=True)
    one, other = chance.randrange(len(rows)), chance.randrange(len(rows))
    what = chance.randrange(3)
    if what == 0:
        del rows[one]
    elif what == 1:
        rows.insert(other, rows[one])
    else:
        rows[one], rows[other] = rows[other], rows[one]
    return b"".join(rows)


def texts(content: bytes, chance: random.Random) -> bytes:
    """A text between quotes, or a part of it, is another one."""
    found = list(re.finditer(rb'"([^"\n]*)"', content))
    if not found:
        return flipped(content, chance)
    match = chance.choice(found)
    kind, blank, _ = match[1].decode(errors="replace").partition(" ")
    word = json.dumps((kind + blank if blank and chance.random() < 0.7 else "") + chance.choice(WORDS))
    return content[: match.start()] + word.encode() + content[match.end() :]


def values(content: bytes, chance: random.Random) -> bytes:
    """A value is of another kind."""
    found = list(re.finditer(rb'(?<=[:=] )("[^"\n]*"|\[.*\]|\w+)', content))
    if not found:
        return flipped(content, chance)
    match = chance.choice(found)
    return content[: match.start()] + json.dumps(chance.choice(OTHERS)).encode() + content[match.end() :]


def descriptors(content: bytes, chance: random.Random) -> bytes:
    """A name somewhere in a descriptor set is another one, or something is there twice or not at all."""
    files = FileDescriptorProto.FromString(content)
    for _ in range(chance.randint(1, 3)):
        if messages := [message for message in _messages(files) if message.ListFields()]:
            _change(chance.choice(messages), chance)
    return files.SerializeToString()


def _messages(message: Message) -> list[Message]:
    found = [message]
    for field, value in message.ListFields():
        if field.message_type is not None:
            for one in value if field.is_repeated else [value]:
                found += _messages(one)
    return found


def _change(message: Message, chance: random.Random) -> None:
    field, value = chance.choice(message.ListFields())
    if field.type == field.TYPE_STRING and not field.is_repeated:
        setattr(message, field.name, chance.choice(WORDS))
    elif field.is_repeated and chance.random() < 0.5:
        value.MergeFrom([value[chance.randrange(len(value))]])
    elif field.type in (field.TYPE_INT32, field.TYPE_ENUM) and not field.is_repeated:
        message.ClearField(field.name)
    else:
        message.ClearField(field.name)


BYTES: tuple[Mutation, ...] = (flipped, cut, repeated)
TEXT: tuple[Mutation, ...] = (*BYTES, lines, lines, texts, texts, texts, values, values)
BINARY: tuple[Mutation, ...] = (*BYTES, descriptors, descriptors, descriptors)
