"""What people made of generated files comes over, each edit to where it belongs; nothing is lost on the way."""

import ast
import re

import pytest

from protoc_gen_pyservice.errors import GenerationError
from protoc_gen_pyservice.outputs.report import FileAction
from tests.upgrade.kit import OldProject, Upgraded

SETTINGS, ERRORS, CONFTEST = "src/market/settings.py", "src/market/errors.py", "tests/conftest.py"
MESSAGES, FUZZ, SAMPLES = "tests/messages.py", "tests/fuzz.py", "tests/samples.py"
ASIDE = ".pyservice/overwritten/0.2/"


@pytest.fixture
def market() -> OldProject:
    """The larger of the frozen projects."""
    return OldProject("v0.2.0")


@pytest.fixture
def shop() -> OldProject:
    """The smaller one."""
    return OldProject("v0.1.0")


def members(upgraded: Upgraded, path: str, name: str) -> list[str]:
    """The statements of a class, each as Python writes it."""
    tree = ast.parse(upgraded.files[path])
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    return [ast.unparse(node) for node in found.body]


def test_settings_with_other_defaults(market: OldProject) -> None:
    """A field whose default, docstring or type was changed goes before the new one, by standing in the subclass."""
    market.edit(SETTINGS, "grpc_port: int = Field(default=50051,", "grpc_port: int = Field(default=6000,")
    market.edit(SETTINGS, '"""Count calls, and serve the numbers to Prometheus."""', '"""Ask the shop team."""')
    market.edit(SETTINGS, 'extra="ignore"', 'extra="forbid"')
    upgraded = market.upgraded()
    found = members(upgraded, SETTINGS, "Settings")
    assert "grpc_port: int = Field(default=6000, ge=0, le=65535)" in found
    assert found[found.index("metrics: bool = True") + 1] == "'Ask the shop team.'"
    assert any(line.startswith("model_config = SettingsConfigDict(") and "extra='forbid'" in line for line in found)
    assert "grpc_host" not in upgraded.files[SETTINGS].replace("GRPC_HOST", "")
    assert "from pydantic import BeforeValidator, Field, field_validator\n" in upgraded.files[SETTINGS]
    assert SETTINGS not in upgraded.said.partition("action needed")[2]


def test_a_check_of_the_settings_that_was_changed(market: OldProject) -> None:
    """It is no field: the file is put aside, and the report says where to look."""
    market.edit(SETTINGS, "no call would ever be allowed: set 0, or at least 1", "ask the shop team")
    line = market.files[SETTINGS].decode().split("ask the shop team")[0].count("\n") + 1
    upgraded = market.upgraded()
    assert "ask the shop team" not in upgraded.files[SETTINGS]
    assert upgraded.files[ASIDE + SETTINGS] == market.files[SETTINGS].decode()
    assert '+            raise ValueError("ask the shop team")' in upgraded.files[f"{ASIDE}{SETTINGS}.diff"]
    assert f'{SETTINGS}:{line}: your edit `raise ValueError("ask the shop team")` was not brought over' in upgraded.said


def test_a_setting_that_was_taken_out(market: OldProject) -> None:
    """It is there again, which is said."""
    market.edit(SETTINGS, "    reflection: bool = True\n", "")
    upgraded = market.upgraded()
    assert f"{SETTINGS}:1: your edit `Settings.reflection was taken out` was not brought over" in upgraded.said


def test_settings_of_windows(shop: OldProject) -> None:
    """Lines end as they did."""
    shop.files["src/shop/settings.py"] = shop.files["src/shop/settings.py"].replace(b"\n", b"\r\n")
    upgraded = shop.upgraded()
    text = upgraded.files["src/shop/settings.py"]
    assert '    shop_currency: str = "EUR"\r\n' in text
    assert "class Settings(Defaults):\r\n" in text
    assert not re.search(r"(?<!\r)\n", text)


