"""Edits of generated files survive an upgrade: each is merged, moved, or kept in the record and reported."""

import ast
import re

import pytest

from protoc_gen_pyservice.errors import GenerationError
from protoc_gen_pyservice.outputs.report import FileAction
from tests.support.stubs import STUB
from tests.upgrade.harness import OldProject, Upgraded

SETTINGS, ERRORS, CONFTEST = "src/market/settings.py", "src/market/errors.py", "tests/conftest.py"
MESSAGES, FUZZ, SAMPLES = "tests/messages.py", "tests/fuzz.py", "tests/samples.py"
KEPT = ".pyservice/overwritten/0.2/"


@pytest.fixture
def market() -> OldProject:
    """The larger frozen project, of 0.2."""
    return OldProject("v0.2.0")


@pytest.fixture
def shop() -> OldProject:
    """The smaller frozen project, of 0.1."""
    return OldProject("v0.1.0")


def members(upgraded: Upgraded, path: str, name: str) -> list[str]:
    """Return the statements of a class, as `ast.unparse` writes them."""
    tree = ast.parse(upgraded.files[path])
    (cls,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    return [ast.unparse(node) for node in cls.body]


def test_settings_with_other_defaults(market: OldProject) -> None:
    """A setting with an edited default, docstring or type stays in the subclass, and overrides the new one."""
    market.edit(SETTINGS, "grpc_port: int = Field(default=50051,", "grpc_port: int = Field(default=6000,")
    market.edit(SETTINGS, '"""Count calls, and serve the numbers to Prometheus."""', '"""Ask the shop team."""')
    market.edit(SETTINGS, 'extra="ignore"', 'extra="forbid"')
    upgraded = market.upgrade()
    statements = members(upgraded, SETTINGS, "Settings")
    assert "grpc_port: int = Field(default=6000, ge=0, le=65535)" in statements
    assert statements[statements.index("metrics: bool = True") + 1] == "'Ask the shop team.'"
    assert any(
        line.startswith("model_config = SettingsConfigDict(") and "extra='forbid'" in line for line in statements
    )
    assert "grpc_host" not in upgraded.files[SETTINGS].replace("GRPC_HOST", "")
    assert "from pydantic import BeforeValidator, Field, field_validator\n" in upgraded.files[SETTINGS]
    assert SETTINGS not in upgraded.output.partition("action needed")[2]


def test_an_edited_validator_of_the_settings(market: OldProject) -> None:
    """An edit that is not in a field is kept in the record, and reported by file and line."""
    market.edit(SETTINGS, "no call would ever be allowed: set 0, or at least 1", "ask the shop team")
    line = market.files[SETTINGS].decode().split("ask the shop team")[0].count("\n") + 1
    upgraded = market.upgrade()
    assert "ask the shop team" not in upgraded.files[SETTINGS]
    assert upgraded.files[KEPT + SETTINGS] == market.files[SETTINGS].decode()
    assert '+            raise ValueError("ask the shop team")' in upgraded.files[f"{KEPT}{SETTINGS}.diff"]
    assert (
        f'{SETTINGS}:{line}: your edit `raise ValueError("ask the shop team")` was not brought over' in upgraded.output
    )


def test_a_deleted_setting(market: OldProject) -> None:
    """A setting that the user deleted exists again, which is reported."""
    market.edit(SETTINGS, "    reflection: bool = True\n", "")
    upgraded = market.upgrade()
    assert f"{SETTINGS}:1: your edit `Settings.reflection was taken out` was not brought over" in upgraded.output


def test_windows_line_endings(shop: OldProject) -> None:
    """A file with CRLF line endings keeps them."""
    shop.files["src/shop/settings.py"] = shop.files["src/shop/settings.py"].replace(b"\n", b"\r\n")
    upgraded = shop.upgrade()
    text = upgraded.files["src/shop/settings.py"]
    assert '    shop_currency: str = "EUR"\r\n' in text
    assert "class Settings(Defaults):\r\n" in text
    assert not re.search(r"(?<!\r)\n", text)


def test_added_errors(market: OldProject) -> None:
    """Added classes stay beside names of the runtime, with the private base class that one of them extends."""
    market.edit(
        ERRORS,
        "class AlreadyExists(_ResourceError):",
        'class Recalled(_ResourceError):\n    """Mine."""\n\n    _verb = "was recalled"\n\n\nclass AlreadyExists(_ResourceError):',
    )
    upgraded = market.upgrade()
    names = [node.name for node in ast.parse(upgraded.files[ERRORS]).body if isinstance(node, ast.ClassDef)]
    assert names == ["_ResourceError", "Recalled", "SoldOut"]
    assert "from google.rpc import error_details_pb2\n" in upgraded.files[ERRORS]
    assert "StatusError" in upgraded.files[ERRORS]


def test_fixtures(market: OldProject) -> None:
    """Edited fixtures keep their edits and the imports that these need; pytest hooks come from the runtime."""
    market.edit(
        CONFTEST,
        "    async with connected(server) as channel:",
        "    warnings.warn(str(quick(log_level='DEBUG')))\n    async with connected(server) as channel:",
    )
    upgraded = market.upgrade()
    text = upgraded.files[CONFTEST]
    assert "    warnings.warn(str(settings_for_tests(log_level='DEBUG')))\n" in text
    assert "import warnings\n" in text
    assert "import sys\n" not in text
    assert "class Unawaited" not in text
    assert CONFTEST not in [event.path for event in upgraded.report.of(FileAction.CONFLICT)]


def test_an_edited_pytest_hook(market: OldProject) -> None:
    """An edit of a hook that moved to the runtime is kept in the record, and reported."""
    market.edit(CONFTEST, "        pytest.skip(said)", "        pytest.fail(said)")
    upgraded = market.upgrade()
    assert "your edit `pytest.fail(said)` was not brought over: the new file has no place for it" in upgraded.output
    assert "pytest.fail(said)" in upgraded.files[KEPT + CONFTEST]


def test_a_conflict_in_a_fixture(market: OldProject) -> None:
    """Lines that both the user and the generator changed get conflict markers."""
    market.edit(CONFTEST, '    return Callers(tmp_path / "keys")', '    return Callers(tmp_path / "keyring")')
    upgraded = market.upgrade()
    assert CONFTEST in [event.path for event in upgraded.report.of(FileAction.CONFLICT)]
    assert "<<<<<<< yours\n" in upgraded.files[CONFTEST]
    assert '    return ApiKeyUsers(tmp_path / "keyring")\n' in upgraded.files[CONFTEST]


def test_comments_on_imports(market: OldProject) -> None:
    """Comments on imports that stay are kept; those on other imports are kept in the record, and reported."""
    market.edit(CONFTEST, "import warnings\n", "import warnings  # mine: for later\nimport socket  # mine: too\n")
    upgraded = market.upgrade()
    assert "import socket  # mine: too\n" in upgraded.files[CONFTEST]
    assert "import warnings  # mine: for later" in upgraded.files[KEPT + CONFTEST]
    assert "your edit `import warnings  # mine: for later` was not brought over" in upgraded.output


def test_moved_samples(market: OldProject) -> None:
    """Edited sample values move to tests/samples.py, with the imports that they need."""
    market.edit(MESSAGES, '{"sku": "ACME", "quantity": 2},  # mine', '{"sku": str(uuid4()), "quantity": 2},  # mine')
    market.edit(
        MESSAGES,
        "from typing import Any, TypeAlias, TypeVar\n",
        "from typing import Any, TypeAlias, TypeVar\nfrom uuid import uuid4\n",
    )
    market.edit(
        FUZZ,
        "RELATED: Sequence[frozenset[str]] = ()",
        'RELATED: Sequence[frozenset[str]] = (frozenset({"sku", "quantity"}),)',
    )
    upgraded = market.upgrade()
    text = upgraded.files[SAMPLES]
    assert '    "market.v1.Line": {"sku": str(uuid4()), "quantity": 2},  # mine\n}\n' in text
    assert "from uuid import uuid4\n" in text
    assert 'RELATED_FIELDS: Sequence[frozenset[str]] = (frozenset({"sku", "quantity"}),)\n' in text
    assert f"merged    {SAMPLES}: it has what you wrote in {MESSAGES} and {FUZZ}" in upgraded.output
    assert "your edit `RELATED" not in upgraded.output


def test_samples_that_need_other_statements(market: OldProject) -> None:
    """A value that needs other statements of the old helper is kept in the record, and reported."""
    market.edit(MESSAGES, '{"sku": "ACME", "quantity": 2},  # mine', '{"sku": _SKU, "quantity": 2},  # mine')
    market.edit(MESSAGES, "SENSIBLE: Mapping", '_SKU = "ACME"\n\nSENSIBLE: Mapping')
    upgraded = market.upgrade()
    assert "_SKU" not in upgraded.files[SAMPLES]
    assert '"market.v1.Line": {"sku": _SKU' in upgraded.files[KEPT + MESSAGES]
    assert f'{MESSAGES}:24: your edit `_SKU = "ACME"` was not brought over' in upgraded.output


def test_an_edited_comment_beside_samples(market: OldProject) -> None:
    """A sample value moves to tests/samples.py; an edit beside it is kept in the record."""
    market.edit(MESSAGES, "TODO(you): name what your service takes", "Mine: name what the shop takes")
    upgraded = market.upgrade()
    assert '{"sku": "ACME", "quantity": 2},  # mine' in upgraded.files[SAMPLES]
    assert "Mine: name what the shop takes" in upgraded.files[KEPT + MESSAGES]


def test_used_additions_to_framework_code(market: OldProject) -> None:
    """A function that the user added to an old module stays there if it is imported, and its folder stays a package."""
    market.edit(
        "src/market/server/tls.py",
        "def expiration(",
        "def is_old(certificate: Path) -> bool:\n    return expiration(certificate) < _LIMIT\n\n\n_LIMIT = 3\n\n\ndef expiration(",
    )
    market.edit(
        "src/market/app.py",
        "from .tally import Tally\n",
        "from .server.tls import is_old\nfrom .tally import Tally\n\nis_old\n",
    )
    upgraded = market.upgrade()
    assert upgraded.files["src/market/server/tls.py"] == (
        '"""Additions of this project to market.runtime.server.tls."""\n\n'
        "from pathlib import Path\n\nfrom ..runtime.server.tls import expiration\n\n\n"
        "def is_old(certificate: Path) -> bool:\n    return expiration(certificate) < _LIMIT\n\n\n_LIMIT = 3\n"
    )
    assert "from .server.tls import is_old\n" in upgraded.files["src/market/app.py"]
    assert "src/market/server/__init__.py" in upgraded.files
    assert "src/market/server/context.py" not in upgraded.files
    assert "src/market/client/__init__.py" not in upgraded.files


def test_unused_additions_to_framework_code(market: OldProject) -> None:
    """A function that is not imported is kept in the record, and reported."""
    market.edit("src/market/server/tls.py", "def expiration(", "def unused() -> None: ...\n\n\ndef expiration(")
    upgraded = market.upgrade()
    assert "src/market/server/tls.py" not in upgraded.files
    assert "def unused() -> None: ...\n" in upgraded.files[f"{KEPT}src/market/server/tls.py"]
    assert (
        "your edit `def unused() -> None: ...` was not brought over: its code is src/market/runtime/server/tls.py now"
        in upgraded.output
    )


def test_changes_that_the_user_has_to_make(market: OldProject) -> None:
    """The report has file and line of each change that the table cannot make."""
    market.write(
        "tests/test_more.py",
        "from unittest import mock\n\nfrom market.server.lifecycle import running\nfrom market.server.shutdown import _HEARD\n"
        "from market.settings import load_settings\n\nfrom .issuer import Issuer\n\n"
        'mock.patch("market.server.health.Health")\nrunning(None, None)\nIssuer(None)\nload_settings()\n_HEARD\n',
    )
    upgraded = market.upgrade()
    for line in (
        "imports _HEARD from market.server.shutdown, which is market.runtime.server.shutdown now and may have no _HEARD",
        "market.settings has no load_settings any more: call load(Settings)",
        "names market.server.health.Health, which is in market.runtime.server.health now",
        "running: it takes the registry first",
        "Issuer: it takes the audience",
    ):
        match = re.search(rf"action needed: tests/test_more\.py:(\d+): {re.escape(line)}", upgraded.output)
        assert match is not None, line
        word = re.findall(r"_HEARD|load_settings|Health|running|Issuer", line)[0]
        assert word in upgraded.files["tests/test_more.py"].splitlines()[int(match[1]) - 1]


def test_methods_without_logic(market: OldProject) -> None:
    """NotWritten is the builtin NotImplementedError; where that means something else, the report names the line."""
    market.write(
        "src/market/prices.py", "from .errors import NotWritten\n\n\ndef price() -> int:\n    raise NotWritten\n"
    )
    upgraded = market.upgrade()
    for path, text in upgraded.files.items():
        if path.startswith(("src/", "tests/")):
            assert "NotWritten" not in text, path
    assert upgraded.files["src/market/prices.py"].endswith("def price() -> int:\n    raise NotImplementedError\n")
    assert f"        {STUB}\n" in upgraded.files["src/market/handlers/warehouse.py"]
    text = "raises NotImplementedError, which ends a call with INTERNAL unless the method of a handler raises it itself"
    line = upgraded.files["src/market/prices.py"].count("\n")
    assert f"action needed: src/market/prices.py:{line}: {text}" in upgraded.output
    assert upgraded.output.count("raises NotImplementedError") == 1


def test_invalid_python(market: OldProject) -> None:
    """A user file that does not parse stays unchanged, and is reported; a merged one stops the upgrade."""
    market.write("src/market/draft.py", "from .server.context import (\n")
    upgraded = market.upgrade()
    assert upgraded.files["src/market/draft.py"] == "from .server.context import (\n"
    assert "action needed: src/market/draft.py:1 does not parse" in upgraded.output
    market.edit(SETTINGS, "class Settings(BaseSettings):", "class Settings(BaseSettings:")
    with pytest.raises(
        GenerationError, match=r"settings\.py:\d+ does not parse .*: mend it first, for this run merges it"
    ):
        market.upgrade()


def test_conflict_markers(market: OldProject) -> None:
    """A file with conflict markers stops the upgrade."""
    market.edit(SETTINGS, "class Settings", "<<<<<<< yours\n=======\n>>>>>>> theirs\nclass Settings")
    with pytest.raises(GenerationError, match=r"settings\.py has conflict markers in it: resolve them first"):
        market.upgrade()


def test_a_base_that_is_not_what_was_generated(market: OldProject) -> None:
    """A base that differs from the generated text removes no line of the user."""
    path = f".pyservice/pristine/{SETTINGS}"
    market.files[path] = market.files[SETTINGS]
    market.files[".pyservice/pristine/tests/service.py"] = market.files["tests/service.py"]
    upgraded = market.upgrade()
    assert "# mine" in upgraded.files[SETTINGS]
    assert "market_shops" in upgraded.files[SETTINGS]
    assert upgraded.files[f"{KEPT}tests/service.py"] == market.files["tests/service.py"].decode()


def test_a_merge_with_an_upgraded_branch(shop: OldProject) -> None:
    """A lock with two versions, after git merged two branches, counts as the older."""
    lock = shop.files[".pyservice/lock.json"].decode()
    shop.write(
        ".pyservice/lock.json", lock.replace('"generator": "0.1.0",', '"generator": "0.1.0",\n"generator": "0.3.0",')
    )
    upgraded = shop.upgrade()
    assert "from ..runtime.server import Context\n" in upgraded.files["src/shop/handlers/cart.py"]
    assert '"generator": "0.3' in upgraded.files[".pyservice/lock.json"]


def test_user_files_with_paths_of_framework_code(shop: OldProject) -> None:
    """0.1 had no tests/service.py: such a file is the user's, and imports from it are not rewritten."""
    shop.write("tests/service.py", "def connected() -> None: ...\n")
    shop.write(
        "tests/test_more.py", "from . import service\nfrom .service import connected\n\nservice.connected, connected\n"
    )
    upgraded = shop.upgrade()
    assert upgraded.files["tests/service.py"] == shop.files["tests/service.py"].decode()
    assert upgraded.files["tests/test_more.py"] == shop.files["tests/test_more.py"].decode()
    assert "tests/test_more.py" not in upgraded.output


def test_attributes_of_an_imported_module(market: OldProject) -> None:
    """Added attributes of an old module stay there; each use of a moved one is reported by line."""
    market.write("tests/test_more.py", "from . import calls\n\ncalls.TILL\ncalls.call\n")
    upgraded = market.upgrade()
    assert upgraded.files["tests/test_more.py"] == "from . import calls\n\ncalls.TILL\ncalls.call\n"
    assert "action needed: tests/test_more.py:4: calls.call is in tests._runtime.calls now" in upgraded.output
    assert "tests/test_more.py:3" not in upgraded.output


def test_upgrade_without_deleting(market: OldProject) -> None:
    """protoc cannot delete, and leaves stubs; the next `pyservice generate` has the same result as a single run."""
    single = market.upgrade()
    first = market.upgrade(can_delete=False)
    assert first.files["src/market/server/lifecycle.py"].startswith("# No longer generated")
    assert first.files["tests/calls.py"] == single.files["tests/calls.py"]
    stale = {event.path for event in first.report.of(FileAction.STALE)}
    assert stale == {event.path for event in single.report.of(FileAction.DELETED)} - {"proto/pyservice/options.proto"}
    market.files = dict(first.content)
    second = market.upgrade()
    assert second.content == single.content
    market.files = dict(second.content)
    assert market.upgrade().content == second.content
