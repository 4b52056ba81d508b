"""Lines that people put anywhere into an old project are there when it came over, or put aside and said.

    UPGRADES=200 pytest tests/upgrade/test_random_edits.py

tries as many.
"""

import ast
import os
import random
import re

import pytest

from protoc_gen_pyservice.errors import GenerationError
from tests.upgrade.kit import OldProject, Upgraded

_CENTRAL = ("settings.py", "errors.py", "conftest.py", "__main__.py", "app.py", "messages.py", "fuzz.py", "calls.py")


def edited_line(text: str, mark: str, chance: random.Random) -> str:
    """A text with one edit, which may be no Python."""
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    margin = re.match(r" *", lines[at])[0]  # type: ignore[index]
    new = {
        "comment": [f"{margin}# {mark}"],
        "constant": [f"{margin}{mark} = 1"],
        "function": [f"{margin}def {mark}() -> None:", f"{margin}    {mark}_x = 1"],
        "import": [f"{margin}import {mark}"],
        "field": [f"{margin}{mark}: int = 3"],
    }
    kind = chance.choice([*new, "comment behind", "less"])
    if kind == "less":
        del lines[at]
    elif kind == "comment behind":
        lines[at] += f"  # {mark}"
    else:
        lines[at:at] = new[kind]
    return "\n".join(lines)


def edited(project: OldProject, chance: random.Random) -> set[str]:
    """Edit some files of a project; returns the lines that came in."""
    paths = [
        path for path in project.files if path.endswith(".py") and not path.startswith(".") and "/gen/" not in path
    ]
    central = [path for path in paths if path.endswith(_CENTRAL)]
    came: set[str] = set()
    for number in range(chance.randrange(1, 5)):
        path = chance.choice(central if chance.random() < 0.5 else paths)
        before = project.files[path].decode()
        text = edited_line(before, f"mine{number}", chance)
        try:
            ast.parse(text)
        except SyntaxError:
            continue
        project.write(path, text)
        came |= {
            line.strip() for line in text.split("\n") if f"mine{number}" in line and line not in before.split("\n")
        }
    return came


@pytest.mark.parametrize("seed", range(int(os.environ.get("UPGRADES", "3"))))
def test_no_line_is_lost(seed: int) -> None:
    """Nor is a file left that is no Python, and a second run has nothing to do."""
    chance = random.Random(seed)
    project = OldProject("v0.2.0")
    came = edited(project, chance)
    try:
        upgraded = project.upgraded()
    except GenerationError as error:
        pytest.skip(str(error))
    for line in came:
        where = [path for path, text in upgraded.files.items() if line in text and "/pristine/" not in path]
        assert where, line
        assert any(not path.startswith(".pyservice/") for path in where) or _is_said(line, where, upgraded)
    for path, text in upgraded.files.items():
        if path.endswith(".py") and not path.startswith(".") and "<<<<<<< yours" not in text:
            ast.parse(text, path)
    if not upgraded.report.conflicts:
        project.files = dict(upgraded.content)
        assert project.upgraded().content == upgraded.content


def _is_said(line: str, where: list[str], upgraded: Upgraded) -> bool:
    """Whether the report has an edit of the file that a line was put aside with."""
    paths = {path.partition("overwritten/0.2/")[2].removesuffix(".diff") for path in where}
    return any(re.search(rf"action needed: {re.escape(path)}:\d+: your edit", upgraded.said) for path in paths)
