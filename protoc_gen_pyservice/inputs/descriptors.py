"""The files of a run: those that the compiler sent, joined with those of earlier runs.

protoc may be run file by file; the services of the other files stay. The descriptors of the last run
are kept as objects, one for each proto, which the lock names.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError

from ..errors import OutputError, ProtoError
from .objects import OBJECTS, Objects, digest
from .places import is_inside


class Files(NamedTuple):
    """``all``: targets and imports, each after its own imports; ``targets``: names, in order."""

    all: tuple[FileDescriptorProto, ...]
    targets: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return a FileDescriptorSet, the same bytes for the same files."""
        return FileDescriptorSet(file=self.all).SerializeToString(deterministic=True)

    def objects(self) -> dict[str, bytes]:
        """Return the content of each file's object by the file's name, the same bytes for the same file."""
        return {file.name: file.SerializeToString(deterministic=True) for file in self.all}


def requested(request: CodeGeneratorRequest) -> Files:
    """Return the files of a request; targets with source-retention options, comments kept.

    Raises ProtoError if there is nothing to generate.
    """
    if not request.file_to_generate:
        raise ProtoError("protoc named no file to generate: add the .proto files to the command.")
    full = {file.name: file for file in request.source_file_descriptors}
    targets = set(request.file_to_generate)
    return Files(
        tuple(_commented(full.get(file.name, file), file.name in targets) for file in request.proto_file),
        tuple(request.file_to_generate),
    )


def stored(named: Mapping[str, Sequence[str]], objects: Objects, targets: Sequence[str], new: Files) -> Files | None:
    """Return the files of the last run by the digests that the lock names, unchecked; None where there are none.

    Unchanged files are taken from the new ones, and not read. Missing objects are skipped. Raises OutputError for
    an object that is not a descriptor of that file.
    """
    same = {digest(content): file for file, content in zip(new.all, new.objects().values(), strict=True)}
    files: dict[str, FileDescriptorProto] = {}
    for name, digests in named.items():
        file = next((same[one] for one in digests if one in same), None) or _stored(name, digests, objects)
        if file is not None:
            files[name] = file
    return _arranged(list(files.values()), tuple(name for name in targets if name in files)) if files else None


def _stored(name: str, digests: Sequence[str], objects: Objects) -> FileDescriptorProto | None:
    """Return the descriptor of a file from the first of its objects that is valid; None if there is none."""
    contents = (objects.read(one) for one in digests)
    content = next((content for content in contents if content is not None), None)
    if content is None:
        if any(map(objects.exists, digests)):
            raise _unreadable(name, "the content of its object does not match its name")
        return None
    try:
        file = FileDescriptorProto.FromString(content)
    except DecodeError as error:
        raise _unreadable(name, str(error)) from None
    if file.name != name:
        raise _unreadable(name, "its object is of another proto")
    return file


def check_stored(files: Files) -> None:
    """Raise OutputError for files that no compiler can have written: the repository may be untrusted."""
    try:
        _check_compiled(files.all)
    except (TypeError, ValueError) as error:
        raise _unreadable("", str(error)) from None


def _unreadable(name: str, problem: str) -> OutputError:
    reason = "".join(character if character.isprintable() else "?" for character in " ".join(problem.split()))
    of = f" of {name}" if name else ""
    return OutputError(
        f"the last descriptors{of} in {OBJECTS} cannot be read ({reason}): restore them from version control."
    )


def _check_compiled(files: Iterable[FileDescriptorProto]) -> None:
    """Raise TypeError or ValueError for files that do not fit together, or have impossible names."""
    pool = DescriptorPool()
    for file in files:
        if not is_inside(file.name):
            raise ValueError(f"{file.name!r} cannot be the name of a proto")
        bare = FileDescriptorProto()
        bare.CopyFrom(file)
        # Comments need not be UTF-8, which a pool requires.
        bare.ClearField("source_code_info")
        pool.Add(bare)


def joined(new: Files, old: Files | None, prune: bool) -> Files:
    """Return the files of this run and those of earlier runs that it does not name.

    An old target whose symbols are all defined elsewhere now has moved, and is left out. Raises
    ProtoError if an old one no longer fits the new ones. The order is that of the earlier runs, in
    whatever order this run names the files.
    """
    if old is None or prune:
        return _arranged(new.all, _in_order(old.targets if old else (), new.targets))
    current = {file.name for file in new.all}
    defined = {symbol: file.name for file in new.all for symbol in symbols(file)}
    pending = [
        file for file in old.all if file.name in old.targets and file.name not in current and not _moved(file, defined)
    ]
    if not pending:
        missing = [name for name in old.targets if name in current and name not in new.targets]
        return _arranged(new.all, _in_order(old.targets, (*new.targets, *missing)))
    everything = _closure({file.name: file for file in (*old.all, *new.all)}, [f.name for f in (*new.all, *pending)])
    _check_fits(everything, pending, defined)
    targets = (*new.targets, *(name for name in old.targets if name in {f.name for f in everything}))
    return _arranged(everything, _in_order(old.targets, targets))


