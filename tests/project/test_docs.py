"""docs/regenerating.md is a session that works: its files, edits, commands and their output.

    pytest tests/project/test_docs.py --update-goldens

writes the output that the commands have now into the page.
"""

import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.command import environment, run

PAGE = Path(__file__).resolve().parents[2] / "docs" / "regenerating.md"

_BLOCK = re.compile(r"^(?:<!-- (.*?) -->\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
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
class Session:
    """The scratch folder, and where in it the last command left us."""

    root: Path
    folder: Path

    def write(self, path: str, content: str) -> None:
        """Write a file that the page shows."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")

    def apply(self, diff: str) -> None:
        """Make an edit that the page shows. Raises AssertionError if it does not fit."""
        done = run(["git", "apply", "--recount", "-"], self.folder, _GIT, stdin=diff.encode())
        assert done.returncode == 0, f"{done.said}\nthis edit does not fit:\n{diff}"

    def type(self, command: str) -> str:
        """Run a command; what a person sees of it."""
        if command.startswith("cd "):
            self.folder = (self.folder / command.removeprefix("cd ")).resolve()
            return ""
        env = {**_GIT, "PATH": f"{self.root / 'bin'}:{environment()['PATH']}"}
        done = run(["bash", "-c", f"exec 2>&1\n{command}"], self.folder, env)
        return done.stdout.replace(str(self.root), "")


def start(root: Path) -> Session:
    """A scratch folder with a `protoc`, as people have it."""
    (root / "bin").mkdir()
    protoc = root / "bin" / "protoc"
    protoc.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m grpc_tools.protoc "$@"\n')
    protoc.chmod(0o755)
    return Session(root, root)


def played(page: str, root: Path) -> str:
    """The page with the output that its commands have in a new folder."""
    session = start(root)

    def play(block: re.Match[str]) -> str:
        note, language, content = block.groups()
        if note and note.startswith("file: "):
            session.write(note.removeprefix("file: "), content)
        elif note == "apply":
            session.apply(content)
        elif language == "console":
            return block[0].replace(content, "".join(_transcript(content, session)))
        return block[0]

    return _BLOCK.sub(play, page)


def _transcript(content: str, session: Session) -> Iterator[str]:
    for part in re.split(r"^(?=\$ )", content, flags=re.MULTILINE):
        if part:
            command, _, shown = part.partition("\n")
            yield f"{command}\n"
            output = session.type(command.removeprefix("$ "))
            yield shown if agrees(shown, output) else output


def agrees(shown: str, output: str) -> bool:
    """Whether an output is what the page shows; a line ``...`` there stands for any number of lines."""
    pattern = "".join(r"(?:.*\n)*?" if line == "...\n" else re.escape(line) for line in shown.splitlines(keepends=True))
    # How many files a project has is not what the page is about.
    pattern = re.sub(r"\d+(?=\\ created)", r"\\d+", pattern)
    return re.fullmatch(pattern, output) is not None


def test_the_session_is_real(tmp_path: Path, update_goldens: bool) -> None:
    """Everything on the page can be typed as it stands, and prints what stands there."""
    page = PAGE.read_text(encoding="utf-8")
    now = played(page, tmp_path)
    if update_goldens:
        PAGE.write_text(now, encoding="utf-8")
        return
    assert page == now, "if this is how it should be: pytest tests/project/test_docs.py --update-goldens"


def test_output_may_be_shortened() -> None:
    """A line of three dots stands for lines left out, and nothing else does."""
    assert agrees("a\n...\nd\n", "a\nb\nc\nd\n")
    assert agrees("a\n...\n", "a\n")
    assert agrees("x: 45 created\n", "x: 46 created\n")
    assert not agrees("a\nd\n", "a\nb\nd\n")
    assert not agrees("", "a\n")
    assert not agrees("x: 45 updated\n", "x: 46 updated\n")


def test_the_page_names_every_exit_code_and_flag() -> None:
    """The flags of `pyservice generate` that the page names exist, and its exit codes are all there."""
    page = PAGE.read_text(encoding="utf-8")
    said = run([Path(sys.executable).parent / "pyservice", "generate", "--help"], PAGE.parent).stdout
    named = set(re.findall(r"pyservice generate[^`\n]*?(--[a-z-]+)", page)) | set(re.findall(r"`(--[a-z-]+)", page))
    assert named
    assert [flag for flag in sorted(named) if flag not in said] == []
    assert [code for code in "012" if f"\n| {code} | " not in page] == []
