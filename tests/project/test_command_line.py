"""The command itself: help, completion, JSON, and the progress line."""

import json
import os
import pty
import re
import sys
from pathlib import Path

import pytest

from tests.project.harness import CART, HANDLER, PYSERVICE, Project
from tests.support.command import environment, run

COMMANDS = ("completion", "eject", "explain", "generate", "include-dir", "new")
_SLOW = (
    "import time\nfrom protoc_gen_pyservice.cli.progress import progress\nwith progress('waiting'): time.sleep({})\n"
)


def test_help_lists_every_command(tmp_path: Path) -> None:
    """`pyservice --help` has each of them with a whole sentence, and the exit codes."""
    said = run([PYSERVICE, "--help"], tmp_path).stdout
    listed = re.findall(r"^  ([a-z][a-z-]+)  +([A-Z].*)$", said, re.MULTILINE)
    assert tuple(name for name, _ in listed) == COMMANDS
    assert [sentence for _, sentence in listed if not sentence.endswith(".") or sentence.endswith("...")] == []
    assert re.findall(r"^    (\d)  ", said, re.MULTILINE) == ["0", "1", "2"]


@pytest.mark.parametrize("command", ["explain", "generate", "new"])
def test_commands_that_can_fail_say_how(command: str, tmp_path: Path) -> None:
    """Their help says what each exit code means, and that they print JSON for programs."""
    said = run([PYSERVICE, command, "--help"], tmp_path).stdout
    assert "Exit codes: 0 done" in said
    assert "--json" in said


@pytest.mark.parametrize(
    ("words", "position", "expected"),
    [
        ("pyservice gen", 1, "generate"),
        ("pyservice generate --conf", 2, "--conflicts"),
        ("pyservice generate --conflicts ", 3, "keep"),
        ("pyservice completion ", 2, "fish"),
        ("pyservice explain src/shop/handlers/ca", 2, HANDLER),
    ],
)
def test_bash_completes(project: Project, words: str, position: int, expected: str) -> None:
    """Commands, flags, their values, and the generated files of the project."""
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(position), "_PYSERVICE_COMPLETE": "bash_complete"}
    done = run([PYSERVICE], project.folder, asked)
    assert expected in [line.partition(",")[2] for line in done.stdout.splitlines()], done.said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_of_shells(shell: str, tmp_path: Path) -> None:
    """Each gets a script that asks this command; bash accepts its own."""
    script = run([PYSERVICE, "completion", shell], tmp_path).stdout
    assert f"_PYSERVICE_COMPLETE={shell}_complete" in script
    if shell == "bash":
        done = run(["bash", "-c", f"{script}\ncomplete -p pyservice"], tmp_path)
        assert "pyservice" in done.stdout, done.said


def test_explain_as_json(project: Project) -> None:
    """What it says to people, it says to programs."""
    found = json.loads(project.pyservice("explain", "--json", f"proto/{CART}").stdout)
    assert found["path"] == f"proto/{CART}"
    assert {"owner", "state", "edits"} <= found.keys()


@pytest.mark.parametrize(("seconds", "seen"), [(0.2, ""), (1.5, "pyservice: waiting ...\r\x1b[K")])
def test_progress_is_shown_only_after_a_while(seconds: float, seen: str, tmp_path: Path) -> None:
    """At a terminal, work of more than a second has a line, which is wiped afterwards; quick work has none."""
    assert _at_a_terminal(_SLOW.format(seconds)) == seen
    assert run([sys.executable, "-c", _SLOW.format(1.2)], tmp_path).said == "exit code 0\n"


def _at_a_terminal(code: str) -> str:
    process, terminal = pty.fork()
    if process == 0:
        os.execve(sys.executable, [sys.executable, "-c", code], environment())
    said = b""
    try:
        while part := os.read(terminal, 1024):
            said += part
    except OSError:  # the other side has ended
        pass
    os.waitpid(process, 0)
    os.close(terminal)
    return said.decode()