def test_errors_of_ours(market: OldProject) -> None:
    """Classes come over, beside names of the runtime; one that was derived from a private base keeps that."""
    market.edit(
        ERRORS,
        "class AlreadyExists(_ResourceError):",
        'class Recalled(_ResourceError):\n    """Mine."""\n\n    _verb = "was recalled"\n\n\nclass AlreadyExists(_ResourceError):',
    )
    upgraded = market.upgraded()
    names = [node.name for node in ast.parse(upgraded.files[ERRORS]).body if isinstance(node, ast.ClassDef)]
    assert names == ["_ResourceError", "Recalled", "SoldOut"]
    assert "from google.rpc import error_details_pb2\n" in upgraded.files[ERRORS]
    assert "StatusError" in upgraded.files[ERRORS]


def test_fixtures(market: OldProject) -> None:
    """Those that were changed stay changed, imports that only they need stay, and hooks are those of the runtime."""
    market.edit(
        CONFTEST,
        "    return quick()\n\n\n@pytest.fixture\ndef handlers",
        "    warnings.warn('x')\n    return quick(log_level='DEBUG')\n\n\n@pytest.fixture\ndef handlers",
    )
    upgraded = market.upgraded()
    text = upgraded.files[CONFTEST]
    assert "    warnings.warn('x')\n    return settings_for_tests(log_level='DEBUG')\n" in text
    assert "import warnings\n" in text
    assert "import sys\n" not in text
    assert "class Unawaited" not in text
    assert CONFTEST not in [event.path for event in upgraded.report.of(FileAction.CONFLICT)]


def test_a_hook_of_the_tests_that_was_changed(market: OldProject) -> None:
    """The runtime has it now."""
    market.edit(CONFTEST, "        pytest.skip(said)", "        pytest.fail(said)")
    upgraded = market.upgraded()
    assert "your edit `pytest.fail(said)` was not brought over: the new file has no place for it" in upgraded.said
    assert "pytest.fail(said)" in upgraded.files[ASIDE + CONFTEST]


def test_both_sides_of_a_fixture(market: OldProject) -> None:
    """Where the generator changed the same lines, nobody can tell: markers, as ever."""
    market.edit(CONFTEST, '    return Callers(tmp_path / "keys")', '    return Callers(tmp_path / "people")')
    upgraded = market.upgraded()
    assert CONFTEST in [event.path for event in upgraded.report.of(FileAction.CONFLICT)]
    assert "<<<<<<< yours\n" in upgraded.files[CONFTEST]
    assert '    return ApiKeyUsers(tmp_path / "people")\n' in upgraded.files[CONFTEST]


def test_comments_on_imports(market: OldProject) -> None:
    """Of a line that stays they stay; of one that does not they are put aside with the rest."""
    market.edit(CONFTEST, "import warnings\n", "import warnings  # mine: for later\nimport socket  # mine: too\n")
    upgraded = market.upgraded()
    assert "import socket  # mine: too\n" in upgraded.files[CONFTEST]
    assert "import warnings  # mine: for later" in upgraded.files[ASIDE + CONFTEST]
    assert "your edit `import warnings  # mine: for later` was not brought over" in upgraded.said


def test_samples(market: OldProject) -> None:
    """What people said of their messages stands in tests/samples.py, with the imports that it needs."""
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
    upgraded = market.upgraded()
    text = upgraded.files[SAMPLES]
    assert '    "market.v1.Line": {"sku": str(uuid4()), "quantity": 2},  # mine\n}\n' in text
    assert "from uuid import uuid4\n" in text
    assert 'RELATED_FIELDS: Sequence[frozenset[str]] = (frozenset({"sku", "quantity"}),)\n' in text
    assert f"merged    {SAMPLES}: it has what you wrote in {MESSAGES} and {FUZZ}" in upgraded.said
    assert "your edit `RELATED" not in upgraded.said


