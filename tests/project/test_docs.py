"""README.md and the pages of docs/ are sessions that work: their files, edits, commands and their output.

    pytest tests/project/test_docs.py --update-goldens

writes the output that the commands have now into the pages. test_first_hour.py does the same with real installs.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.project.pages import PORT, agrees, brought_along, missing, played, session
from tests.support.command import environment, run

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "regenerating.md"
PAGES = (DOCS.parent / "README.md", PAGE, DOCS / "tutorial.md", DOCS / "howto.md")
_SERVE_TIMEOUT_SECONDS = 60.0

_GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A Person",
    "GIT_AUTHOR_EMAIL": "person@example.com",
    "GIT_COMMITTER_NAME": "A Person",
    "GIT_COMMITTER_EMAIL": "person@example.com",
    "GIT_PAGER": "cat",
    "GIT_CEILING_DIRECTORIES": "/",
}


@dataclass(slots=True)
class Quick:
    """A session in a scratch folder that installs nothing: the packages of this environment replace it."""

    root: Path
    folder: Path
    port: str = PORT
    """Where services are served here, whatever the page says."""
    real: bool = False
    background: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What commands see: a git without the user, and what `make setup` would install."""
        return {
            **_GIT,
            "PATH": f"{self.root / 'bin'}:{environment()['PATH']}",
            "MAKEFLAGS": f"VENV={self.root / 'venv'}",
            "KUBECONFIG": "/dev/null",
            "GRPC_PORT": self.port,
            "METRICS_PORT": "0",
            "PYTHONPATH": str(self.folder / "src"),
        }

    def serve(self, command: str) -> None:
        """Start a service, and wait until it can be called."""
        env = {**environment(self.environment)}
        # The shell that reads the command ends with it, and so does what it started.
        started = subprocess.Popen(["bash", "-c", command], cwd=self.folder, env=env, start_new_session=True)
        self.background.append(started)
        end = time.monotonic() + _SERVE_TIMEOUT_SECONDS
        while time.monotonic() < end:
            with suppress(OSError), socket.create_connection(("127.0.0.1", int(self.port)), timeout=1):
                return
            assert started.poll() is None, f"{command} has ended"
            time.sleep(0.05)
        raise AssertionError(f"{command} cannot be called")

    def stop(self) -> None:
        """Press Ctrl-C wherever something still runs."""
        for process in self.background:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=_SERVE_TIMEOUT_SECONDS)

    def write(self, path: str, content: str) -> None:
        """Write a file that the page shows."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content.replace(PORT, self.port), encoding="utf-8")

    def apply(self, diff: str) -> None:
        """Make an edit that the page shows. Raises AssertionError if it does not fit."""
        done = run(["git", "apply", "--recount", "-"], self.folder, _GIT, stdin=diff.encode())
        assert done.returncode == 0, f"{done.said}\nthis edit does not fit:\n{diff}"

    def type(self, command: str) -> str:
        """Run a command; what the user sees of it."""
        if command.startswith("cd "):
            self.folder = (self.folder / command.removeprefix("cd ")).resolve()
            return ""
        (self.root / "venv" / ".done").touch()  # newer than the project: nothing has to be installed
        if command.endswith(" &"):
            self.serve(command.removesuffix(" &"))
            return ""
        command = command.replace(".venv/", f"{self.root}/venv/").replace(PORT, self.port)
        done = run(["bash", "-c", f"exec 2>&1\n{command}"], self.folder, self.environment)
        return done.stdout.replace(str(self.root), "").replace(self.port, PORT)


def start(root: Path) -> Quick:
    """A scratch folder with a `protoc`, as people have it."""
    (root / "bin").mkdir()
    protoc = root / "bin" / "protoc"
    protoc.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m grpc_tools.protoc "$@"\n')
    protoc.chmod(0o755)
    (root / "venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name != ".done":
            (root / "venv" / part.name).symlink_to(part)
    with socket.create_server(("127.0.0.1", 0)) as free:
        return Quick(root, root, str(free.getsockname()[1]))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_session_is_real(path: Path, tmp_path: Path, update_goldens: bool) -> None:
    """Everything on the page can be run as printed, and prints the same output."""
    page = path.read_text(encoding="utf-8")
    before, page, after = session(page)
    here = start(tmp_path)
    try:
        now = played(page, here)
    finally:
        here.stop()
    if update_goldens:
        path.write_text(before + now + after, encoding="utf-8")
        return
    assert page == now, "if this is how it should be: pytest tests/project/test_docs.py --update-goldens"
    if missing(page):
        pytest.skip(f"all of it was played but for what needs {' and '.join(missing(page))}")


def test_output_may_be_shortened() -> None:
    """A line of three dots means omitted lines, and nothing else does."""
    assert agrees("a\n...\nd\n", "a\nb\nc\nd\n")
    assert agrees("a\n...\n", "a\n")
    assert agrees("12 passed in 1.02s\n", "12 passed in 11.5s\n")
    assert agrees("12 passed in 1.02s\n", "9 passed, 3 skipped in 11.5s\n")
    assert agrees("9 passed, 3 skipped in 1.02s\n", "12 passed in 11.5s\n")
    assert not agrees("12 passed in 1.02s\n", "9 passed in 11.5s\n")
    assert not agrees("12 passed in 1.02s\n", "12 passed, 3 skipped in 11.5s\n")
    assert not agrees("x: 45 created\n", "x: 46 created\n")
    assert not agrees("12 passed in 1.02s\n", "1 failed, 9 passed in 11.5s\n")
    assert not agrees("a\nd\n", "a\nb\nd\n")
    assert not agrees("", "a\n")
    assert not agrees("x: 45 updated\n", "x: 46 updated\n")


def test_an_update_of_numbers_leaves_lines_out() -> None:
    """What a page leaves out stays left out when --update-goldens writes it; other words are written whole."""
    output = "a\nb 9 created\n=== 12 passed in 1.0s ===\n"
    assert brought_along("...\nb 8 created\n...\n", output) == "...\nb 9 created\n...\n"
    assert brought_along("...\n=== 3 passed, 2 skipped in 9.0s ===\n", output) == "...\n=== 12 passed in 1.0s ===\n"
    assert brought_along("...\nb 8 updated\n...\n", output) == output


def test_the_page_names_every_exit_code_and_flag() -> None:
    """The flags of `pyservice generate` that the page names exist, and its exit codes are all there."""
    page = PAGE.read_text(encoding="utf-8")
    said = run([Path(sys.executable).parent / "pyservice", "generate", "--help"], PAGE.parent).stdout
    named = set(re.findall(r"pyservice generate[^`\n]*?(--[a-z-]+)", page)) | set(re.findall(r"`(--[a-z-]+)", page))
    assert named
    assert [flag for flag in sorted(named) if flag not in said] == []
    assert [code for code in "012" if f"\n| {code} | " not in page] == []
