"""What copier runs in a project: the generator of the checkout that the template came from.

So template and generator are always the same version. All that has to be installed is what the
generator is made with: it is looked for beside copier, then behind `pyservice` on PATH, then with uv.

Only the standard library is used here; nobody knows yet what this Python has.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
NEEDED = ("black", "click", "google.protobuf", "grpc_tools", "libcst", "merge3", "tomlkit")


def main() -> int:
    """Run `pyservice` with the arguments given; its exit code, or 2 if it cannot be run."""
    command = _command()
    if command is None:
        print(
            f"pyservice: the generator is not installed: pip install '{_origin()}', or install uv, and try again.",
            file=sys.stderr,
        )
        return 2
    # A package in PYTHONPATH comes before the one that is installed.
    path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    return subprocess.run([*command, *sys.argv[1:]], env={**os.environ, "PYTHONPATH": path}, check=False).returncode


def _command() -> list[str] | None:
    if all(_is_here(module) for module in NEEDED):
        return [sys.executable, "-m", "protoc_gen_pyservice.cli"]
    installed = shutil.which("pyservice")
    if installed:
        return [installed]
    uv = shutil.which("uv")
    return [uv, "tool", "run", "--quiet", "--from", str(CHECKOUT), "pyservice"] if uv else None


def _is_here(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _origin() -> str:
    """Where the checkout came from, as pip installs it."""
    asked = subprocess.run(
        ["git", "-C", str(CHECKOUT), "remote", "get-url", "origin"], capture_output=True, text=True, check=False
    )
    return f"git+{asked.stdout.strip()}" if asked.returncode == 0 else "protoc-gen-pyservice"


if __name__ == "__main__":
    sys.exit(main())
