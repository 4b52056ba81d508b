"""The cases: folders below tests/cases, each an awkward set of protos and the reason it is there."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.command import Finished
from tests.support.protoc import GOOGLEAPIS, protoc

CASES = Path(__file__).resolve().parents[1] / "cases"

_INCLUDES = {"googleapis": GOOGLEAPIS}


@dataclass(frozen=True, slots=True)
class Case:
    """One folder, as its case.toml describes it."""

    name: str
    folder: Path
    why: str
    protos: tuple[str, ...]
    options: tuple[str, ...] = ()
    """Plugin options, each ``key=value``."""
    includes: tuple[str, ...] = ()
    """Names of further proto folders: ``googleapis``."""
    refused: str | None = None
    """What protoc has to print where the protos cannot be generated."""

    @property
    def expected(self) -> Path:
        """The folder of its goldens."""
        return self.folder / "expected"

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders that imports are looked up in."""
        return (self.folder, *(_INCLUDES[name] for name in self.includes))


def load_cases() -> tuple[Case, ...]:
    """Every case, sorted by name. Raises TypeError for a key that case.toml may not have."""
    return tuple(load_case(path.parent) for path in sorted(CASES.glob("*/case.toml")))


def load_case(folder: Path) -> Case:
    """One case. Raises TypeError for a key that case.toml may not have, or a missing one."""
    document = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    lists: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in document.items()}
    return Case(name=folder.name, folder=folder, **lists)


def generate(case: Case, project: Path, env: Mapping[str, str] | None = None, protos: Path | None = None) -> Finished:
    """Run protoc on a case, into ``project`` and from there; ``protos`` is another copy of its folder."""
    project.mkdir(parents=True, exist_ok=True)
    roots = ((protos or case.folder), *case.roots[1:])
    include = [f"-I{root}" for root in roots]
    options = [f"--pyservice_opt={option}" for option in case.options]
    return protoc(*include, "--pyservice_out=.", *options, *case.protos, cwd=project, env=env)
