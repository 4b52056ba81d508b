"""A run of `pyservice generate` that was killed while it moved its files."""

import json
import signal
import sys
from typing import Any

from tests.project.harness import Project
from tests.support.command import run

JOURNAL, ASIDE = ".pyservice/journal", ".pyservice/journal.tmp"
LIST = f"{JOURNAL}/list.json"

_KILLED = """\
import os, signal, sys

left, first = int(sys.argv.pop(1)), os.getpid()
journal = os.path.abspath(".pyservice/journal")

def hook(event, arguments):
    global left
    if event in ("os.rename", "os.remove") and os.path.isdir(journal):
        if left == 0 or os.getpid() == first:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

sys.addaudithook(hook)
from protoc_gen_pyservice.cli import main
main()
"""
"""Once the journal exists, the process that moves the files kills itself after a few, and the one it left at once."""


def kill_half_way(project: Project, moved: int = 0) -> None:
    """Leave the project as a run does that is killed after so many moves. Raises AssertionError if it is not."""
    done = run([sys.executable, "-c", _KILLED, str(moved), "generate"], project.folder)
    assert done.returncode == -signal.SIGKILL, done.said
    assert (project.folder / JOURNAL).is_dir(), "the run was not killed half-way"


def journal(project: Project, moves: dict[str, Any], delete: list[Any] | None = None, script: str = "") -> None:
    """Write a journal as an attacker does who knows its format."""
    project.write(LIST, json.dumps({"move": moves, "delete": delete or []}))
    for name in moves:
        if name.isalnum():
            project.write(f"{JOURNAL}/{name}", script or f"content {name}\n")
            (project.folder / JOURNAL / name).chmod(0o755)
