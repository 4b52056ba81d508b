"""The record of format 1: copies in ``pristine/``, and ``descriptors.binpb``.

Read once, into objects; the run that does so writes the new layout and deletes the old one.
"""

from ..errors import OutputError
from ..inputs.lock import FORMAT, Entry, Lock
from ..inputs.objects import Objects, digest, is_object_name
from ..inputs.places import RECORD
from ..inputs.tree import Tree
from ..ownership import Owner
from .merge import both_sides

PRISTINE = f"{RECORD}/pristine/"
DESCRIPTORS = f"{RECORD}/descriptors.binpb"


def old_files(tree: Tree) -> list[str]:
    """Return the existing files of the old layout."""
    descriptors = [DESCRIPTORS] if tree.read(DESCRIPTORS) is not None else []
    return [*descriptors, *tree.files(PRISTINE.rstrip("/"))]


def is_old_path(path: str) -> bool:
    """Return whether a path is one of the old layout."""
    return path == DESCRIPTORS or path.startswith(PRISTINE)


def is_old(lock: Lock) -> bool:
    """Return whether a lock, or one of two branches that git merged in it, is of the old layout."""
    return lock.format < FORMAT or any(map(_is_kept_in_copy, lock.files.values()))


def read_old(tree: Tree, lock: Lock) -> tuple[Lock, Objects]:
    """Return the lock in the current format, and its objects, which are not written yet.

    Raises OutputError if the old descriptors cannot be read.
    """
    added: dict[str, bytes] = {}
    files: dict[str, Entry] = {}
    for path, entry in lock.files.items():
        base = _base(entry, tree.read(PRISTINE + path), tree.read(path)) if _is_kept_in_copy(entry) else None
        files[path] = entry
        if base is not None:
            added[digest(base)] = base
            rest = tuple(one for one in entry.digests if is_object_name(one))
            files[path] = entry._replace(digests=tuple(sorted({*rest, digest(base)})))
    protos = {} if lock.descriptors else _descriptors(tree)
    added.update((digest(content), content) for content in protos.values())
    descriptors = {name: (digest(content),) for name, content in protos.items()}
    request = lock.request if lock.format == FORMAT else ""
    now = lock._replace(request=request, files=files, descriptors=lock.descriptors or descriptors, format=FORMAT)
    return now, Objects(tree, added)


def _is_kept_in_copy(entry: Entry) -> bool:
    return entry.owner in (Owner.MERGED, Owner.CONTRACT) and not all(map(is_object_name, entry.digests))


def _base(entry: Entry, pristine: bytes | None, disk: bytes | None) -> bytes | None:
    """Return the text that was last generated; None if its copy does not match the lock."""
    if pristine is None:
        return None
    if len(entry.digests) == 1:
        return pristine if entry.names(pristine) else None
    # git merged file and copy of two branches: if the results are the same, the file was not edited.
    unedited = disk is not None and both_sides(disk) == both_sides(pristine)
    return disk if unedited else both_sides(pristine)


def _descriptors(tree: Tree) -> dict[str, bytes]:
    # Imported only now: reading a lock does not need protobuf.
    from google.protobuf.descriptor_pb2 import FileDescriptorSet
    from google.protobuf.message import DecodeError

    content = tree.read(DESCRIPTORS)
    try:
        files = FileDescriptorSet.FromString(content or b"").file
    except DecodeError:
        raise OutputError(f"{DESCRIPTORS} has no valid descriptors: restore it from version control.") from None
    return {file.name: file.SerializeToString(deterministic=True) for file in files}
