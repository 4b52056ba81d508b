"""Runs the generator of the template's checkout in a project, for copier.

So template and generator always have the same version. The generator's dependencies may be installed
beside copier, or with `pyservice` on PATH, or be installed by uv.

Uses the standard library only, because the dependencies may be missing.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
DEPENDENCIES = ("black", "click", "google.protobuf", "grpc_tools", "libcst", "merge3", "tomlkit")


def main() -> int:
    """Run `pyservice` with the arguments; return its exit code, or 2 if it cannot be run."""
    command = _command()
    if command is None:
        print(
            f"pyservice: the generator is not installed: pip install '{_origin()}', or install uv, and try again.",
            file=sys.stderr,
        )
        return 2
    # PYTHONPATH precedes an installed package.
    path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    return subprocess.run([*command, *sys.argv[1:]], env={**os.environ, "PYTHONPATH": path}, check=False).returncode


def _command() -> list[str] | None:
    if all(_is_installed(module) for module in DEPENDENCIES):
        return [sys.executable, "-m", "protoc_gen_pyservice.cli"]
    installed = shutil.which("pyservice")
    if installed:
        return [installed]
    uv = shutil.which("uv")
    return [uv, "tool", "run", "--quiet", "--from", str(CHECKOUT), "pyservice"] if uv else None


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _origin() -> str:
    """Return the origin of the checkout as a requirement for pip."""
    done = subprocess.run(
        ["git", "-C", str(CHECKOUT), "remote", "get-url", "origin"], capture_output=True, text=True, check=False
    )
    return f"git+{done.stdout.strip()}" if done.returncode == 0 else "protoc-gen-pyservice"


if __name__ == "__main__":
    sys.exit(main())