def _arranged(files: Sequence[FileDescriptorProto], targets: tuple[str, ...]) -> Files:
    by_name = {file.name: file for file in files}
    return Files(tuple(_closure(by_name, (*targets, *by_name))), targets)


def symbols(file: FileDescriptorProto) -> Iterator[str]:
    """Yield the full names of a file's top-level messages, enums and services."""
    for group in (file.message_type, file.enum_type, file.service):
        for element in group:
            yield f"{file.package}.{element.name}" if file.package else element.name


def _moved(file: FileDescriptorProto, defined: dict[str, str]) -> bool:
    names = list(symbols(file))
    return bool(names) and all(name in defined for name in names)


def _in_order(first: Sequence[str], names: Iterable[str]) -> tuple[str, ...]:
    """Return the names, those of earlier runs in their old order before new ones."""
    unique = list(dict.fromkeys(names))
    return (*(name for name in first if name in unique), *(name for name in unique if name not in first))


def _closure(by_name: dict[str, FileDescriptorProto], wanted: Sequence[str]) -> list[FileDescriptorProto]:
    """Return the wanted files and their imports, each after its own imports."""
    ordered: dict[str, FileDescriptorProto] = {}
    entered: set[str] = set()
    # An explicit stack: stored files may import each other in a circle, or very deep.
    pending = [name for name in reversed(wanted) if name in by_name]
    while pending:
        name = pending[-1]
        deeper = [d for d in reversed(by_name[name].dependency) if d in by_name and d not in entered]
        if name in entered or not deeper:
            ordered.setdefault(name, by_name[name])
            entered.add(pending.pop())
        else:
            entered.add(name)
            pending += deeper
    return list(ordered.values())


def _check_fits(
    files: Sequence[FileDescriptorProto], pending: Sequence[FileDescriptorProto], defined: dict[str, str]
) -> None:
    """Raise ProtoError if a type that an old file refers to is removed, or one that it defines is elsewhere too."""
    known = {full for file in files for full in _types(file)}
    for file in pending:
        for problem in _misfits(file, files, known, defined):
            raise ProtoError(
                f"{file.name} was generated into this project earlier and {problem}: "
                f"run protoc on {file.name} too, or remove it with --pyservice_opt=prune=true."
            )


def _misfits(
    file: FileDescriptorProto, files: Sequence[FileDescriptorProto], known: set[str], defined: dict[str, str]
) -> Iterator[str]:
    by_name = {other.name: other for other in files}
    for symbol in symbols(file):
        if symbol in defined:
            yield f"defines {symbol}, as {defined[symbol]} does now"
    for name in file.dependency:
        moved = next(
            (defined[symbol] for symbol in symbols(by_name.get(name, file)) if defined.get(symbol, name) != name), None
        )
        if moved is not None:
            yield f"imports {name}, whose types are in {moved} now"
    for used in _used(file):
        if used.lstrip(".") not in known:
            yield f"refers to {used.lstrip('.')}, which was removed"


def _types(file: FileDescriptorProto) -> Iterator[str]:
    def walk(scope: str, message: DescriptorProto) -> Iterator[str]:
        full = f"{scope}.{message.name}" if scope else message.name
        yield full
        for nested in message.nested_type:
            yield from walk(full, nested)
        yield from (f"{full}.{enum.name}" for enum in message.enum_type)

    for message in file.message_type:
        yield from walk(file.package, message)
    yield from (f"{file.package}.{enum.name}" if file.package else enum.name for enum in file.enum_type)


def _used(file: FileDescriptorProto) -> Iterator[str]:
    def walk(message: DescriptorProto) -> Iterator[str]:
        yield from (field.type_name for field in message.field if field.type_name)
        for nested in message.nested_type:
            yield from walk(nested)

    for message in file.message_type:
        yield from walk(message)
    for service in file.service:
        for method in service.method:
            yield method.input_type
            yield method.output_type


def _commented(file: FileDescriptorProto, target: bool) -> FileDescriptorProto:
    """Return the file with only the comments of its source info, and with none if it is an import.

    Positions would change the stored descriptors with every moved line.
    """
    if not file.HasField("source_code_info"):
        return file
    kept = FileDescriptorProto()
    kept.CopyFrom(file)
    del kept.source_code_info.location[:]
    for location in file.source_code_info.location if target else ():
        if location.leading_comments or location.trailing_comments:
            # The whole location, because a comment that is not UTF-8 can be copied and not assigned.
            comment = kept.source_code_info.location.add()
            comment.CopyFrom(location)
            comment.ClearField("span")
            comment.ClearField("leading_detached_comments")
    return kept
