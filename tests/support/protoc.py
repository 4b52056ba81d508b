"""The protobuf compiler, called as people call it; it finds the plugin on PATH."""

import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from tests.support.command import Finished, run, scripts

PLUGIN = scripts() / "protoc-gen-pyservice"
"""The executable that protoc starts."""

GOOGLEAPIS = Path(sysconfig.get_path("purelib"))
"""Where googleapis-common-protos keeps its proto files."""


def protoc(*arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Finished:
    """Run the compiler that comes with grpcio-tools in ``cwd``."""
    return run([sys.executable, "-m", "grpc_tools.protoc", *arguments], cwd, env)
