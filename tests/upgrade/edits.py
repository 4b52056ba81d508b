"""What people did to the frozen projects, and how it is found again."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_SIGNED = re.compile(r"\bmine\b|shop team", re.IGNORECASE)
"""What every edit has in one of its lines, and no generated text."""

_IMPORT = re.compile(r"\s*(import|from)\s")


@dataclass(frozen=True, slots=True)
class Edits:
    """The edits of one frozen project, as the user would list them."""

    files: frozenset[str]
    """What was edited or written."""
    lines: int
    """How many lines are signed."""
    deleted: tuple[str, ...] = ()
    """What was deleted, or moved to another name."""
    aside: frozenset[str] = frozenset()
    """Files with edits that have no place in today's code: they are kept in the record."""
    aside_lines: int = 0
    """How many signed lines are only there."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """Files whose edits stand in another file now."""
    waiting: tuple[str, ...] = ()
    """Tests of the owner's that fail until they have brought what was put aside to its new place."""


def signed(folder: Path) -> list[tuple[str, str]]:
    """File and line of each line that says whose it is."""
    return [(file, line) for file, text in texts(folder) for line in text.splitlines() if _SIGNED.search(line)]


def written(folder: Path) -> dict[str, list[str]]:
    """Every line that no generator wrote, signed or not, by its file.

    Blank lines do not count, nor do imports, which may have to name another place after an upgrade. Of handlers and
    pyservice.toml no copy is kept to compare with: `signed` finds what people wrote there.
    """
    pristine = dict(texts(folder / ".pyservice/pristine"))
    known = generated(folder)
    found = {
        file: [line for line in added(pristine.get(file, ""), text) if line.strip() and not _is_import(file, line)]
        for file, text in texts(folder)
        if file in pristine or file not in known
    }
    return {file: lines for file, lines in found.items() if lines}


def added(old: str, new: str) -> Iterator[str]:
    """The lines that a text has and its predecessor has not."""
    before, after = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, _, _, begin, end in matcher.get_opcodes():
        if kind in ("insert", "replace"):
            yield from after[begin:end]


def edited(folder: Path) -> set[str]:
    """The files that are not as they were generated, or never were."""
    return {file for file, _ in signed(folder)} | set(written(folder))


def lost(lines: Iterable[str], text: str) -> list[str]:
    """The lines that a text has not, or not in this order; behind the first of them it may name others too."""
    rest = iter(text.splitlines())
    return [line for line in lines if line not in rest]


def today(line: str) -> str:
    """A line of a person's with the names that things have today."""
    for old, new in _RENAMED.items():
        line = re.sub(old, new, line)
    return line


_RENAMED = {
    r"\breaching\(": "SERVICE.reaching(",
    r"\bserving\(": "SERVICE.serving(",
    r"\bstand_ins\(": "SERVICE.stub_handlers(",
    r"\bquick\(": "settings_for_tests(",
    r"\bCallers\b": "ApiKeyUsers",
    r"\.replies\b": ".responses",
    r"\bSteps\b": "Hooks",
    r"\bsteps\(": "hooks(",
    r"\bbefore=": "on_start=",
    r"\bcall: Call\b": "call: ServerCall",
    r"\breconnect=": "max_reconnect_backoff=",
}
"""Names in the edits of the frozen projects, and what they are now."""


def generated(folder: Path) -> set[str]:
    """The files that the generator knows of."""
    lock = json.loads((folder / ".pyservice/lock.json").read_text())
    return {key.removeprefix("file ") for key in lock if key.startswith("file ")}


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every text file below a folder, without what the generator keeps for itself."""
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if path.is_file() and place.parts[0] != ".pyservice":
            yield place.as_posix(), path.read_text()


def _is_import(file: str, line: str) -> bool:
    return file.endswith(".py") and bool(_IMPORT.match(line))


V0_1_0 = Edits(
    files=frozenset(
        {
            "README.md",
            "proto/shop.proto",
            "src/shop/handlers/cart.py",
            "src/shop/settings.py",
            "tests/handlers/test_cart.py",
        }
    ),
    lines=7,
)

V0_2_0 = Edits(
    files=frozenset(
        {
            ".github/workflows/ci.yml",
            ".gitignore",
            "Dockerfile",
            "Makefile",
            "README.md",
            "compose.yaml",
            "deploy/kubernetes/base/kustomization.yaml",
            "deploy/kubernetes/base/network.yaml",
            "deploy/kubernetes/base/scaling.yaml",
            "deploy/kubernetes/overlays/prod/README.md",
            "deploy/kubernetes/overlays/prod/kustomization.yaml",
            "deploy/monitoring/rules.yaml",
            "docs/operations.md",
            "docs/tills.md",
            "load/__main__.py",
            "proto/market/v1/stock.proto",
            "pyproject.toml",
            "pyservice.toml",
            "src/market/__main__.py",
            "src/market/app.py",
            "src/market/client/options.py",
            "src/market/errors.py",
            "src/market/handlers/orders.py",
            "src/market/handlers/warehouse.py",
            "src/market/interceptors/api_keys.py",
            "src/market/interceptors/audit.py",
            "src/market/interceptors/deadline.py",
            "src/market/interceptors/shops.py",
            "src/market/ledger.py",
            "src/market/server/concerns.py",
            "src/market/server/lifecycle.py",
            "src/market/server/reflection.py",
            "src/market/settings.py",
            "src/market/tally.py",
            "src/market/till.py",
            "tests/calls.py",
            "tests/conftest.py",
            "tests/handlers/test_orders.py",
            "tests/handlers/test_stock.py",
            "tests/integration.sh",
            "tests/messages.py",
            "tests/service.py",
            "tests/test_shops.py",
        }
    ),
    lines=132,
    deleted=("SECURITY.md", "load/ghz.py", "src/market/handlers/stock.py"),
    aside=frozenset(
        {
            "src/market/__main__.py",
            "src/market/client/options.py",
            "src/market/errors.py",
            "src/market/interceptors/api_keys.py",
            "src/market/interceptors/audit.py",
            "src/market/interceptors/deadline.py",
            "src/market/server/concerns.py",
            "src/market/server/lifecycle.py",
            "src/market/server/reflection.py",
            "tests/service.py",
        }
    ),
    aside_lines=11,
    moved={"tests/messages.py": "tests/samples.py"},
    waiting=("test_a_shop_that_has_closed", *["test_only_our_shops_may_call"] * 6),
)

EDITS = {"v0.1.0": V0_1_0, "v0.2.0": V0_2_0}
