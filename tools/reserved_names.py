"""The names that no project and no package may have, since a library or a tool of the project has them.

python -m tools.reserved_names     writes protoc_gen_pyservice/inputs/installed.py and templates/copier/names.yml
"""

import builtins
import keyword
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from protoc_gen_pyservice.inputs.distributions import DISTRIBUTIONS, RUNTIME
from protoc_gen_pyservice.inputs.installed import INSTALLED
from protoc_gen_pyservice.model.project_names import FOLDERS, distribution_name, normalised, package_name

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "protoc_gen_pyservice" / "inputs" / "installed.py"
FILE = ROOT / "templates" / "copier" / "names.yml"

_BESIDE = ("pip", "protoc-gen-pyservice")
"""Distributions in a project's .venv that it does not require."""


def main() -> None:
    """Bring both files up to date."""
    TABLE.write_text(table(known(found())), encoding="utf-8")
    FILE.write_text(content(), encoding="utf-8")


# -------------------------------------------------------------------------------- what gets installed


def known(more: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The table with new names added: those of other versions and systems stay in it."""
    names = {name: set(imports.split()) for name, imports in INSTALLED.items()}
    for name, imports in more.items():
        names.setdefault(name, set()).update(imports)
    return names


def found() -> dict[str, set[str]]:
    """What a project and its tools need, directly or not: distribution -> import names, as this machine has it."""
    provided: dict[str, set[str]] = {}
    for module, distributions in metadata.packages_distributions().items():
        for name in distributions:
            provided.setdefault(normalised(name), set()).add(module)
    own = {RUNTIME: {RUNTIME.replace("-", "_")}}
    return own | {name: set(_modules(name, provided)) for name in _closure(_direct())}


def _direct() -> Iterator[Requirement]:
    yield from map(Requirement, _BESIDE)
    for row in DISTRIBUTIONS:
        yield Requirement(f"{row.name}[{row.extra}]" if row.extra else row.name)


def _closure(direct: Iterable[Requirement]) -> dict[str, set[str]]:
    """Everything that is installed along: name -> the extras that are asked for."""
    extras: dict[str, set[str]] = {}
    waiting = list(direct)
    while waiting:
        requirement = waiting.pop()
        name, asked = normalised(requirement.name), {"", *requirement.extras}
        if not asked <= extras.setdefault(name, set()):
            extras[name] |= asked
            waiting += _requires(name, extras[name])
    return extras


def _requires(name: str, extras: Iterable[str]) -> Iterator[Requirement]:
    """What a distribution requires, on whatever system and Python."""
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or "extra" not in str(marker) or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement


def _modules(name: str, provided: Mapping[str, set[str]]) -> Iterator[str]:
    """The import names of a distribution; of one that is not installed here, the likeliest."""
    for module in provided.get(name, {name.replace("-", "_")}):
        # mypyc's own modules are called by a digest, which changes with each version.
        if module.isidentifier() and not module.endswith("__mypyc"):
            yield module


def table(names: Mapping[str, Iterable[str]]) -> str:
    """The text of the table."""
    rows = "".join(f'    "{name}": "{" ".join(sorted(imports))}",\n' for name, imports in sorted(names.items()))
    return f'''"""Written by tools/reserved_names.py: what is installed with a project, for its tests and tools too."""

INSTALLED = {{
{rows}}}
"""Distribution -> its import names, of all that `distributions` lists and of what that requires."""
'''


# ------------------------------------------------------------------------------------- what copier asks


def content() -> str:
    """Two hidden questions; their defaults are the lists."""
    head = "# Written by tools/reserved_names.py: what a package or a project of that name would hide or replace.\n"
    # What another version of Python has stays in the list.
    return head + _question("names", packages() | listed("names")) + _question("distributions", distributions())


def _question(what: str, names: Iterable[str]) -> str:
    rows = textwrap.fill(
        ", ".join(sorted(names)), 110, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
    )
    return f"reserved_{what}:\n  type: yaml\n  when: false\n  default: [\n{rows},\n  ]\n"


def packages() -> set[str]:
    """The packages that the generator would not use as they are, with this Python."""
    imports = {module for modules in INSTALLED.values() for module in modules.split()}
    spelled = {name.replace("-", "_") for name in INSTALLED}
    candidates = {*sys.stdlib_module_names, *imports, *spelled, *keyword.kwlist, *dir(builtins), *FOLDERS}
    words = {name for name in candidates if name == name.lower() and not name.startswith("_")}
    return {name for name in words if package_name(name) != name}


def distributions() -> set[str]:
    """The project names that the generator would not use as they are."""
    return {name for name in INSTALLED if distribution_name(name) != name}


def listed(what: str) -> set[str]:
    """What the file has in one of its lists: ``names`` or ``distributions``."""
    text = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    return set(re.findall(r"[\w-]+", text.partition(f"reserved_{what}:")[2].partition("[")[2].partition("]")[0]))


if __name__ == "__main__":
    main()
