"""Protos and services that join, leave and move, through both doors."""

import sys
from pathlib import Path

import pytest

from protoc_gen_pyservice.inputs.options import PARTS
from tests.project.kit import (
    CART,
    CLEAR,
    PROTOS,
    REGISTRY,
    SETTLED,
    STOCK,
    STOCK_HANDLER,
    STOCK_TEST,
    House,
    copy,
    proto,
    refused,
    without_stock,
)
from tests.support.command import run
from tests.support.server import serving
from tests.support.snapshot import differences

# ---------------------------------------------------------------------------------------------- the protos


def test_unlisted_proto_is_pointed_out(house: House) -> None:
    """A proto below the roots that is neither listed nor imported is mentioned, and changes nothing."""
    house.proto("shop/v1/extra.proto", proto("Extra", "Do"))
    before = house.files()
    hint = (
        "  left to do: shop/v1/extra.proto is not listed in pyservice.toml; add it to generate.protos to have it served"
    )
    assert house.generate().stderr == f"{SETTLED}{hint}\n"
    assert house.changed_since(before) == []
    house.edit("pyservice.toml", f'    "{STOCK}",\n', f'    "{STOCK}",\n    "shop/v1/extra.proto",\n')
    assert "+ service shop.v1.Extra: src/shop/handlers/extra.py" in house.generate().stderr


def test_proto_below_two_roots_is_not_unlisted(house: House) -> None:
    """A root inside another one gives a file two names; one of them listed is enough."""
    house.edit("pyservice.toml", 'roots = ["proto"]', 'roots = ["proto", "."]')
    assert "left to do" not in house.generate().stderr


def test_patterns(house: House) -> None:
    """A pattern stands for all protos that match it, also for those to come, and is left as it is."""
    content = house.text("pyservice.toml")
    patterned = content[: content.index("protos = [")] + 'protos = ["shop/v1/*.proto"]\n'
    house.write("pyservice.toml", patterned)
    before = house.files()
    house.generate()
    house.proto("shop/v1/extra.proto", proto("Extra", "Do"))
    assert "+ service shop.v1.Extra: src/shop/handlers/extra.py" in house.generate().stderr
    assert house.text("pyservice.toml") == patterned
    (house.folder / "proto/shop/v1/extra.proto").unlink()
    assert "- service shop.v1.Extra" in house.generate().stderr
    added = {path.removeprefix("added ") for path in house.changed_since(before) if path.startswith("added ")}
    assert added == {"src/shop/handlers/extra.py", "tests/handlers/test_extra.py"}


def test_pattern_without_a_match(house: House) -> None:
    """A pattern that matches nothing is a mistake like a name that is not there."""
    house.edit("pyservice.toml", f'"{STOCK}"', '"stock/*.proto"')
    assert "pyservice.toml lists stock/*.proto, which is not below proto" in refused(house)


_REFORMATTED = (
    # in one line, in another order, with other quotes
    "[generate]\nprotos = ['shop/v1/stock.proto', 'shop/v1/cart.proto', 'shop/v1/types.proto']\nroots=['proto']\n\n"
    f"[project]\nparts={sorted(PARTS)}\npackage='shop'\nname='shop' # ours\n",
    # dotted keys, and what is the default left out
    'generate.roots = ["proto"]\ngenerate.protos = ["shop/v1/types.proto", "shop/v1/cart.proto", "shop/v1/stock.proto"]\n',
    # inline tables
    'project = { name = "shop", parts = ["all"] }\n'
    'generate = { roots = ["proto"], protos = ["shop/v1/types.proto", "shop/v1/cart.proto", "shop/v1/stock.proto"] }\n',
    # comments inside, CRLF, a byte-order mark, no final newline
    '\ufeff# ours\r\n[generate]\r\nroots = [ # where\r\n  "proto",\r\n]\r\nprotos = [\r\n  "shop/v1/types.proto", # all\r\n'
    '  # the services\r\n  "shop/v1/cart.proto",\r\n  "shop/v1/stock.proto"\r\n]',
)


@pytest.mark.parametrize("content", _REFORMATTED)
def test_reformatted_pyservice_toml(house: House, content: str) -> None:
    """However its owner writes pyservice.toml, it stays that way, and so does everything else."""
    house.write("pyservice.toml", content)
    before = house.files()
    assert house.generate().stderr == SETTLED
    assert set(house.changed_since(before)) <= {"changed .pyservice/lock.json"}
    before = house.files()
    (house.folder / REGISTRY).unlink()
    house.generate()
    house.protoc(*PROTOS)
    assert house.changed_since(before) == []


@pytest.mark.parametrize("content", _REFORMATTED)
def test_new_proto_joins_a_reformatted_pyservice_toml(house: House, content: str) -> None:
    """A proto that protoc brings is put into the list, and every line of the owner's stays."""
    house.write("pyservice.toml", content)
    house.proto("shop/v1/extra.proto", proto("Extra", "Do"))
    house.protoc("shop/v1/extra.proto")
    now = house.text("pyservice.toml")
    assert '"shop/v1/extra.proto"' in now
    assert ("\r\n" in now) == ("\r\n" in content)
    assert "\n" not in now.replace("\r\n", "") or "\r\n" not in content
    known = now.replace("\n", "").replace("\r", "").replace(" ", "")
    for word in content.replace("]", " ").replace("'", '"').split():
        assert word.rstrip(',}"') in known.replace("'", '"')
    assert house.generate().stderr == SETTLED


# ---------------------------------------------------------------------------------- services that come and go