def test_samples_that_need_more(market: OldProject) -> None:
    """A value that is made of what else stands in the old helper is put aside with it."""
    market.edit(MESSAGES, '{"sku": "ACME", "quantity": 2},  # mine', '{"sku": _SKU, "quantity": 2},  # mine')
    market.edit(MESSAGES, "SENSIBLE: Mapping", '_SKU = "ACME"\n\nSENSIBLE: Mapping')
    upgraded = market.upgraded()
    assert "_SKU" not in upgraded.files[SAMPLES]
    assert '"market.v1.Line": {"sku": _SKU' in upgraded.files[ASIDE + MESSAGES]
    assert f'{MESSAGES}:24: your edit `_SKU = "ACME"` was not brought over' in upgraded.said


def test_a_comment_beside_samples(market: OldProject) -> None:
    """A value goes to tests/samples.py; what is said about it elsewhere is put aside."""
    market.edit(MESSAGES, "TODO(you): name what your service takes", "Mine: name what the shop takes")
    upgraded = market.upgraded()
    assert '{"sku": "ACME", "quantity": 2},  # mine' in upgraded.files[SAMPLES]
    assert "Mine: name what the shop takes" in upgraded.files[ASIDE + MESSAGES]


def test_what_was_added_to_framework_code(market: OldProject) -> None:
    """A function of the owner's in an old module stays there as long as somebody imports it, and its folder a package."""
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
    upgraded = market.upgraded()
    assert upgraded.files["src/market/server/tls.py"] == (
        '"""What this project has beside market.runtime.server.tls."""\n\n'
        "from pathlib import Path\n\nfrom ..runtime.server.tls import expiration\n\n\n"
        "def is_old(certificate: Path) -> bool:\n    return expiration(certificate) < _LIMIT\n\n\n_LIMIT = 3\n"
    )
    assert "from .server.tls import is_old\n" in upgraded.files["src/market/app.py"]
    assert "src/market/server/__init__.py" in upgraded.files
    assert "src/market/server/context.py" not in upgraded.files
    assert "src/market/client/__init__.py" not in upgraded.files


def test_what_was_added_and_nobody_uses(market: OldProject) -> None:
    """It is put aside like any edit."""
    market.edit("src/market/server/tls.py", "def expiration(", "def unused() -> None: ...\n\n\ndef expiration(")
    upgraded = market.upgraded()
    assert "src/market/server/tls.py" not in upgraded.files
    assert "def unused() -> None: ...\n" in upgraded.files[f"{ASIDE}src/market/server/tls.py"]
    assert (
        "your edit `def unused() -> None: ...` was not brought over: its code is src/market/runtime/server/tls.py now"
        in upgraded.said
    )


def test_what_takes_more_than_an_import(market: OldProject) -> None:
    """The report names file and line of what the table cannot bring over."""
    market.write(
        "tests/test_more.py",
        "from unittest import mock\n\nfrom market.server.lifecycle import running\nfrom market.server.shutdown import _HEARD\n"
        "from market.settings import load_settings\n\nfrom .issuer import Issuer\n\n"
        'mock.patch("market.server.health.Health")\nrunning(None, None)\nIssuer(None)\nload_settings()\n_HEARD\n',
    )
    upgraded = market.upgraded()
    for line in (
        "imports _HEARD from market.server.shutdown, which is market.runtime.server.shutdown now and may have no _HEARD",
        "market.settings has no load_settings any more: call load(Settings)",
        "names market.server.health.Health, which is in market.runtime.server.health now",
        "running: it takes the registry first",
        "Issuer: it takes the audience",
    ):
        found = re.search(rf"action needed: tests/test_more\.py:(\d+): {re.escape(line)}", upgraded.said)
        assert found is not None, line
        word = re.findall(r"_HEARD|load_settings|Health|running|Issuer", line)[0]
        assert word in upgraded.files["tests/test_more.py"].splitlines()[int(found[1]) - 1]


