"""The life of a project: generated, tested, written, generated again after an edit of its proto, tested again."""

import difflib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.regenerate.matrix import CART, PROTO, generated, write_logic
from tests.regenerate.sandbox import Sandbox, generate_process
from tests.support.command import run
from tests.support.own_tests import own_tests
from tests.support.stubs import STUB

EXAMPLES = Path(__file__).parents[2] / "examples"
GUARDED = "secure_data"
"""Its own tests demand a scope and a token of every RPC, so one that says nothing of them fails there, as it should."""

NAMES = sorted(toml.parent.name for toml in EXAMPLES.glob("*/pyservice.toml") if toml.parent.name != GUARDED)
_RPC = re.compile(r"^  rpc \w+\(", re.MULTILINE)
_GENERATED = re.compile(r"(^|/)gen/|^docs/api\.md$|^\.pyservice/|^\.hypothesis/|^proto/")
_OF_RPC = re.compile(r"^tests/handlers/\S+::test_(\w+)$|\[/\S+/(\w+)\]$")
"""A test of one RPC: a handler's by its name, a generated one by the path that it calls."""
_OUTCOME = re.compile(r"^(\S+::\S+.*?) (PASSED|SKIPPED|FAILED|ERROR)\b", re.MULTILINE)


def results(sandbox: Sandbox) -> dict[str, str]:
    """What became of each of the project's own tests."""
    done = own_tests(sandbox.root, "-vv")
    found = dict(_OUTCOME.findall(done.stdout))
    assert found, done.said
    assert not {"FAILED", "ERROR"} & set(found.values()), done.said
    return found


def skipped_rpcs(found: Mapping[str, str]) -> set[str]:
    """The RPCs that skipped tests are of. Raises AssertionError where a test is skipped that is not of one RPC."""
    skipped = {test: _OF_RPC.search(test) for test, result in found.items() if result == "SKIPPED"}
    assert all(skipped.values()), skipped
    return {(match[1] or match[2]).lower() for match in skipped.values() if match}


def only_added(before: bytes, after: bytes) -> list[str]:
    """The lines that are new. Raises AssertionError where one went or changed."""
    lines = list(difflib.ndiff(before.decode().splitlines(), after.decode().splitlines()))
    assert not [line for line in lines if line.startswith("- ")]
    return [line[2:] for line in lines if line.startswith("+ ")]


def new_rpc(proto: str) -> str:
    """The proto with one more RPC, the first of its first service, of the types of the one that was first."""
    first = _RPC.search(proto)
    assert first is not None
    line = proto[first.start() : proto.index("\n", first.start())].rstrip("{ ").rstrip(";")
    copy = re.sub(r"rpc \w+", "rpc CountEverything", line) + ";\n\n"
    above = proto.index("\n", proto.rindex("\nservice ", 0, first.start()) + 1) + 1
    return proto[:above] + copy + proto[above:]


def own_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What belongs to the user."""
    return {path: content for path, content in files.items() if not _GENERATED.search(path)}


@pytest.mark.parametrize("name", NAMES)
def test_an_example(name: str, tmp_path: Path) -> None:
    """Its tests pass as soon as it is generated, when it is written, and after its proto has grown."""
    example = EXAMPLES / name
    sandbox = Sandbox(tmp_path)
    protos = sorted(path.relative_to(example / "proto").as_posix() for path in (example / "proto").rglob("*.proto"))
    for proto in protos:
        sandbox.write(f"proto/{proto}", (example / "proto" / proto).read_bytes())
    # It says which parts the example has, and which of the protos are served.
    sandbox.write("pyservice.toml", (example / "pyservice.toml").read_bytes())
    made = generate_process(sandbox, protos)
    assert made.code == 0, made.said
    fresh = results(sandbox)
    assert "SKIPPED" in fresh.values()

    shutil.copytree(
        example, sandbox.root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("gen", "proto", ".*", "*.db")
    )
    assert run(["pyservice", "generate", "--check"], sandbox.root).returncode == 0
    written = results(sandbox)
    assert set(written.values()) == {"PASSED"}
    before = own_files(sandbox.files())

    texts = {f"proto/{proto}": (example / "proto" / proto).read_text() for proto in protos}
    serving = next(path for path, text in texts.items() if _RPC.search(text))
    sandbox.write(serving, new_rpc(texts[serving]).encode())
    done = run(["pyservice", "generate"], sandbox.root)
    assert done.returncode == 0, done.said
    assert re.search(r"\n  \+ rpc \S+/CountEverything: src/\S+:\d+\n", done.stderr)
    after = own_files(sandbox.files())
    assert before.keys() == after.keys()
    grown = {path for path in before if only_added(before[path], after[path])}
    assert all("/handlers/" in path for path in grown)
    assert any("async def count_everything(" in after[path].decode() for path in grown)
    later = results(sandbox)
    assert {test: later[test] for test in written} == written
    assert set(later.values()) <= {"PASSED", "SKIPPED"}


def test_a_small_project(tmp_path: Path) -> None:
    """Generated, written, grown by an RPC that is written in turn: green at every point, with nothing skipped at its end."""
    sandbox = generated(tmp_path)
    fresh = results(sandbox)
    assert skipped_rpcs(fresh) == {"add", "watch", "count"}
    assert {fresh[test] for test in fresh if test.startswith("tests/handlers/")} == {"SKIPPED"}
    write_logic(sandbox)
    written = results(sandbox)
    assert set(written.values()) == {"PASSED"}

    sandbox.write("proto/shop.proto", PROTO.replace("rpc Add", "rpc Clear(Item) returns (Item);\n  rpc Add").encode())
    assert run(["pyservice", "generate"], sandbox.root).returncode == 0
    later = results(sandbox)
    assert {test: later[test] for test in written} == written
    assert skipped_rpcs(later) == {"clear"}
    assert later["tests/handlers/test_cart.py::test_clear"] == "SKIPPED"

    handler = (sandbox.read(CART) or b"").decode()
    sandbox.write(CART, handler.replace(STUB, "return request").encode())
    assert set(results(sandbox).values()) == {"PASSED"}
    assert run(["pyservice", "generate", "--check"], sandbox.root).returncode == 0
