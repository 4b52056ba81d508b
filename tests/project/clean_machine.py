"""A machine with Python, git and make and nothing else, as far as one can be had without a container engine.

The environment is empty, the home is an empty folder, PATH leads to a few named programs, and where mounts can be
made, neither this checkout nor its virtual environment is there. What is left of the real machine are its settings
of pip, since they say how to reach the package index; the folder of this wheel is beside it as if published.
"""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.project.pages import PORT

ROOT = Path(__file__).resolve().parents[2]

PROGRAMS = (
    "sh bash git make awk cat chmod cp cut date dirname env expand expr grep head id ln ls mkdir mktemp mv nproc paste"
    " printf pwd rm rmdir sed sleep sort tail tee test touch tr true uname uniq wc kubectl"
)
"""What there is beside Python: what any system has, and kubectl for the pages that say they need it."""

_COMMAND_TIMEOUT_SECONDS = 600.0
_END = b"\x01"
_HIDE = 'for folder in $HIDDEN; do [ ! -d "$folder" ] || mount -t tmpfs -o mode=755 hidden "$folder"; done; exec "$@"'
"""The environment may be in the checkout, and then is hidden with it."""


@dataclass
class CleanMachine:
    """A shell on it, which stays open from one command to the next."""

    home: Path
    shell: "subprocess.Popen[bytes]"
    port: str
    real: bool = True

    def write(self, path: str, content: str) -> None:
        """Write a file that the page shows, below the home."""
        target = self.home / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content.replace(PORT, self.port), encoding="utf-8")

    def apply(self, diff: str) -> None:
        """Make an edit that the page shows, in the folder that the shell is in."""
        edit = self.home.parent / "edit.diff"
        edit.write_text(diff, encoding="utf-8")
        said = self.type(f"git apply --recount {edit}")
        assert not said, f"{said}\nthis edit does not fit:\n{diff}"

    def type(self, command: str) -> str:
        """Type a command, and wait for its end, or for the service that it leaves in the background."""
        typed = command.replace(PORT, self.port)
        assert self.shell.stdin
        # Only the shell itself reads what is typed next.
        self.shell.stdin.write(f"eval {shlex.quote(typed)} </dev/null\nprintf '\\001'\n".encode())
        self.shell.stdin.flush()
        said = self._until_its_end(typed)
        if command.endswith(" &"):
            self._can_be_called(typed)
        return said.replace(self.port, PORT).replace(str(self.home), "~")

    def _until_its_end(self, command: str) -> str:
        said = bytearray()
        assert self.shell.stdout
        timer = threading.Timer(_COMMAND_TIMEOUT_SECONDS, self.leave)
        timer.start()
        try:
            while not said.endswith(_END):
                part = os.read(self.shell.stdout.fileno(), 65536)
                assert part, f"the shell has ended in {command}\n{said.decode(errors='replace')}"
                said += part
        finally:
            timer.cancel()
        return said.removesuffix(_END).decode("utf-8", "backslashreplace")

    def _can_be_called(self, command: str) -> None:
        end = time.monotonic() + _COMMAND_TIMEOUT_SECONDS
        while time.monotonic() < end:
            with suppress(OSError), socket.create_connection(("127.0.0.1", int(self.port)), timeout=1):
                return
            time.sleep(0.05)
        raise AssertionError(f"{command} cannot be called")

    def leave(self) -> None:
        """End the shell and what it has left in the background."""
        with suppress(ProcessLookupError):
            os.killpg(self.shell.pid, signal.SIGTERM)


@contextmanager
def machine(folder: Path, wheels: Path) -> Iterator[CleanMachine]:
    """A new one in an empty folder, whose pip finds the wheels of a folder beside those of the index."""
    home = folder / "home"
    home.mkdir()
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    pip["PIP_FIND_LINKS"] = f"{pip.get('PIP_FIND_LINKS', '')} {wheels}".strip()
    port = _port()
    own = {"GRPC_PORT": port, "METRICS_PORT": "0"}
    variables = {"HOME": str(home), "PATH": str(_programs(folder / "bin")), **pip, **_for_uv(wheels), **own}
    command = ["env", "-i", *(f"{name}={value}" for name, value in variables.items()), "bash", "--norc", "--noprofile"]
    shell = subprocess.Popen(
        [*_hiding(), *command],
        cwd=home,
        env={**os.environ, "HIDDEN": f"{ROOT} {sys.prefix}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    one = CleanMachine(home, shell, port)
    try:
        yield one
    finally:
        one.leave()
        shell.communicate()


def _for_uv(wheels: Path) -> dict[str, str]:
    """The same for uv, which has variables of its own."""
    names = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_CERT": "SSL_CERT_FILE"}
    told = {ours: os.environ[theirs] for theirs, ours in names.items() if theirs in os.environ}
    return {"UV_FIND_LINKS": str(wheels), "UV_PYTHON_DOWNLOADS": "never", **told}


def _programs(folder: Path) -> Path:
    """A folder with nothing but what such a machine has."""
    folder.mkdir()
    base = f"{sys.base_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    for name in PROGRAMS.split():
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    for name in ("python3", "python"):
        python = folder / name
        python.write_text(f'#!/bin/sh\nexec {base} "$@"\n')
        python.chmod(0o755)
    return folder


def _hiding() -> list[str]:
    """What to put before a command so that it sees neither the checkout nor its environment, where that works."""
    unshare = ["unshare", "--mount", "--map-root-user", "--propagation", "private"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode
    ):
        return []
    return [*unshare, "sh", "-euc", _HIDE, "sh"]


def _port() -> str:
    """A free port: the one on the pages may be in use on the real machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])