def test_a_file_that_is_no_python(market: OldProject) -> None:
    """One of its owner's alone is left as it is, and said; one that is merged has to be mended first."""
    market.write("src/market/draft.py", "from .server.context import (\n")
    upgraded = market.upgraded()
    assert upgraded.files["src/market/draft.py"] == "from .server.context import (\n"
    assert "action needed: src/market/draft.py:1 does not parse" in upgraded.said
    market.edit(SETTINGS, "class Settings(BaseSettings):", "class Settings(BaseSettings:")
    with pytest.raises(
        GenerationError, match=r"settings\.py:\d+ does not parse .*: mend it first, for this run merges it"
    ):
        market.upgraded()


def test_conflict_markers(market: OldProject) -> None:
    """What is half merged cannot be merged."""
    market.edit(SETTINGS, "class Settings", "<<<<<<< yours\n=======\n>>>>>>> theirs\nclass Settings")
    with pytest.raises(GenerationError, match=r"settings\.py has conflict markers in it: resolve them first"):
        market.upgraded()


def test_a_copy_that_nobody_vouches_for(market: OldProject) -> None:
    """A text that is not what was generated takes no line of a person's out."""
    path = f".pyservice/pristine/{SETTINGS}"
    market.files[path] = market.files[SETTINGS]
    market.files[".pyservice/pristine/tests/service.py"] = market.files["tests/service.py"]
    upgraded = market.upgraded()
    assert "# mine" in upgraded.files[SETTINGS]
    assert "market_shops" in upgraded.files[SETTINGS]
    assert upgraded.files[f"{ASIDE}tests/service.py"] == market.files["tests/service.py"].decode()


def test_two_branches_of_which_one_came_over(shop: OldProject) -> None:
    """A lock that two generators wrote is that of the older."""
    lock = shop.files[".pyservice/lock.json"].decode()
    shop.write(
        ".pyservice/lock.json", lock.replace('"generator": "0.1.0",', '"generator": "0.1.0",\n"generator": "0.3.0",')
    )
    upgraded = shop.upgraded()
    assert "from ..runtime.server import Context\n" in upgraded.files["src/shop/handlers/cart.py"]
    assert '"generator": "0.3' in upgraded.files[".pyservice/lock.json"]


def test_files_that_are_called_like_old_ones_of_ours(shop: OldProject) -> None:
    """0.1 had no tests/service.py: one that is there is somebody's, and so is what is imported from it."""
    shop.write("tests/service.py", "def connected() -> None: ...\n")
    shop.write(
        "tests/test_more.py", "from . import service\nfrom .service import connected\n\nservice.connected, connected\n"
    )
    upgraded = shop.upgraded()
    assert upgraded.files["tests/service.py"] == shop.files["tests/service.py"].decode()
    assert upgraded.files["tests/test_more.py"] == shop.files["tests/test_more.py"].decode()
    assert "tests/test_more.py" not in upgraded.said


def test_an_old_module_that_is_imported_whole(market: OldProject) -> None:
    """What was added to it stays there, and what moved from it is said, by the line that takes it."""
    market.write("tests/test_more.py", "from . import calls\n\ncalls.TILL\ncalls.call\n")
    upgraded = market.upgraded()
    assert upgraded.files["tests/test_more.py"] == "from . import calls\n\ncalls.TILL\ncalls.call\n"
    assert "action needed: tests/test_more.py:4: calls.call is in tests._runtime.calls now" in upgraded.said
    assert "tests/test_more.py:3" not in upgraded.said


def test_without_deleting(market: OldProject) -> None:
    """protoc leaves nothing of the old code but empty files; the next `pyservice generate` ends where one alone does."""
    alone = market.upgraded()
    begun = market.upgraded(can_delete=False)
    assert begun.files["src/market/server/lifecycle.py"].startswith("# No longer generated")
    assert begun.files["tests/calls.py"] == alone.files["tests/calls.py"]
    stale = {event.path for event in begun.report.of(FileAction.STALE)}
    assert stale == {event.path for event in alone.report.of(FileAction.DELETED)} - {"proto/pyservice/options.proto"}
    market.files = dict(begun.content)
    ended = market.upgraded()
    assert ended.content == alone.content
    market.files = dict(ended.content)
    assert market.upgraded().content == ended.content
