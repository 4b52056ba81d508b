"""Access to the last generated text of each file: the digests in the lock, and the objects that they name."""

from collections.abc import Mapping

from ...inputs.lock import Entry, Lock
from ...inputs.objects import Objects, digest
from ...model.generation import Generation

_NO_TEXT = "0" * 64
"""The digest of no text."""


def base_text(objects: Objects, lock: Lock, path: str) -> bytes | None:
    """Return the last generated text of a merged file; None if the record does not have exactly one."""
    digests = lock.files[path].digests if path in lock.files else ()
    return objects.read(digests[0]) if len(digests) == 1 else None


def with_bases(generation: Generation, bases: Mapping[str, tuple[Entry, bytes]]) -> Generation:
    """Return a generation whose record has these texts, by path, as the last generated ones."""
    assert generation.lock is not None
    added = {digest(content): content for _, content in bases.values()}
    entries = {path: as_generated(entry, content) for path, (entry, content) in bases.items()}
    lock = generation.lock._replace(files={**generation.lock.files, **entries})
    objects = Objects(generation.objects.tree, {**generation.objects.added, **added})
    return generation._replace(objects=objects, lock=lock)


def is_as_generated(entry: Entry, content: bytes) -> bool:
    """Return whether a file has the content that the lock records for it."""
    return entry.names(content)


def as_generated(entry: Entry, content: bytes) -> Entry:
    """Return the entry of a file that counts as unedited with this content."""
    return entry._replace(digests=(digest(content),))


def as_edited(entry: Entry) -> Entry:
    """Return the entry of a file that counts as edited with any content."""
    return entry._replace(digests=(_NO_TEXT,))
