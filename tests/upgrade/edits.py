"""The edits in the frozen projects, and functions that find them."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.stubs import STUB

_SIGNED = re.compile(r"\bmine\b|shop team", re.IGNORECASE)
"""Pattern of signed lines: every edit has one, and no generated text."""

_OLD_STUB = re.compile(r"# TODO\(you\): write it; until then callers get UNIMPLEMENTED\.\n\s*raise NotWritten\b")
"""Lines of a method without logic, which one line replaces."""

_IMPORT = re.compile(r"\s*(import|from)\s")


@dataclass(frozen=True, slots=True)
class Edits:
    """The edits of one frozen project, as the user would list them."""

    files: frozenset[str]
    """Edited and added files."""
    signed_lines: int
    """Number of signed lines."""
    deleted: tuple[str, ...] = ()
    """Files that were deleted or renamed."""
    unmerged: frozenset[str] = frozenset()
    """Files with edits that cannot be merged: they are kept in the record."""
    unmerged_lines: int = 0
    """Number of signed lines that exist only in the record."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """New paths of files whose edits move to another file."""
    conflicts: frozenset[str] = frozenset()
    """Files with edits beside lines that the generator changed too: they get conflict markers."""
    failing_tests: tuple[str, ...] = ()
    """User tests that fail until the user has repeated the unmerged edits in the new code."""


def signed(folder: Path) -> list[tuple[str, str]]:
    """Return file and text of each signed line."""
    return [(file, line) for file, text in texts(folder) for line in text.splitlines() if _SIGNED.search(line)]


def written(folder: Path) -> dict[str, list[str]]:
    """Return the lines that the user wrote, signed or not, by file.

    Blank lines are skipped, and so are imports, which an upgrade may rewrite. The record has no copy of handlers and
    pyservice.toml to compare with: `signed` finds the edits there.
    """
    pristine = dict(texts(folder / ".pyservice/pristine"))
    known = generated(folder)
    lines_by_file = {
        file: [
            line
            for line in added(pristine.get(file, ""), _OLD_STUB.sub(STUB, text))
            if line.strip() and not _is_import(file, line)
        ]
        for file, text in texts(folder)
        if file in pristine or file not in known
    }
    return {file: lines for file, lines in lines_by_file.items() if lines}


def added(old: str, new: str) -> Iterator[str]:
    """Yield the lines that are in the new text and not in the old one."""
    before, after = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, _, _, begin, end in matcher.get_opcodes():
        if kind in ("insert", "replace"):
            yield from after[begin:end]


def edited(folder: Path) -> set[str]:
    """Return the files that were edited or added."""
    return {file for file, _ in signed(folder)} | set(written(folder))


def lost(lines: Iterable[str], text: str) -> list[str]:
    """Return the lines that a text lacks, or has in another order; after the first, the list may be too long."""
    rest = iter(text.splitlines())
    return [line for line in lines if line not in rest]


def with_new_names(line: str) -> str:
    """Return a line of the user with the new names."""
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
    r"\binterceptors=": "grpc_interceptors=",
}
"""New names by patterns of the old ones, as far as the edits of the frozen projects have them."""


def generated(folder: Path) -> set[str]:
    """Return the files in the lock."""
    lock = json.loads((folder / ".pyservice/lock.json").read_text())
    return {key.removeprefix("file ") for key in lock if key.startswith("file ")}


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield path and text of each file below a folder, except those in ``.pyservice/``."""
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
    signed_lines=7,
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
    signed_lines=132,
    deleted=("SECURITY.md", "load/ghz.py", "src/market/handlers/stock.py"),
    unmerged=frozenset(
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
    unmerged_lines=11,
    moved={"tests/messages.py": "tests/samples.py"},
    conflicts=frozenset(
        {
            "Makefile",
            "README.md",
            "deploy/kubernetes/overlays/prod/kustomization.yaml",
            "deploy/monitoring/rules.yaml",
            "load/__main__.py",
        }
    ),
    failing_tests=("test_a_shop_that_has_closed", *["test_only_our_shops_may_call"] * 6),
)

EDITS = {"v0.1.0": V0_1_0, "v0.2.0": V0_2_0}
