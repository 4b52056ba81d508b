"""The user at a terminal is asked each question once."""

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

from tests.copier.harness import GIT
from tests.support.command import environment, scripts

_ANSWER_TIMEOUT_SECONDS = 60.0
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]|\r")


def at_a_terminal(command: list[str], folder: Path, answers: list[tuple[str, bytes]]) -> tuple[int, str]:
    """Run a command that asks; its exit code and what was seen. Each answer waits for its question."""
    master, slave = pty.openpty()
    env = {**environment(GIT), "TERM": "xterm"}
    process = subprocess.Popen(command, cwd=folder, stdin=slave, stdout=slave, stderr=slave, env=env)
    os.close(slave)
    seen, begin, end = b"", 0, time.monotonic() + _ANSWER_TIMEOUT_SECONDS
    try:
        while time.monotonic() < end:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    seen += os.read(master, 65536)
                except OSError:  # the other side has ended
                    break
            if b"\x1b[6n" in seen[begin:]:  # the terminal is asked where the cursor is
                os.write(master, b"\x1b[1;1R")
                begin = len(seen)
            if answers and answers[0][0] in _plain(seen):
                os.write(master, answers.pop(0)[1])
    finally:
        process.wait(timeout=_ANSWER_TIMEOUT_SECONDS)
        os.close(master)
    return process.returncode, _plain(seen)


def _plain(seen: bytes) -> str:
    return _ESCAPES.sub(b"", seen).decode("utf-8", "replace")


def test_each_question_is_asked_once(tmp_path: Path) -> None:
    """Enter takes the default; what follows from another answer has it as its default."""
    code, seen = at_a_terminal(
        [str(scripts() / "pyservice"), "new", "my-shop"],
        tmp_path,
        [
            ("The name of the project", b"\r"),
            ("Its Python package", b"\r"),
            ("What to start from", b"\r"),
            ("How methods of handlers are written", b"\r"),
            ("How callers authenticate", b"\r"),
            ("Deployment and monitoring", b"\r"),
            ("Check each push", b"\r"),
            ("Create a git repository", b"n"),
        ],
    )
    assert code == 0, seen
    assert "The path of your proto" not in seen
    assert "Next, in my-shop:" in seen
    assert (tmp_path / "my-shop" / "src" / "my_shop").is_dir()
    assert not (tmp_path / "my-shop" / ".git").exists()


def test_cancelled_questions_leave_nothing(tmp_path: Path) -> None:
    """Ctrl-C during the questions creates no project."""
    code, seen = at_a_terminal(
        [str(scripts() / "pyservice"), "new", "shop"],
        tmp_path,
        [("The name of the project", b"\r"), ("Its Python package", b"\x03")],
    )
    assert code == 1, seen
    assert "Traceback" not in seen
    assert list(tmp_path.iterdir()) == []
