"""Pages of documentation that are sessions: what they show is typed, written and edited, and the output compared."""

import re
import shutil
from collections.abc import Iterator
from typing import Protocol

PORT = "50051"
"""Where services are served, as the pages say it."""

_BLOCK = re.compile(r"^(?:<!-- (.*?) -->\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Session(Protocol):
    """Somebody who does what a page says."""

    real: bool
    """Whether everything is installed as the page says; otherwise what is installed here stands for it."""

    def write(self, path: str, content: str) -> None:
        """Write a file that the page shows; the path is below the folder where the session began."""

    def apply(self, diff: str) -> None:
        """Make an edit that the page shows. Raises AssertionError if it does not fit."""

    def type(self, command: str) -> str:
        """Type a command; what a person sees of it."""


def played(page: str, session: Session) -> str:
    """The page with the output that its commands have in this session.

    Above a block may stand what becomes of it: ``file: PATH``, ``apply``, ``needs: TOOL`` (left out where there is
    none), ``install`` (left out where the session is not real), ``for you`` (never typed).
    """

    def play(block: re.Match[str]) -> str:
        note, language, content = block[1] or "", block[2], block[3]
        if note == "for you" or (note == "install" and not session.real):
            return block[0]
        if note.startswith("needs: ") and shutil.which(note.removeprefix("needs: ")) is None:
            return block[0]
        if note.startswith("file: "):
            session.write(note.removeprefix("file: "), content)
        elif note == "apply":
            session.apply(content)
        elif language == "console":
            return block[0].replace(content, "".join(_transcript(content, session)))
        return block[0]

    return _BLOCK.sub(play, page)


def missing(page: str) -> list[str]:
    """Tools that blocks of the page need and this machine does not have."""
    return [
        tool
        for tool in sorted(set(re.findall(r"^<!-- needs: (.*?) -->$", page, re.MULTILINE)))
        if not shutil.which(tool)
    ]


def _transcript(content: str, session: Session) -> Iterator[str]:
    for part in re.split(r"^(?=\$ )", content, flags=re.MULTILINE):
        if part:
            command, shown = _command(part)
            yield f"{command}\n"
            output = session.type(command.removeprefix("$ ").replace("\n> ", "\n"))
            yield shown if agrees(shown, output) else output


def _command(part: str) -> tuple[str, str]:
    """A command, with the lines that go on with ``> `` behind it, and what is shown below."""
    lines = part.splitlines(keepends=True)
    length = next((number for number, line in enumerate(lines) if number and not line.startswith("> ")), len(lines))
    return "".join(lines[:length]).removesuffix("\n"), "".join(lines[length:])


def agrees(shown: str, output: str) -> bool:
    """Whether an output is what the page shows; a line ``...`` there stands for any number of lines."""
    pattern = "".join(r"(?:.*\n)*?" if line == "...\n" else re.escape(line) for line in shown.splitlines(keepends=True))
    # How many files and tests a project has is not what the page is about, nor how long they take.
    pattern = re.sub(r"\d+(?=\\ created)", r"\\d+", pattern)
    # Tests that need an optional package skip themselves where it is not installed.
    pattern = re.sub(r"\d+\\ passed(?:,\\ \d+\\ skipped)?", r"\\d+ passed(?:, \\d+ skipped)?", pattern)
    pattern = re.sub(r"(?<=\\ in\\ )\d+\\\.\d+s", r"[\\d.]+s", pattern)
    pattern = re.sub(r"={9,}", "=+", pattern)
    return re.fullmatch(pattern, output) is not None
