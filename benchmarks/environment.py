"""The one virtual environment that every measured run starts from."""

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

# What all runs need, then the peers: one that cannot be installed only loses its own row.
BASE = ("grpcio-tools==1.85.1", "protobuf==7.36.2", "googleapis-common-protos==1.76.0")
PEERS = ("mypy-protobuf==5.1.0", "betterproto2-compiler==0.10.1", "gapic-generator==1.44.0")


class SetupError(RuntimeError):
    """The environment cannot be made; the message says which step failed and how."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment in `folder`."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def program(self, name: str) -> Path | None:
        """The program called `name` that is installed in it."""
        path = self.folder / "bin" / name
        return path if path.is_file() else None

    def variables(self) -> dict[str, str]:
        """The variables of a measured run: our own, without those that change how Python starts."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
        return kept | {"PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


def build(root: Path, work: Path) -> tuple[Environment, list[str]]:
    """Make the environment under `work`, with the project in `root` in it as users would have it.

    Also returns one sentence for each thing that could not be installed. Raises SetupError when
    there is nothing to measure at all.
    """
    environment = create(work / "venv")
    install(environment, list(BASE))
    _install_empty_plugin(environment)
    lacking = [_attempt(environment, peer) for peer in PEERS]
    lacking.append(_attempt_ours(environment, root, work / "wheel"))
    return environment, [sentence for sentence in lacking if sentence]


def create(folder: Path) -> Environment:
    """A virtual environment in ``folder``: the one that is there, or a new one. Raises SetupError."""
    environment = Environment(folder)
    if not environment.python.exists():
        _run(_creation(folder))
    return environment


def _creation(folder: Path) -> list[str]:
    if uv := shutil.which("uv"):
        return [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
    return [sys.executable, "-m", "venv", "--clear", str(folder)]


def install(environment: Environment, what: list[str]) -> None:
    """Install what pip calls requirements. Raises SetupError."""
    python = str(environment.python)
    if uv := shutil.which("uv"):
        # As pip does unasked: no measured run is to be the first to compile a module.
        options = ["--quiet", "--compile-bytecode", "--python", python]
        _run([uv, "pip", "install", *options, *what])
    else:
        _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what])


def _attempt(environment: Environment, peer: str) -> str | None:
    try:
        install(environment, [peer])
    except SetupError as error:
        return f"{peer} is not installed: {error}"
    return None


def _attempt_ours(environment: Environment, root: Path, wheels: Path) -> str | None:
    """Build a wheel of the project in `root` and install it; a sentence if that does not work."""
    try:
        name = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
        _uninstall(environment, name)
        install(environment, [str(_wheel(environment, root, wheels))])
    except (OSError, SetupError) as error:
        return f"the project itself is not installed: {error}"
    return None


def _wheel(environment: Environment, root: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    if uv := shutil.which("uv"):
        _run([uv, "build", "--quiet", "--wheel", "--out-dir", str(folder), str(root)])
    else:
        python = str(environment.python)
        _run([python, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), str(root)])
    return next(folder.glob("*.whl"))


def _uninstall(environment: Environment, name: str) -> None:
    """Take the last build out: the next one has the same version, and would count as installed."""
    python = str(environment.python)
    if uv := shutil.which("uv"):
        _run([uv, "pip", "uninstall", "--quiet", "--python", python, name])
    else:
        _run([python, "-m", "pip", "uninstall", "--quiet", "--yes", name])


def _install_empty_plugin(environment: Environment) -> None:
    source = Path(__file__).with_name("empty_plugin.py").read_text(encoding="utf-8")
    path = environment.folder / "bin" / "protoc-gen-empty"
    path.write_text(f"#!{environment.python}\n{source}", encoding="utf-8")
    path.chmod(0o755)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"`{' '.join(command)}` failed:\n{done.stderr.strip()}")
