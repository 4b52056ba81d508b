"""Run the bundled protobuf compiler on a project's own protos, as `pyservice generate` does."""

import os
import posixpath
import sys
import tempfile
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from ..errors import CompilerError, OptionError
from . import protovalidate
from .layers import UNCHANGED, Changes, Layers
from .old_options import check_imports
from .options import SETTINGS
from .places import is_inside


def compile_protos(
    root: str, roots: Sequence[str], protos: Sequence[str], parameter: str, changes: Changes = UNCHANGED
) -> CodeGeneratorRequest:
    """Compile the protos that pyservice.toml lists into the request that protoc would send.

    ``roots`` are folders relative to the project ``root``; ``protos`` are names below them, or patterns
    with ``*``; ``changes`` are new texts from this run. Raises OptionError for a name that no root has,
    ProtoError for one with old names of pyservice's options, CompilerError when the compiler refuses
    (it has printed why).
    """
    folders = [os.path.join(root, folder) for folder in roots]
    layers = Layers(root, folders, changes)
    names = layers.existing(find_protos(folders, roots, protos))
    with tempfile.TemporaryDirectory(prefix="pyservice-") as scratch:
        # The generator's options come first: a copy in the project may be older.
        everywhere = [include_dir(), *layers.written(scratch), *_shipped_roots()]
        imported = protovalidate.imported(everywhere, names)
        check_imports(everywhere, imported, names)
        out = os.path.join(scratch, "descriptors.binpb")
        compiled = (
            [_written(scratch, protovalidate.descriptors())] if protovalidate.are_missing(everywhere, imported) else []
        )
        _protoc(everywhere, compiled, names, out)
        with open(out, "rb") as file:
            files = FileDescriptorSet.FromString(file.read())
    return CodeGeneratorRequest(file_to_generate=names, parameter=parameter, proto_file=files.file)


def find_protos(folders: Sequence[str], roots: Sequence[str], protos: Sequence[str]) -> list[str]:
    """Return the names that the list and its patterns match, in order, each once."""
    if not roots:
        raise OptionError(f"{SETTINGS} lists no roots: name the folders of your protos in generate.roots.")
    names: dict[str, None] = {}
    for entry in protos:
        if "*" in entry:
            matching = [name for name in below(folders) if fnmatch(name, entry)]
        else:
            matching = [entry] if entry == posixpath.normpath(entry) and _is_below(entry, folders) else []
        if not matching and _is_below(known_as := _as_name(entry, roots), folders):
            raise OptionError(f"{SETTINGS} lists {entry}: write it as {known_as}, as protos import it.")
        if not matching:
            raise OptionError(
                f"{SETTINGS} lists {entry}, which is not below {' or '.join(roots)}: "
                "restore the file, or remove it from generate.protos."
            )
        names.update(dict.fromkeys(matching))
    for name in names:
        if not is_inside(name) or name.startswith(("-", "@")):
            raise OptionError(f"{SETTINGS} lists {name!r}, which the compiler takes for an option: rename the file.")
    if not names:
        raise OptionError(f"{SETTINGS} lists no protos: name them in generate.protos.")
    return list(names)


def _is_below(name: str, folders: Iterable[str]) -> bool:
    return not os.path.isabs(name) and any(os.path.isfile(os.path.join(folder, name)) for folder in folders)


def _as_name(entry: str, roots: Iterable[str]) -> str:
    """Return the name of a proto below one of the roots, given its path in the project."""
    path = posixpath.normpath(entry)
    for root in roots:
        path = path.removeprefix(f"{posixpath.normpath(root)}/")
    return path


def below(folders: Sequence[str]) -> list[str]:
    """Return the names of all proto files below the folders, sorted."""
    names: set[str] = set()
    for folder in folders:
        for path, inside, files in os.walk(folder):
            inside[:] = [name for name in inside if not name.startswith(".") and not _is_environment(path, name)]
            names.update(
                os.path.relpath(os.path.join(path, name), folder).replace(os.sep, "/")
                for name in files
                if name.endswith(".proto")
            )
    return sorted(names)


def _is_environment(path: str, name: str) -> bool:
    """Return whether a folder is a virtual environment, whose protos belong to its packages."""
    return os.path.isfile(os.path.join(path, name, "pyvenv.cfg"))


def _written(folder: str, descriptors: bytes) -> str:
    path = os.path.join(folder, "protovalidate.binpb")
    with open(path, "wb") as file:
        file.write(descriptors)
    return path


def _protoc(folders: Sequence[str], compiled: Sequence[str], names: Sequence[str], out: str) -> None:
    from grpc_tools import _protoc_compiler

    # With source-retention options, as plugins see them.
    flags = ["--include_imports", "--include_source_info", "--retain_options", f"--descriptor_set_out={out}"]
    inputs = [*(f"-I{folder}" for folder in folders), *(f"--descriptor_set_in={path}" for path in compiled)]
    command = ["protoc", *inputs, *flags, *names]
    if _protoc_compiler.run_main([os.fsencode(argument) for argument in command]) != 0:
        raise CompilerError("the protos do not compile (see above): correct them and run this again.")


def include_dir() -> str:
    """Return the ``-I`` folder for ``import "pyservice/v1/options.proto"``."""
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "include")


def is_shipped(name: str) -> bool:
    """Return whether a proto can be imported without one of the user's folders."""
    folders = (include_dir(), *_shipped_roots())
    return name == protovalidate.PROTO or any(os.path.isfile(os.path.join(folder, name)) for folder in folders)


def _shipped_roots() -> list[str]:
    """Return where the well-known protos are, and those of googleapis-common-protos if it is installed."""
    import grpc_tools

    roots = [os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")]
    for folder in sys.path:
        if os.path.isfile(os.path.join(folder, "google", "api", "annotations.proto")):
            roots.append(folder)
            break
    return roots
