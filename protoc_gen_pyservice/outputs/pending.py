"""What protoc was given to write, kept until it is known that it did.

protoc and buf write the files of an answer one by one, ordered by name, and stop where the disk is full
or the process is killed: then the record, which comes early, tells of files that were never written.
The plugin therefore leaves a note in the project before it answers; the next run reads it.
"""

import json
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..errors import OutputError
from ..inputs.places import RECORD, Places, is_inside
from ..inputs.stamp import is_own, make_stamp
from ..inputs.tree import Tree

_FOLDER = f"{RECORD}/pending"
_LIST, _CONTENTS = "list.json", "contents"


class Pending(NamedTuple):
    """The answer of a run, as far as it is needed to tell what became of it."""

    given: Mapping[str, str]
    """The mark of each file that was to be written."""
    before: Mapping[str, str]
    """The marks of those that were there before."""
    saved: Mapping[str, bytes]
    """What these held."""
    contents: Mapping[str, bytes]
    """What the files of the record were to hold, and the two files that are written last."""


def mark(content: bytes) -> str:
    """Tell contents apart; not against somebody who wants two to look alike."""
    return f"{len(content)}-{zlib.crc32(content)}"


def leave_pending(root: str, tree: Tree, write: Mapping[str, bytes]) -> None:
    """Note what is about to be given to protoc. Raises OutputError where that cannot be written."""
    folder = os.path.join(root, Places(root).real(_FOLDER))
    shutil.rmtree(folder, ignore_errors=True)
    try:
        os.makedirs(folder)
        _write_note(folder, tree, write)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise OutputError(f"{_FOLDER} cannot be written ({error.strerror}): nothing was changed.") from None


def _write_note(folder: str, tree: Tree, write: Mapping[str, bytes]) -> None:
    before: dict[str, str] = {}
    saved: dict[str, int] = {}
    for path in write:
        content = tree.read(path)
        if content is not None:
            before[path], saved[path] = mark(content), len(saved)
            _write(folder, str(saved[path]), content)
    last = sorted(path for path in write if not path.startswith(f"{RECORD}/"))[-2:]
    kept = [*(path for path in write if path.startswith(f"{RECORD}/")), *last]
    # In one file, for there are many and they are small.
    _write(folder, _CONTENTS, b"".join(write[path] for path in kept))
    contents = {path: len(write[path]) for path in kept}
    given = {path: mark(content) for path, content in write.items()}
    document = {"stamp": make_stamp(folder), "given": given, "before": before, "saved": saved, "contents": contents}
    # The list makes it whole: until it is there, nothing was given.
    _write(folder, f"{_LIST}.tmp", json.dumps(document).encode())
    os.replace(os.path.join(folder, f"{_LIST}.tmp"), os.path.join(folder, _LIST))


def read_pending(root: str) -> Pending | None:
    """The note of the last run; None where there is none, or one that was not left here by this user."""
    folder = os.path.join(root, _FOLDER)
    if not os.path.lexists(folder):
        return None
    folder = os.path.join(root, Places(root).real(_FOLDER))
    try:
        document = json.loads(_read(folder, _LIST))
        if not is_own(folder, document["stamp"]) or not all(map(is_inside, document["given"])):
            return None
        saved = {path: _read(folder, str(int(number))) for path, number in document["saved"].items()}
        contents = dict(_parts(_read(folder, _CONTENTS), document["contents"]))
        return Pending(document["given"], document["before"], saved, contents)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _parts(whole: bytes, lengths: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    start = 0
    for path, length in lengths.items():
        yield path, whole[start : start + length]
        start += length


def forget_pending(root: str) -> None:
    """Remove the note: what it tells of is done."""
    folder = os.path.join(root, _FOLDER)
    if os.path.lexists(folder):
        shutil.rmtree(os.path.join(root, Places(root).real(_FOLDER)), ignore_errors=True)


def _write(folder: str, name: str, content: bytes) -> None:
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)


def _read(folder: str, name: str) -> bytes:
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()
