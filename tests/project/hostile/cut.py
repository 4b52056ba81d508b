"""protoc, cut off while it writes: one file after the other, sorted by name, each in place."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.project.harness import CART, CLEAR, HANDLER, Project
from tests.project.hostile import within
from tests.project.hostile.records import as_older
from tests.support.stubs import STUB

Files = Mapping[str, bytes]

OVERWRITTEN = ".pyservice/overwritten/"
OLDER = (".gitignore", "Makefile", "README.md", "src/shop/app.py", "tests/conftest.py")
"""Files that a new run merges, from the first that protoc writes to one of the last."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where protoc was stopped: so many files are written, and of the next one this much, or nothing yet."""

    whole: int
    part: float | None

    def __str__(self) -> str:
        return f"{self.whole} and {self.part}"


def cuts(files: Files) -> list[Cut]:
    """Where protoc is stopped: when a file is begun and empty, and now and then before it is, or when it is cut off."""
    places = [Cut(number, 0) for number in range(len(files))]
    places += [Cut(number, None) for number in range(1, len(files), 3)]
    places += [Cut(number, (0.5, 1)[number % 2]) for number in range(0, len(files), 3)]
    return sorted(places, key=lambda cut: (cut.whole, cut.part is not None, cut.part))


def write_until(project: Project, files: Files, cut: Cut) -> None:
    """Write what protoc had written by then; of a file that was begun and not ended, the last byte is missing."""
    for number, (path, content) in enumerate(files.items()):
        if number < cut.whole:
            project.write(path, content)
        elif number == cut.whole and cut.part is not None:
            project.write(path, content[: min(int(len(content) * cut.part), max(len(content) - 1, 0))])


def protoc(project: Project, options: str = "") -> Files:
    """An uninterrupted run of protoc; what it wrote. Raises AssertionError where it is refused."""
    done, files = within.answer(project.folder, options)
    assert done.returncode == 0, done.said
    write_until(project, files, Cut(len(files), None))
    return files


def edit_everything(project: Project) -> dict[str, str]:
    """Write a line into every kind of file and change the proto; the lines by file, none of which may be lost."""
    for path in OLDER:
        as_older(project, path)
    lines = {path: f"# mine in {path}" for path in (*OLDER, "SECURITY.md", "pyservice.toml", "docs/api.md")}
    for path, line in lines.items():
        project.write(path, f"{line}\n" + project.text(path))
    logic = f"        # mine in the handler\n        {STUB}"
    head, _, rest = project.text(HANDLER).partition(f"        {STUB}")
    project.write(HANDLER, head + logic + rest)
    project.proto(CART, CLEAR)
    return {**lines, HANDLER: "# mine in the handler"}


def lost(files: Files, lines: Mapping[str, str]) -> list[str]:
    """The lines that the user wrote and that are in no file any more where they would look."""
    return [line for path, line in lines.items() if not _is_there(files, path, line.encode())]


def _is_there(files: Files, path: str, line: bytes) -> bool:
    kept = (content for place, content in files.items() if place.startswith(f"{OVERWRITTEN}{path}"))
    return line in files.get(path, b"") or any(line in content for content in kept)


def without_kept(files: Files) -> dict[str, bytes]:
    """A project without what was put aside: to keep a half-written file too loses nothing."""
    return {path: content for path, content in files.items() if not path.startswith(OVERWRITTEN)}
