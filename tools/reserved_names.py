"""The names that copier.yml refuses for a package, since YAML cannot ask Python for them.

python -m tools.reserved_names          writes templates/copier/names.yml
"""

import builtins
import keyword
import re
import sys
import textwrap
from pathlib import Path

from protoc_gen_pyservice.naming import DEPENDENCIES, package_name

FILE = Path(__file__).resolve().parents[1] / "templates" / "copier" / "names.yml"

_FOLDERS = ("src", "tests", "test", "docs", "proto", "load", "deploy", "build", "dist", "gen")


def main() -> None:
    """Bring the file up to date."""
    FILE.write_text(content(), encoding="utf-8")


def content() -> str:
    """A question that nobody is asked; its default is the list."""
    # What another version of Python has stays in the list.
    names = sorted(hidden() | listed())
    rows = textwrap.fill(", ".join(names), 110, initial_indent="    ", subsequent_indent="    ")
    head = "# Written by tools/reserved_names.py: what a package of that name would hide.\n"
    return f"{head}reserved_names:\n  type: yaml\n  when: false\n  default: [\n{rows},\n  ]\n"


def hidden() -> set[str]:
    """The names that the generator would not use as they are, with this Python."""
    known = {*sys.stdlib_module_names, *DEPENDENCIES, *keyword.kwlist, *dir(builtins), *_FOLDERS}
    words = {name for name in known if name == name.lower() and not name.startswith("_")}
    return {name for name in words if package_name(name) != name}


def listed() -> set[str]:
    """The names that the file has."""
    text = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    return set(re.findall(r"\w+", text.partition("[")[2]))


if __name__ == "__main__":
    main()
