"""The plugin's edge: stdin, stdout, the disk and the calling process meet the pure `run` here."""

import gc
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import __version__
from .errors import GenerationError, OutputError
from .response import encode_files

if TYPE_CHECKING:
    from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest

    from .reconcile.report import Response
    from .sources import Sources

_HELP = """\
protoc-gen-pyservice {version}: a complete Python gRPC service from .proto files

It is called by the protobuf compiler, which finds it on PATH:

    protoc --pyservice_out=DIR [--pyservice_opt=KEY=VALUE,...] -I proto proto/orders/v1/orders.proto

DIR is the project's folder and has to exist. Options:

{options}
In a project, `pyservice generate` does the same after every edit of a proto."""


def entry() -> None:
    """What the installed command calls: `main`, and out at once.

    Nothing is left open by then, and taking the interpreter down would cost a tenth of a run.
    """
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> int:
    """Run as protoc's plugin; returns the exit code: 0, or 2 for a call that is no plugin call."""
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
        what = f"unknown argument {arguments[0]!r}" if arguments else "nothing came on standard input"
        return _usage(f"{what}: this program is called by protoc; run protoc --pyservice_out=DIR FILE.proto")
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
        return _usage(
            "what came on standard input is no request of protoc's: run protoc --pyservice_out=DIR FILE.proto"
        )
    if not request.proto_file:
        return _usage("standard input held no proto files: run protoc --pyservice_out=DIR FILE.proto")
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
    """From proto2 to the newest edition of the bundled compiler."""
    from google.protobuf.descriptor_pb2 import EDITION_2024, EDITION_PROTO2

    return EDITION_PROTO2, EDITION_2024


def _answer(request: "CodeGeneratorRequest") -> Mapping[str, bytes]:
    from .options import parse_options
    from .parent import find_invocation
    from .run import run
    from .sources import Sources, find_sources

    asked = parse_options(request.parameter).out
    invocation = find_invocation()
    if invocation is not None and invocation.cleans:
        raise OutputError(_CLEANS)
    root = _root(asked, invocation.out if invocation else None)
    include = invocation.roots if invocation else ()
    sources = find_sources(root, include, [f.name for f in request.proto_file]) if root else Sources()
    result = _answer_into(root, request, sources) if root else run(request, None, sources)
    for line in result.report.lines():
        print(line if line.startswith(" ") else f"pyservice: {line}", file=sys.stderr)
    return result.write


def _answer_into(root: str, request: "CodeGeneratorRequest", sources: "Sources") -> "Response":
    """Generate for a project on disk; leaves a note of what protoc is given to write."""
    from .apply import check_places, recover
    from .pending import forget_pending, leave_pending
    from .places import Places
    from .project_lock import alone
    from .resume import run_on
    from .run import run
    from .tree import DiskTree

    with alone(root):
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
    "buf is told to clean (`clean: true` in its template, or --clean), which deletes the whole project, your own "
    "files too: take that out; nothing was changed."
)


def _root(asked: str | None, called: str | None) -> str | None:
    """The project's folder: what the option says has to be what the compiler was told."""
    if asked is not None:
        asked = os.path.abspath(asked)
        if called is not None and os.path.realpath(asked) != os.path.realpath(called):
            raise OutputError(
                f"option out={asked} is not the folder that protoc writes to ({called}): "
                "leave the option away, or name the same folder."
            )
    root = asked or called
    if called is not None and not os.path.isdir(called):
        raise OutputError(f"{called} is not a folder: create it first, protoc does not.")
    if root is not None and os.path.isdir(root) and not os.access(root, os.W_OK):
        raise OutputError(f"{root} cannot be written: choose a folder of yours, or change its permissions.")
    return root


def _help() -> str:
    from .options import CALL

    rows = (f"    {option.name}={option.value:<10} {option.meaning.replace('`', '')}" for option in CALL)
    return _HELP.format(version=__version__, options="\n".join(rows) + "\n")


if __name__ == "__main__":
    entry()
