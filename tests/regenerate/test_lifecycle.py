"""The life of a project: generated, tested, written, generated again after an edit of its proto, tested again."""

import difflib
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.regenerate.matrix import CART, PROTO, generated, write_logic
from tests.regenerate.sandbox import Sandbox, protoc_process
from tests.support.command import run

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(folder.name for folder in EXAMPLES.iterdir() if (folder / "pyservice.toml").is_file())
_RPC = re.compile(r"^  rpc \w+\(", re.MULTILINE)
_MACHINES = re.compile(r"(^|/)gen/|^docs/api\.md$|^\.pyservice/|^proto/")
_OUTCOME = re.compile(r"^(\S+::\S+.*?) (PASSED|SKIPPED|FAILED|ERROR)\b", re.MULTILINE)


def results(sandbox: Sandbox) -> dict[str, str]:
    """What became of each of the project's own tests."""
    done = run([sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider"], sandbox.root)
    found = dict(_OUTCOME.findall(done.stdout))
    assert found, done.said
    assert not {"FAILED", "ERROR"} & set(found.values()), done.said
    return found


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
    above = proto.rfind("{\n", 0, first.start()) + 2
    return proto[:above] + copy + proto[above:]


def own_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What belongs to a person."""
    return {path: content for path, content in files.items() if not _MACHINES.search(path)}


@pytest.mark.parametrize("name", NAMES)
def test_an_example(name: str, tmp_path: Path) -> None:
    """Its tests pass as soon as it is generated, when it is written, and after its proto has grown."""
    example = EXAMPLES / name
    sandbox = Sandbox(tmp_path)
    protos = sorted(path.relative_to(example / "proto").as_posix() for path in (example / "proto").rglob("*.proto"))
    for proto in protos:
        sandbox.write(f"proto/{proto}", (example / "proto" / proto).read_bytes())
    assert protoc_process(sandbox, protos).code == 0
    fresh = results(sandbox)
    assert "SKIPPED" in fresh.values()

    shutil.copytree(example, sandbox.root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("gen", "proto", ".*"))
    assert run(["pyservice", "generate", "--check"], sandbox.root).returncode == 0
    written = results(sandbox)
    assert set(written.values()) == {"PASSED"}
    before = own_files(sandbox.files())

    text = (sandbox.read(f"proto/{protos[0]}") or b"").decode()
    sandbox.write(f"proto/{protos[0]}", new_rpc(text).encode())
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
    assert list(results(sandbox).values()).count("SKIPPED") == 3
    write_logic(sandbox)
    written = results(sandbox)
    assert set(written.values()) == {"PASSED"}

    sandbox.write("proto/shop.proto", PROTO.replace("rpc Add", "rpc Clear(Item) returns (Item);\n  rpc Add").encode())
    assert run(["pyservice", "generate"], sandbox.root).returncode == 0
    later = results(sandbox)
    assert {test: later[test] for test in written} == written
    assert {test: result for test, result in later.items() if result != "PASSED"} == {
        "tests/handlers/test_cart.py::test_clear": "SKIPPED"
    }

    handler = (sandbox.read(CART) or b"").decode()
    sandbox.write(CART, handler.replace("        raise NotWritten\n", "        return request\n").encode())
    assert set(results(sandbox).values()) == {"PASSED"}
    assert run(["pyservice", "generate", "--check"], sandbox.root).returncode == 0
