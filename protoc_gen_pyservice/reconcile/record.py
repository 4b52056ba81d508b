"""The record of a run for the next one: the lock, and the objects that it names."""

from collections.abc import Iterator, Mapping

from ..inputs.lock import LOCK, Lock
from ..inputs.objects import MAX_OBJECT_BYTES, digest, encode, object_path
from ..inputs.tree import Tree
from ..model.generation import Generation
from ..outputs.report import FileAction
from ..ownership import Owner
from .decisions import Result
from .old_base import old_files


def record(generation: Generation, result: Result, pending: tuple[str, ...]) -> None:
    """Add the lock and new objects to the files to write, and unused objects to those to delete."""
    protos = generation.files.objects()
    descriptors = {name: digest(content) for name, content in protos.items()}
    lock = _lock(generation, result, pending, descriptors)
    names = set(_object_names(lock))
    known = {**generation.objects.added, **result.bases, **{digest(content): content for content in protos.values()}}
    result.write.update(_missing({name: known[name] for name in names & known.keys()}, generation.tree))
    old = old_files(generation.tree)
    if generation.can_delete:
        result.delete += [path for path in generation.objects.paths() if path.rpartition("/")[2] not in names]
        result.delete += old
    else:
        # An unused object is harmless: it needs no action, and the lock is the same at each entry point.
        lock = lock._replace(stale=(*lock.stale, *old))
    if generation.tree.read(LOCK) != lock.to_bytes():
        result.write[LOCK] = lock.to_bytes()


def _lock(generation: Generation, result: Result, pending: tuple[str, ...], descriptors: Mapping[str, str]) -> Lock:
    return Lock(
        request=generation.fingerprint,
        project=generation.names.project,
        package=generation.names.package,
        names=generation.names.snapshot(),
        protos=generation.files.targets,
        pending=pending,
        conflicts=tuple(sorted(event.path for event in result.events if event.action is FileAction.CONFLICT)),
        stale=tuple(result.stale),
        files=dict(sorted(result.entries.items())),
        descriptors={proto: (name,) for proto, name in descriptors.items()},
    )


def _object_names(lock: Lock) -> Iterator[str]:
    """Yield the objects of a lock; generated files, and files that are never merged, have none."""
    for digests in lock.descriptors.values():
        yield from digests
    for entry in lock.files.values():
        if entry.owner in (Owner.MERGED, Owner.CONTRACT):
            yield from entry.digests


def _missing(contents: Mapping[str, bytes], tree: Tree) -> Iterator[tuple[str, bytes]]:
    """Yield the files of objects that are missing or damaged on disk."""
    for name, content in contents.items():
        path, file = object_path(name), encode(content)
        if tree.read(path, MAX_OBJECT_BYTES) != file:
            yield path, file
