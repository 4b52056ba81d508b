"""Pages of documentation that are sessions: what they show is typed, written and edited, and the output compared."""

import re
import shutil
from collections.abc import Iterator
from typing import Protocol

PORT = "50051"
"""Where services are served, as the pages say it."""

_BLOCK = re.compile(r"^(?:<!-- (.*?) -->\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Session(Protocol):
    """Runs the commands and edits of a page."""

    real: bool
    """Whether everything is installed as the page says; otherwise the packages of this environment replace it."""

    def write(self, path: str, content: str) -> None:
        """Write a file that the page shows; the path is below the folder where the session began."""

    def apply(self, diff: str) -> None:
        """Make an edit that the page shows. Raises AssertionError if it does not fit."""

    def type(self, command: str) -> str:
        """Run a command; returns its visible output."""


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
            yield brought_along(shown, output)


def _command(part: str) -> tuple[str, str]:
    """A command, with the lines that go on with ``> `` behind it, and what is shown below."""
    lines = part.splitlines(keepends=True)
    length = next((number for number, line in enumerate(lines) if number and not line.startswith("> ")), len(lines))
    return "".join(lines[:length]).removesuffix("\n"), "".join(lines[length:])


def session(text: str) -> tuple[str, str, str]:
    """The part of a page to run, with its surroundings: all of it, or the part between two comments."""
    before, begin, rest = text.partition("<!-- first hour -->\n")
    if not begin:
        return "", text, ""
    inside, end, after = rest.partition("<!-- end of first hour -->\n")
    return before + begin, inside, end + after


def agrees(shown: str, output: str) -> bool:
    """Whether an output is what the page shows; a line ``...`` there matches any number of lines.

    How long something takes is not what the page is about. Tests that need an optional package skip themselves
    where it is not installed: passed and skipped ones are as many together.
    """
    return re.fullmatch(_pattern(shown), output) is not None and runs_of_pytest(shown) == runs_of_pytest(output)


def brought_along(shown: str, output: str) -> str:
    """What the page has to show: the lines that it has, where only their numbers are others; else the output."""
    if agrees(shown, output):
        return shown
    same = re.fullmatch(re.sub(r"\d+", r"\\d+", _pattern(shown)), output)
    if same is None:
        return output
    lines = iter(same.groups())
    return "".join(line if line == "...\n" else next(lines) for line in shown.splitlines(keepends=True))


def _pattern(shown: str) -> str:
    """A group for each line that is shown."""
    return "".join(r"(?:.*\n)*?" if line == "...\n" else f"({_line(line)})" for line in shown.splitlines(keepends=True))


def _line(line: str) -> str:
    pattern = re.escape(line)
    pattern = re.sub(r"\d+\\ passed(?:,\\ \d+\\ skipped)?", r"\\d+ passed(?:, \\d+ skipped)?", pattern)
    pattern = re.sub(r"(?<=\\ in\\ )\d+\\\.\d+s", r"[\\d.]+s", pattern)
    return re.sub(r"={9,}", "=+", pattern)


def runs_of_pytest(text: str) -> list[int]:
    """How many tests each run of pytest had, by the lines that they end with."""
    found = re.findall(r"(\d+) passed(?:, (\d+) skipped)?", text)
    return [int(passed) + int(skipped or 0) for passed, skipped in found]
