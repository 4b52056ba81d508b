"""`make demo`: what the user gets to see, and what is never left behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.pages import runs_of_pytest
from tools.demo.contract import find_contract
from tools.demo.errors import DemoError
from tools.demo.project import Project, empty, generate
from tools.demo.server import Server, serving

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
LONGRUNNING = "google/longrunning/operations_proto.proto"
PLAIN = 'syntax = "proto3";\nmessage Nothing {}\n'


def demo(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tools.demo", "--out", str(folder), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def demo_output(folder: Path, *words: str) -> str:
    """What a demo that works prints."""
    done = demo(folder, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def in_order(text: str, *parts: str) -> None:
    """Assert that the parts are in the text one after the other."""
    place = 0
    for part in parts:
        found = text.find(part, place)
        assert found >= 0, f"{part!r} is missing or too early in:\n{text}"
        place = found + len(part)


def is_gone(text: str) -> bool:
    """Whether the server that the demo stopped runs no more."""
    found = re.search(r"kill -TERM (\d+)", text)
    assert found is not None
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return True
    return False


def section(name: str) -> str:
    """The part of the README between two markers."""
    return README.read_text(encoding="utf-8").partition(f"<!-- {name} -->")[2].partition(f"<!-- end of {name} -->")[0]


def test_the_order_book(tmp_path: Path) -> None:
    """The demo generates, adds an RPC, tests, serves, calls in all four ways and stops, as the README shows it."""
    text = demo_output(tmp_path / "demo")
    in_order(
        text,
        "python -m grpc_tools.protoc",
        "orderbook.proto",
        "created",
        "src/trading/handlers/",
        "up to date",
        "rpc CancelOrder(CancelRequest) returns (OrderResponse);",
        "+ rpc trading.OrderBook/CancelOrder: src/trading/handlers/order_book.py:",
        "async def cancel_order(",
        " passed, 5 skipped",
        '"event": "listening"',
        "SERVING",
        "trading.OrderBook",
        "OrderBook/PlaceOrder",
        "OPEN, 0 traded, 100 left",
        "OrderBook/WatchMarket",
        "last 10.50",
        "OrderBook/SubmitBatchOrders",
        "3 orders placed",
        "OrderBook/LiveTrading",
        "cancelled, 5 were resting",
        "NOT_FOUND: symbol 'NOPE' is not listed",
        "OrderBook/CancelOrder",
        "UNIMPLEMENTED",
        "src/trading/handlers/order_book.py:",
        "ended with 0",
        "make run",
    )
    assert max(map(len, text.splitlines())) <= 100 + len(str(tmp_path))
    assert is_gone(text)
    titles = re.findall(r"^\d  (.+?)  ", section("demo"), re.MULTILINE)
    assert titles == re.findall(
        r"^\d  (.+?)  ", text, re.MULTILINE
    ), "README.md shows another demo: bring it up to date"
    assert [number for number in numbers(section("demo")) if number not in numbers(text)] == []
    assert f"come {re.findall('[0-9]+ created', text)[0].split()[0]} files, all parts included" in README.read_text()
    assert runs_of_pytest(section("demo")) == runs_of_pytest(text)
    assert [path for path in tree_of_the_readme() if not (tmp_path / "demo" / path).exists()] == []


def numbers(text: str) -> list[str]:
    """How many files there are and what became of them, and the lines of code that are named."""
    return re.findall(r"[\d,]+ (?:created|updated|merged|files)|\w+\.py:\d+", text)


def tree_of_the_readme() -> list[str]:
    """The paths of the tree in the README, from the project's folder on."""
    paths: list[str] = []
    above: list[tuple[int, str]] = []
    for line in section("tree").strip("\n").splitlines()[1:]:
        indent, name = len(line) - len(line.lstrip()), line.split()[0]
        above = [(depth, folder) for depth, folder in above if depth < indent]
        paths.append("".join(folder for _, folder in above) + name)
        if name.endswith("/"):
            above.append((indent, name))
    return paths


def test_somebody_elses_proto(tmp_path: Path) -> None:
    """A proto out of an installed package is served, and each RPC says where its logic goes."""
    text = demo_output(tmp_path / "demo", LONGRUNNING)
    in_order(
        text,
        f"-I {os.path.relpath(find_contract(LONGRUNNING).roots[0], ROOT)}",
        LONGRUNNING,
        "src/longrunning/handlers/",
        "skipped",
        "SERVING",
        "google.longrunning.Operations",
        "Operations/ListOperations",
        "UNIMPLEMENTED",
        "src/longrunning/handlers/operations.py:",
        "and 2 more in the same way",
        "ended with 0",
        "TODO(you)",
    )
    assert is_gone(text)


def test_a_proto_without_a_service(tmp_path: Path) -> None:
    """Messages alone are generated, and the demo says that there is nothing to start."""
    (tmp_path / "plain.proto").write_text(PLAIN)
    text = demo_output(tmp_path / "demo", str(tmp_path / "plain.proto"))
    assert "nothing to start" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("missing.proto",), "there is no file missing.proto"),
        (("broken.proto",), "broken.proto does not compile"),
    ],
)
def test_a_proto_that_is_no_good(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """What cannot be shown ends with 1 and one sentence."""
    (tmp_path / "broken.proto").write_text('syntax = "proto3";\nmessage Broken { Unknown field = 1; }\n')
    given = [str(tmp_path / word) if (tmp_path / word).exists() else word for word in words]
    done = demo(tmp_path / "demo", *given)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """The demo empties only what an earlier demo made."""
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(DemoError, match="holds files that no demo made"):
        empty(tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_roots_are_found_above_the_proto(tmp_path: Path) -> None:
    """The folder that imports are relative to is found by going up until they all resolve."""
    (tmp_path / "api" / "shop").mkdir(parents=True)
    (tmp_path / "api" / "common.proto").write_text(PLAIN)
    file = tmp_path / "api" / "shop" / "cart.proto"
    file.write_text(
        'syntax = "proto3";\npackage acme.web;\nimport "common.proto";\nmessage Cart { Nothing nothing = 1; }\n'
    )
    contract = find_contract(str(file))
    assert contract.roots == (tmp_path.resolve() / "api",)
    assert contract.name == "shop/cart.proto"


def test_installed_protos_are_found_for_imports(tmp_path: Path) -> None:
    """An import of google.api needs no folder of the user's."""
    file = tmp_path / "cart.proto"
    file.write_text('syntax = "proto3";\nimport "google/api/annotations.proto";\n' + PLAIN.partition("\n")[2])
    contract = find_contract(str(file))
    assert contract.roots[0] == tmp_path.resolve()
    assert len(contract.roots) == 2


def test_the_server_never_outlives_the_demo(tmp_path: Path) -> None:
    """Whatever happens while the server runs, it has stopped afterwards."""
    empty(tmp_path / "demo")
    project = Project(tmp_path / "demo")
    generate(find_contract(LONGRUNNING), project.folder)
    with pytest.raises(RuntimeError, match="something happened"), serving(project) as server:
        _fail(server)
    assert server.process.poll() is not None


def _fail(server: Server) -> None:
    assert server.process.poll() is None
    raise RuntimeError("something happened")
