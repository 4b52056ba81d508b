"""Edits of what the runtime is to the project: where it is, and which of its files are the user's."""

import re
from collections import Counter
from dataclasses import dataclass

from protoc_gen_pyservice.manifest import TESTING
from tests.regenerate.contract_edits import pick
from tests.regenerate.user import SETTINGS, Edit, User

EFFECTIVE: Counter[str] = Counter()
"""How often each kind of edit changed something in this process."""


def ejected(user: User) -> list[str]:
    """The files of the runtime that pyservice.toml names as the user's."""
    listed = re.search(r"^ejected = \[(.*?)^\]", "\n".join(user.open(SETTINGS).lines), re.M | re.S)
    return re.findall(r'"(.+?)"', listed[1]) if listed else []


def _write_ejected(user: User, sources: list[str]) -> None:
    """Write the list below that of the protos, one a line."""
    text = user.open(SETTINGS)
    if "ejected = [" in text.lines:
        first = text.lines.index("ejected = [")
        del text.lines[first : text.lines.index("]", first) + 1]
    start = next(i for i, line in enumerate(text.lines) if line.startswith("protos"))
    end = next(i for i in range(start, len(text.lines)) if text.lines[i].rstrip().endswith("]"))
    if sources:
        text.lines[end + 1 : end + 1] = ["ejected = [", *(f'    "{source}",' for source in sources), "]"]
    user.save(SETTINGS, text)


def _path(user: User, source: str) -> str:
    return (
        source.replace("testing/", f"{TESTING}/")
        if source.startswith("testing/")
        else (f"src/{user.package}/runtime/{source}")
    )


def _is_vendored(user: User) -> bool:
    return 'runtime = "package"' not in user.open(SETTINGS).lines


@dataclass(frozen=True)
class Eject(Edit):
    """A file of the runtime becomes the user's, who writes a line into it."""

    file: int

    def make(self, user: User) -> None:
        code = f"src/{user.package}/runtime/"
        paths = [path for path in user.files() if path.startswith((code, f"{TESTING}/")) and path.endswith(".py")]
        taken = ejected(user)
        sources = [path.removeprefix(code).replace(f"{TESTING}/", "testing/") for path in paths]
        sources = [source for source in sources if source not in taken]
        if not sources or not _is_vendored(user):
            return
        source = pick(sources, self.file)
        _write_ejected(user, [*taken, source])
        text = user.open(_path(user, source))
        text.lines.append(f"# {user.mark()}")
        user.save(_path(user, source), text)
        EFFECTIVE["eject"] += 1


@dataclass(frozen=True)
class TakeBack(Edit):
    """A file is the runtime's again; what the user wrote into it is put aside."""

    file: int

    def make(self, user: User) -> None:
        taken = ejected(user)
        if taken:
            taken.remove(pick(taken, self.file))
            _write_ejected(user, taken)
            EFFECTIVE["take back"] += 1


@dataclass(frozen=True)
class SwitchMode(Edit):
    """The runtime becomes a distribution, or a folder again."""

    def make(self, user: User) -> None:
        _write_ejected(user, [])
        text = user.open(SETTINGS)
        if _is_vendored(user):
            text.lines.insert(text.lines.index("[project]") + 1, 'runtime = "package"')
        else:
            text.lines.remove('runtime = "package"')
        user.save(SETTINGS, text)
        EFFECTIVE["switch"] += 1
