"""The plugin's edge: stdin, stdout, the disk and the calling process meet the pure `run` here."""

import gc
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import __version__
from .errors import GenerationError, OutputError
from .outputs.encode import encode_files

if TYPE_CHECKING:
    from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest

    from .inputs.sources import Sources
    from .outputs.report import Changeset

_HELP = """\
protoc-gen-pyservice {version}: a complete Python gRPC service from .proto files

It is called by the protobuf compiler, which finds it on PATH:

    protoc --pyservice_out=DIR [--pyservice_opt=KEY=VALUE,...] -I proto proto/orders/v1/orders.proto

DIR is the project's folder and has to exist. Options:

{options}
In a project, `pyservice generate` does the same after every edit of a proto."""


def entry() -> None:
    """Run `main` and exit at once, as the installed command.

    Nothing is open by then, and shutting the interpreter down would cost a tenth of a run.
    """
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> int:
    """Run as protoc's plugin; returns the exit code: 0, or 2 if it was not called as a plugin."""
    # A short run that mostly imports: collecting garbage on the way only costs.
    gc.disable()
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        print(f"protoc-gen-pyservice {__version__}")
        return 0
    if arguments in (["--help"], ["-h"]):
        print(_help())
        return 0
    if arguments or sys.stdin is None or sys.stdin.isatty():
        problem = f"unknown argument {arguments[0]!r}" if arguments else "standard input is empty"
        return _usage(f"{problem}: this program is called by protoc; run protoc --pyservice_out=DIR FILE.proto")
    return _plugin(sys.stdin.buffer.read())


def _usage(problem: str) -> int:
    print(f"protoc-gen-pyservice: {problem} (--help says more).", file=sys.stderr)
    return 2


def _plugin(data: bytes) -> int:
    from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse
    from google.protobuf.message import DecodeError

    try:
        request = CodeGeneratorRequest.FromString(data)
    except DecodeError:
        return _usage("standard input is not a CodeGeneratorRequest: run protoc --pyservice_out=DIR FILE.proto")
    if not request.proto_file:
        return _usage("standard input names no proto files: run protoc --pyservice_out=DIR FILE.proto")
    response = CodeGeneratorResponse()
    response.supported_features = (
        CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL | CodeGeneratorResponse.FEATURE_SUPPORTS_EDITIONS
    )
    response.minimum_edition, response.maximum_edition = _editions()
    files: Mapping[str, bytes] = {}
    try:
        files = _answer(request)
    except GenerationError as error:
        response.error = str(error)
    sys.stdout.buffer.write(response.SerializeToString() + encode_files(files))
    return 0


def _editions() -> tuple[int, int]:
    """Return the range of editions: proto2 to the newest one of the bundled compiler."""
    from google.protobuf.descriptor_pb2 import EDITION_2024, EDITION_PROTO2

    return EDITION_PROTO2, EDITION_2024


def _answer(request: "CodeGeneratorRequest") -> Mapping[str, bytes]:
    from .inputs.options import parse_options
    from .inputs.protoc_command import find_protoc_command
    from .inputs.sources import Sources, find_sources
    from .outputs.notes import EntryPoint
    from .run import run

    option = parse_options(request.parameter).out
    command = find_protoc_command()
    if command is not None and command.cleans:
        raise OutputError(_CLEANS)
    root = _root(option, command.out if command else None)
    include = command.roots if command else ()
    sources = find_sources(root, include, [f.name for f in request.proto_file]) if root else Sources()
    result = _answer_into(root, request, sources) if root else run(request, None, sources)
    for line in result.report.lines(EntryPoint.PROTOC):
        print(line if line.startswith(" ") else f"pyservice: {line}", file=sys.stderr)
    return result.write


def _answer_into(root: str, request: "CodeGeneratorRequest", sources: "Sources") -> "Changeset":
    """Generate for a project on disk; leaves a note of the files that protoc is to write."""
    from .inputs.places import Places
    from .inputs.tree import DiskTree
    from .outputs.journal import check_places, recover
    from .outputs.pending import forget_pending, leave_pending
    from .outputs.project_lock import project_lock
    from .reconcile.resume import run_on
    from .run import run

    with project_lock(root):
        Places(root).check_record()
        recover(root)
        disk = DiskTree(root)
        result = run_on(root, disk, lambda tree: run(request, tree, sources))
        check_places(root, result.write)
        if result.write:
            leave_pending(root, disk, result.write)
        else:
            forget_pending(root)
    return result


_CLEANS = (
    "buf is set to clean (`clean: true` in its template, or --clean), which would delete the whole project, your own "
    "files too: remove that setting; nothing was changed."
)


def _root(option: str | None, called: str | None) -> str | None:
    """Return the project's folder; the option has to name the folder that the compiler writes to."""
    if option is not None:
        option = os.path.abspath(option)
        if called is not None and os.path.realpath(option) != os.path.realpath(called):
            raise OutputError(
                f"option out={option} is not the folder that protoc writes to ({called}): "
                "omit the option, or name the same folder."
            )
    root = option or called
    if called is not None and not os.path.isdir(called):
        raise OutputError(f"{called} is not a folder: create it first, protoc does not.")
    if root is not None and os.path.isdir(root) and not os.access(root, os.W_OK):
        raise OutputError(f"{root} cannot be written: choose another folder, or change its permissions.")
    return root


def _help() -> str:
    from .inputs.options import CALL

    rows = (f"    {option.name}={option.value:<10} {option.meaning.replace('`', '')}" for option in CALL)
    return _HELP.format(version=__version__, options="\n".join(rows) + "\n")


if __name__ == "__main__":
    entry()
