"""A note of the files that protoc is to write, kept until they are known to be written.

protoc and buf write the files of a response one by one, ordered by name, and stop if the disk is full
or the process is killed: then the record, which comes early, lists files that were never written.
The plugin therefore leaves a note in the project before it responds; the next run reads it.
"""

import json
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..errors import OutputError
from ..inputs.objects import is_object_path
from ..inputs.places import RECORD, Places, is_inside
from ..inputs.stamp import is_own, make_stamp
from ..inputs.tree import Tree

_FOLDER = f"{RECORD}/pending"
_LIST, _CONTENTS = "list.json", "contents"


class Pending(NamedTuple):
    """The note: the response of a run, as far as needed to find out which files were written."""

    given: Mapping[str, str]
    """The mark of each file to write."""
    before: Mapping[str, str]
    """The marks of those that existed before."""
    saved: Mapping[str, bytes]
    """The contents of these."""
    contents: Mapping[str, bytes]
    """The new contents of lock and kept versions, and of the two files that are written last."""


def mark(content: bytes) -> str:
    """Return a short checksum of a content; it does not withstand deliberate collisions."""
    return f"{len(content)}-{zlib.crc32(content)}"


def leave_pending(root: str, tree: Tree, write: Mapping[str, bytes]) -> None:
    """Write a note of the files that protoc is to write. Raises OutputError if it cannot be written."""
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
    kept = _kept(write)
    # In one file, because they are many and small.
    _write(folder, _CONTENTS, b"".join(write[path] for path in kept))
    contents = {path: len(write[path]) for path in kept}
    given = {path: mark(content) for path, content in write.items()}
    document = {"stamp": make_stamp(folder), "given": given, "before": before, "saved": saved, "contents": contents}
    # The list is written last and makes the note valid.
    _write(folder, f"{_LIST}.tmp", json.dumps(document).encode())
    os.replace(os.path.join(folder, f"{_LIST}.tmp"), os.path.join(folder, _LIST))


def _kept(paths: Iterable[str]) -> list[str]:
    """Return the files whose contents the note needs, to recognise a partial write; an object's name proves it whole."""
    written = sorted(paths)
    record = [path for path in written if path.startswith(f"{RECORD}/") and not is_object_path(path)]
    return [*record, *[path for path in written if not path.startswith(f"{RECORD}/")][-2:]]


def read_pending(root: str) -> Pending | None:
    """Return the note of the last run; None if there is none, or it was not left here by this user."""
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
        whole = contents.keys() >= set(_kept(document["given"]))
        return Pending(document["given"], document["before"], saved, contents) if whole else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _parts(whole: bytes, lengths: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    start = 0
    for path, length in lengths.items():
        yield path, whole[start : start + length]
        start += length


def forget_pending(root: str) -> None:
    """Remove the note: its files are written."""
    folder = os.path.join(root, _FOLDER)
    if os.path.lexists(folder):
        shutil.rmtree(os.path.join(root, Places(root).real(_FOLDER)), ignore_errors=True)


def _write(folder: str, name: str, content: bytes) -> None:
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)


def _read(folder: str, name: str) -> bytes:
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()
