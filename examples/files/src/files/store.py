"""Files in a folder: published as a whole, uploaded in parts. Everything here waits for the disk.

    names/<name>.json      which content a name stands for; replaced in one step
    contents/<id>          the bytes of a published file
    uploads/<id>.json      what is being uploaded
    uploads/<id>           the bytes that have arrived

All of it is on disk, so that uploads go on after a restart.
"""

import hashlib
import json
import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from .errors import Aborted, DataLoss, NotFound, OutOfRange

UPLOAD_LIFE = 24 * 3600.0
"""Seconds after its last chunk that an upload is kept."""


_ID = re.compile("[0-9a-f]{32}")
"""What `begin` calls uploads."""


@dataclass(frozen=True, slots=True)
class File:
    """A published file; `content` is where its bytes are."""

    name: str
    size: int
    sha256: str
    content: str
    published: int
    """Nanoseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is not there yet."""

    id: str
    name: str
    size: int
    sha256: str


class Store:
    """A folder of files. Methods block: call them in a thread."""

    def __init__(self, folder: Path) -> None:
        self._names = folder / "names"
        self._contents = folder / "contents"
        self._uploads = folder / "uploads"
        for place in (self._names, self._contents, self._uploads):
            place.mkdir(parents=True, exist_ok=True)

    def begin(self, name: str, size: int, sha256: str) -> Upload:
        """Begin an upload; forget those that nobody continued."""
        self._forget_old(time.time() - UPLOAD_LIFE)
        upload = Upload(secrets.token_hex(16), name, size, sha256)
        (self._uploads / upload.id).touch()
        _write(self._uploads / f"{upload.id}.json", asdict(upload))
        return upload

    def upload(self, upload_id: str) -> tuple[Upload, int]:
        """An upload, and how many bytes of it have arrived. Raises NotFound."""
        # Ids come from strangers: one that is none of ours must not become a path.
        if _ID.fullmatch(upload_id) is None:
            raise NotFound("upload", upload_id[:64])
        try:
            upload = Upload(**json.loads((self._uploads / f"{upload_id}.json").read_text()))
            return upload, (self._uploads / upload_id).stat().st_size
        except FileNotFoundError:
            raise NotFound("upload", upload_id[:64]) from None

    def append(self, upload: Upload, offset: int, data: bytes) -> int:
        """Add bytes behind those that are there; how many there are then. Raises OutOfRange."""
        with (self._uploads / upload.id).open("ab") as file:
            if offset != file.tell():
                raise OutOfRange(f"the next chunk begins at {file.tell()}, not at {offset}")
            if offset + len(data) > upload.size:
                raise OutOfRange(f"the file was announced with {upload.size} bytes")
            file.write(data)
            return file.tell()

    def publish(self, upload: Upload) -> File:
        """Put a whole upload in the place of whatever has its name. Raises DataLoss, and drops it then."""
        arrived = self._uploads / upload.id
        with arrived.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        if found != upload.sha256:
            self._drop(upload.id)
            raise DataLoss(f"{upload.name} arrived with another checksum: begin again")
        before = self._find(upload.name)
        arrived.rename(self._contents / upload.id)
        made = File(upload.name, upload.size, found, upload.id, time.time_ns())
        _write(self._names / f"{upload.name}.json", asdict(made))
        self._drop(upload.id)
        if before is not None:
            # Whoever is reading it keeps its bytes: they go with the last open handle.
            (self._contents / before.content).unlink(missing_ok=True)
        return made

    def file(self, name: str) -> File:
        """A file by its name. Raises NotFound."""
        found = self._find(name)
        if found is None:
            raise NotFound("file", name[:128])
        return found

    def open(self, name: str, sha256: str) -> tuple[File, BinaryIO]:
        """A file to read, if it is the one that is meant. Raises NotFound or Aborted."""
        while True:
            file = self.file(name)
            if sha256 and sha256 != file.sha256:
                raise Aborted(f"{name} was replaced meanwhile: begin again")
            with suppress(FileNotFoundError):  # replaced just now: look again
                return file, (self._contents / file.content).open("rb")

    def _find(self, name: str) -> File | None:
        try:
            return File(**json.loads((self._names / f"{name}.json").read_text()))
        except FileNotFoundError:
            return None

    def _drop(self, upload_id: str) -> None:
        for name in (f"{upload_id}.json", upload_id):
            (self._uploads / name).unlink(missing_ok=True)

    def _forget_old(self, before: float) -> None:
        for described in self._uploads.glob("*.json"):
            arrived = described.with_suffix("")
            with suppress(FileNotFoundError):
                if arrived.stat().st_mtime < before:
                    self._drop(arrived.name)


def _write(path: Path, values: dict[str, object]) -> None:
    """Write a description so that nobody ever reads half of it."""
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    aside.write_text(json.dumps(values))
    aside.replace(path)
