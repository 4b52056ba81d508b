"""Child processes that end by themselves, and what they left behind."""

import os
import subprocess
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that has ended."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        """Everything it printed, for the message of an assertion."""
        return f"exit code {self.returncode}\n{self.stdout}{self.stderr}"


def run(
    command: Sequence[str | Path],
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout: float = 180,
) -> Finished:
    """Run a command to its end with the scripts of this environment first on PATH.

    ``env`` is added to the environment. Output that is not UTF-8 is shown escaped.
    """
    done = subprocess.run(
        [os.fspath(part) for part in command],
        cwd=cwd,
        env=environment(env),
        input=stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    return Finished(
        done.returncode,
        done.stdout.decode("utf-8", "backslashreplace"),
        done.stderr.decode("utf-8", "backslashreplace"),
    )


_OURS = ("PYTEST_", "GRPC_", "MAKE", "MFLAGS")
"""Variables that a test, or the make that it runs below, has set for itself."""


QUICK = {"FUZZ_EXAMPLES": "5", "FUZZ_SECONDS": "0.1"}
"""Lets a project's own tests make up few requests: for tests that are about something else."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child process: ours, our scripts first, and no bytecode left in projects."""
    path = os.pathsep.join((str(scripts()), os.environ.get("PATH", os.defpath)))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**inherited, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", **(extra or {})}


def scripts() -> Path:
    """Where this environment keeps its executables."""
    return Path(sysconfig.get_path("scripts"))