def test_removed_service(house: House, tmp_path: Path) -> None:
    """Its handler stays and is named, the wiring drops it, and the server starts without it."""
    house.edit(STOCK_HANDLER, "raise NotWritten", "return types_pb2.Nothing()")
    before = house.text(STOCK_HANDLER)
    without_stock(house)
    lines = house.generate().stderr.splitlines()
    assert "  - service shop.v1.Stock" in lines
    gone = "shop.v1.Stock is gone from the protos; delete the file when you need it no more"
    assert [line for line in lines if gone in line] == [
        f"  kept      {STOCK_HANDLER}: {gone}",
        f"  kept      {STOCK_TEST}: {gone}",
    ]
    assert house.text(STOCK_HANDLER) == before
    assert "Stock" not in house.text(REGISTRY)
    assert house.tests().returncode == 0
    with serving(house.folder, "shop", tmp_path / "log") as server:
        assert server.stop(within=30) == 0


def test_service_that_comes_back(house: House) -> None:
    """A service that left and returns finds its handler as it was."""
    house.edit(STOCK_HANDLER, "raise NotWritten", "return types_pb2.Nothing()")
    before = house.files()
    settings = house.text("pyservice.toml")
    without_stock(house)
    house.generate()
    house.proto(STOCK, PROTOS[STOCK])
    house.write("pyservice.toml", settings)
    assert "+ service shop.v1.Stock" in house.generate().stderr
    assert set(house.changed_since(before)) <= {f"changed {STOCK_TEST}"}
    assert house.tests().returncode == 0


def test_service_without_a_handler_stops_the_start(house: House) -> None:
    """A service whose handler was deleted is named when the server starts, with the way out."""
    (house.folder / STOCK_HANDLER).unlink()
    house.generate()
    command = [sys.executable, "-m", "shop"]
    done = run(command, house.folder, {"PYTHONPATH": str(house.folder / "src"), "GRPC_PORT": "0"})
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    wanted = "shop.v1.Stock has no handler: write a class in handlers/ that derives from StockServicer"
    assert wanted in done.stdout + done.stderr


def test_new_service_is_served_at_once(house: House, tmp_path: Path) -> None:
    """A service that joins the protos has a handler, tests and a place in the wiring after one run."""
    house.proto("shop/v1/extra.proto", proto("Extra", "Do"))
    house.edit("pyservice.toml", f'    "{STOCK}",\n', f'    "{STOCK}",\n    "shop/v1/extra.proto",\n')
    house.generate()
    assert house.tests().returncode == 0
    with serving(house.folder, "shop", tmp_path / "log") as server:
        assert server.stop(within=30) == 0


# ---------------------------------------------------------------------------------------------- through protoc


def test_protoc_file_by_file_keeps_services(house: House) -> None:
    """A run on one proto leaves the services of the others as they are."""
    before = house.files()
    assert house.protoc(CART).stderr == SETTLED
    assert house.protoc(STOCK).stderr == SETTLED
    assert house.changed_since(before) == []
    house.proto(CART, CLEAR)
    house.protoc(CART)
    assert "Stock" in house.text(REGISTRY)
    assert house.generate().stderr == SETTLED


def test_prune_drops_services_and_reports_stale_files(house: House) -> None:
    """With prune=true what is not part of the run goes; its files are named, since protoc deletes none."""
    said = house.protoc(CART, options=("prune=true",)).stderr
    assert "  - service shop.v1.Stock\n" in said
    stale = [f"src/shop/gen/shop/v1/stock_pb2{end}" for end in (".py", ".pyi", "_grpc.py")]
    for path in stale:
        assert f"  stale     {path}: no longer generated; `pyservice generate` deletes it\n" in said
        assert house.has(path)
    assert "Stock" not in house.text(REGISTRY)
    assert STOCK not in house.text("pyservice.toml")
    assert house.has(STOCK_HANDLER)
    said = house.generate().stderr
    assert all(f"  deleted   {path}\n" in said and not house.has(path) for path in stale)


def test_old_file_that_no_longer_fits(house: House) -> None:
    """A type that a proto of an earlier run needs and that is gone is one sentence with both ways out."""
    for name in PROTOS:
        house.proto(name, PROTOS[name].replace("Nothing", "Void"))
    before = house.files()
    done = house.protoc(CART, expect=1)
    assert done.stderr == (
        f"--pyservice_out: {STOCK} was generated into this project earlier and refers to shop.v1.Nothing, which is "
        f"gone: run protoc on {STOCK} too, or drop it with --pyservice_opt=prune=true.\n"
    )
    assert house.changed_since(before) == []
    house.protoc(CART, STOCK)


def test_both_doors_make_the_same_project(house: House, tmp_path: Path) -> None:
    """After the same edit protoc and `pyservice generate` leave the same bytes."""
    house.proto(CART, CLEAR)
    house.proto("shop/v1/note.proto", _NOTE)
    house.proto("other.proto", _NOTE.replace("shop.v1", "other").replace("50001", "50002"))
    house.proto(
        STOCK, PROTOS[STOCK].replace("import ", 'import "other.proto";\nimport ').replace("(Item)", "(other.Note)")
    )
    house.edit("pyservice.toml", f'    "{STOCK}",\n', f'    "{STOCK}",\n    "shop/v1/note.proto",\n')
    other = copy(house, tmp_path / "other")
    house.protoc(*PROTOS, "shop/v1/note.proto")
    other.generate()
    assert differences(house.files(), other.files()) == []
    assert other.protoc(*PROTOS, "shop/v1/note.proto").stderr == SETTLED


_NOTE = """\
// Detached.

syntax = "proto3";

package shop.v1;

import "google/protobuf/descriptor.proto";

extend google.protobuf.FieldOptions {
  string seen_in_source_only = 50001 [retention = RETENTION_SOURCE];
}

// A note.
message Note {
  // Its text.
  string text_of_it = 1 [(seen_in_source_only) = "yes", json_name = "t"]; // behind
}
"""
