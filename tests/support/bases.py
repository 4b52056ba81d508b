"""What each file of a project was last generated with: the bases of merges, out of its record."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from protoc_gen_pyservice.inputs.objects import encode

LOCK, OBJECTS = ".pyservice/lock.json", ".pyservice/objects"


def bases_of(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The bases by the paths of their files, of a project that is given as paths and contents."""
    found: dict[str, bytes] = {}
    for key, value in json.loads(files[LOCK]).items():
        kind, _, path = key.partition(" ")
        owner, _, digest = str(value).rpartition(" ")
        place = f"{OBJECTS}/{digest}" if kind == "file" else ""
        # An empty file has an object too: it is not a base of the settings.
        if place in files and owner.split()[0] in ("merged", "contract"):
            found[path] = base64.b64decode(files[place])
    return found


def bases(folder: Path) -> dict[str, bytes]:
    """The same of a project on disk."""
    objects = (folder / OBJECTS).iterdir() if (folder / OBJECTS).exists() else ()
    files = {f"{OBJECTS}/{path.name}": path.read_bytes() for path in objects}
    return bases_of({LOCK: (folder / LOCK).read_bytes(), **files})


def with_base(files: Mapping[str, bytes], path: str, base: bytes) -> dict[str, bytes]:
    """The files of a record in which an older generator wrote another base of a file, to be written."""
    digest = hashlib.sha256(base).hexdigest()
    lock = re.sub(rf'("file {re.escape(path)}": "\w+) \w+', rf"\1 {digest}", files[LOCK].decode())
    lock = re.sub(r'"request": "\w*"', '"request": ""', lock)
    return {LOCK: lock.encode(), f"{OBJECTS}/{digest}": encode(base)}


def set_base(folder: Path, path: str, base: bytes) -> None:
    """Have an older generator have written another base of a file."""
    for place, content in with_base({LOCK: (folder / LOCK).read_bytes()}, path, base).items():
        (folder / place).write_bytes(content)
