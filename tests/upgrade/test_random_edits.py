"""Random edits of an old project survive an upgrade: each line stays, or is kept in the record and reported.

The number of projects is set by an environment variable::

    UPGRADES=200 pytest tests/upgrade/test_random_edits.py
"""

import ast
import os
import random
import re

import pytest

from protoc_gen_pyservice.errors import GenerationError
from tests.upgrade.harness import OldProject, Upgraded

_OFTEN_EDITED = (
    "settings.py",
    "errors.py",
    "conftest.py",
    "__main__.py",
    "app.py",
    "messages.py",
    "fuzz.py",
    "calls.py",
)


def edited_line(text: str, mark: str, rng: random.Random) -> str:
    """Return a text with one edit, which may be invalid Python."""
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    margin = re.match(r" *", lines[at])[0]  # type: ignore[index]
    new = {
        "comment": [f"{margin}# {mark}"],
        "constant": [f"{margin}{mark} = 1"],
        "function": [f"{margin}def {mark}() -> None:", f"{margin}    {mark}_x = 1"],
        "import": [f"{margin}import {mark}"],
        "field": [f"{margin}{mark}: int = 3"],
    }
    kind = rng.choice([*new, "trailing comment", "deletion"])
    if kind == "deletion":
        del lines[at]
    elif kind == "trailing comment":
        lines[at] += f"  # {mark}"
    else:
        lines[at:at] = new[kind]
    return "\n".join(lines)


def edit(project: OldProject, rng: random.Random) -> set[str]:
    """Edit some files of a project; return the added lines."""
    paths = [
        path for path in project.files if path.endswith(".py") and not path.startswith(".") and "/gen/" not in path
    ]
    often_edited = [path for path in paths if path.endswith(_OFTEN_EDITED)]
    added: set[str] = set()
    for number in range(rng.randrange(1, 5)):
        path = rng.choice(often_edited if rng.random() < 0.5 else paths)
        before = project.files[path].decode()
        text = edited_line(before, f"mine{number}", rng)
        try:
            ast.parse(text)
        except SyntaxError:
            continue
        project.write(path, text)
        added |= {
            line.strip() for line in text.split("\n") if f"mine{number}" in line and line not in before.split("\n")
        }
    return added


@pytest.mark.parametrize("seed", range(int(os.environ.get("UPGRADES", "3"))))
def test_no_line_is_lost(seed: int) -> None:
    """Each added line is kept, all files parse, and a second run changes nothing."""
    rng = random.Random(seed)
    project = OldProject("v0.2.0")
    added = edit(project, rng)
    try:
        upgraded = project.upgrade()
    except GenerationError as error:
        pytest.skip(str(error))
    for line in added:
        paths = [path for path, text in upgraded.files.items() if line in text and "/pristine/" not in path]
        assert paths, line
        assert any(not path.startswith(".pyservice/") for path in paths) or _is_reported(paths, upgraded)
    for path, text in upgraded.files.items():
        if path.endswith(".py") and not path.startswith(".") and "<<<<<<< yours" not in text:
            ast.parse(text, path)
    if not upgraded.report.conflicts:
        project.files = dict(upgraded.content)
        assert project.upgrade().content == upgraded.content


def _is_reported(kept: list[str], upgraded: Upgraded) -> bool:
    """Return whether the report has an edit of a file that is kept in the record."""
    paths = {path.partition("overwritten/0.2/")[2].removesuffix(".diff") for path in kept}
    return any(re.search(rf"action needed: {re.escape(path)}:\d+: your edit", upgraded.output) for path in paths)
