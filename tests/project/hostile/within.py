"""The entry points in this process: what happens in them is the same, and takes a tenth of the time."""

import gc
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from click.testing import CliRunner
from google.protobuf.compiler.plugin_pb2 import CodeGeneratorResponse

from protoc_gen_pyservice import __main__ as plugin
from protoc_gen_pyservice.cli import main
from protoc_gen_pyservice.compiler import compile_protos
from tests.project.kit import PROTOS
from tests.support.command import Finished


def pyservice(folder: Path, arguments: Sequence[str]) -> Finished:
    """The command line."""
    done = CliRunner().invoke(main, [*arguments, "--project", str(folder)])
    trace = "" if isinstance(done.exception, SystemExit | None) else f"Traceback: {done.exception!r}\n"
    return Finished(done.exit_code, done.stdout, done.stderr + trace)


def protoc(folder: Path) -> Finished:
    """The plugin, called as protoc calls it. A response without an error is not written."""
    request = compile_protos(str(folder), ["proto"], list(PROTOS), f"out={folder}").SerializeToString()
    out, said = io.BytesIO(), io.StringIO()
    given = mock.Mock(buffer=io.BytesIO(request), isatty=lambda: False)
    try:
        with (
            mock.patch.object(sys, "argv", ["protoc-gen-pyservice"]),
            mock.patch.object(sys, "stdin", given),
            mock.patch.object(sys, "stdout", mock.Mock(buffer=out)),
            mock.patch.object(sys, "stderr", said),
        ):
            plugin.main()
    except Exception as error:
        return Finished(1, "", f"Traceback: {error!r}\n")
    finally:
        gc.enable()
    problem = CodeGeneratorResponse.FromString(out.getvalue()).error
    return Finished(int(bool(problem)), "", said.getvalue() + (f"--pyservice_out: {problem}\n" if problem else ""))
