"""Protos and services that join, leave and move, through both entry points."""

import sys
from pathlib import Path

import pytest

from protoc_gen_pyservice.inputs.options import PARTS
from tests.project.harness import (
    CART,
    CLEAR,
    PROTOS,
    REGISTRY,
    SETTLED,
    STOCK,
    STOCK_HANDLER,
    STOCK_TEST,
    Project,
    copy,
    proto,
    refused,
    without_stock,
)
from tests.support.command import run
from tests.support.server import serving
from tests.support.snapshot import differences
from tests.support.stubs import STUB

# ---------------------------------------------------------------------------------------------- the protos


def test_unlisted_proto_is_pointed_out(project: Project) -> None:
    """A proto below the roots that is neither listed nor imported is mentioned, and changes nothing."""
    project.proto("shop/v1/extra.proto", proto("Extra", "Do"))
    before = project.files()
    hint = "  action needed: shop/v1/extra.proto is not listed in pyservice.toml; add it to generate.protos to have it served"
    assert project.generate().stderr == f"{SETTLED}{hint}\n"
    assert project.changed_since(before) == []
    project.edit("pyservice.toml", f'    "{STOCK}",\n', f'    "{STOCK}",\n    "shop/v1/extra.proto",\n')
    assert "+ service shop.v1.Extra: src/shop/handlers/extra.py" in project.generate().stderr


def test_proto_below_two_roots_is_not_unlisted(project: Project) -> None:
    """A root inside another one gives a file two names; one of them listed is enough."""
    project.edit("pyservice.toml", 'roots = ["proto"]', 'roots = ["proto", "."]')
    assert "action needed" not in project.generate().stderr


def test_patterns(project: Project) -> None:
    """A pattern includes all protos that match it, also later ones, and is not changed."""
    content = project.text("pyservice.toml")
    patterned = content[: content.index("protos = [")] + 'protos = ["shop/v1/*.proto"]\n'
    project.write("pyservice.toml", patterned)
    before = project.files()
    project.generate()
    project.proto("shop/v1/extra.proto", proto("Extra", "Do"))
    assert "+ service shop.v1.Extra: src/shop/handlers/extra.py" in project.generate().stderr
    assert project.text("pyservice.toml") == patterned
    (project.folder / "proto/shop/v1/extra.proto").unlink()
    assert "- service shop.v1.Extra" in project.generate().stderr
    added = {path.removeprefix("added ") for path in project.changed_since(before) if path.startswith("added ")}
    assert added == {"src/shop/handlers/extra.py", "tests/handlers/test_extra.py"}


def test_pattern_without_a_match(project: Project) -> None:
    """A pattern that matches nothing is a mistake like a name that is not there."""
    project.edit("pyservice.toml", f'"{STOCK}"', '"stock/*.proto"')
    assert "pyservice.toml lists stock/*.proto, which is not below proto" in refused(project)


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
def test_reformatted_pyservice_toml(project: Project, content: str) -> None:
    """However the user writes pyservice.toml, it stays that way, and so does everything else."""
    project.write("pyservice.toml", content)
    before = project.files()
    assert project.generate().stderr == SETTLED
    assert set(project.changed_since(before)) <= {"changed .pyservice/lock.json"}
    before = project.files()
    (project.folder / REGISTRY).unlink()
    project.generate()
    project.protoc(*PROTOS)
    assert project.changed_since(before) == []


@pytest.mark.parametrize("content", _REFORMATTED)
def test_new_proto_joins_a_reformatted_pyservice_toml(project: Project, content: str) -> None:
    """A proto that protoc brings is put into the list, and every line of the user's stays."""
    project.write("pyservice.toml", content)
    project.proto("shop/v1/extra.proto", proto("Extra", "Do"))
    project.protoc("shop/v1/extra.proto")
    now = project.text("pyservice.toml")
    assert '"shop/v1/extra.proto"' in now
    assert ("\r\n" in now) == ("\r\n" in content)
    assert "\n" not in now.replace("\r\n", "") or "\r\n" not in content
    known = now.replace("\n", "").replace("\r", "").replace(" ", "")
    for word in content.replace("]", " ").replace("'", '"').split():
        assert word.rstrip(',}"') in known.replace("'", '"')
    assert project.generate().stderr == SETTLED


# ---------------------------------------------------------------------------------- services that come and go


def test_removed_service(project: Project, tmp_path: Path) -> None:
    """Its handler stays and is named, the wiring drops it, and the server starts without it."""
    project.edit(STOCK_HANDLER, STUB, "return types_pb2.Nothing()")
    before = project.text(STOCK_HANDLER)
    without_stock(project)
    lines = project.generate().stderr.splitlines()
    assert "  - service shop.v1.Stock" in lines
    gone = "shop.v1.Stock was removed from the protos; delete the file when you no longer need it"
    assert [line for line in lines if gone in line] == [
        f"  kept      {STOCK_HANDLER}: {gone}",
        f"  kept      {STOCK_TEST}: {gone}",
    ]
    assert project.text(STOCK_HANDLER) == before
    assert "Stock" not in project.text(REGISTRY)
    assert project.tests().returncode == 0
    with serving(project.folder, "shop", tmp_path / "log") as server:
        assert server.stop(within=30) == 0


def test_service_that_comes_back(project: Project) -> None:
    """A service that left and returns finds its handler as it was."""
    project.edit(STOCK_HANDLER, STUB, "return types_pb2.Nothing()")
    before = project.files()
    settings = project.text("pyservice.toml")
    without_stock(project)
    project.generate()
    project.proto(STOCK, PROTOS[STOCK])
    project.write("pyservice.toml", settings)
    assert "+ service shop.v1.Stock" in project.generate().stderr
    assert set(project.changed_since(before)) <= {f"changed {STOCK_TEST}"}
    assert project.tests().returncode == 0


def test_service_without_a_handler_stops_the_start(project: Project) -> None:
    """A service whose handler was deleted is named when the server starts, with the way out."""
    (project.folder / STOCK_HANDLER).unlink()
    project.generate()
    command = [sys.executable, "-m", "shop"]
    done = run(command, project.folder, {"PYTHONPATH": str(project.folder / "src"), "GRPC_PORT": "0"})
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    wanted = "shop.v1.Stock has no handler: write a class in handlers/ that derives from StockServicer"
    assert wanted in done.stdout + done.stderr


def test_new_service_is_served_at_once(project: Project, tmp_path: Path) -> None:
    """A service that joins the protos has a handler, tests and a place in the wiring after one run."""
    project.proto("shop/v1/extra.proto", proto("Extra", "Do"))
    project.edit("pyservice.toml", f'    "{STOCK}",\n', f'    "{STOCK}",\n    "shop/v1/extra.proto",\n')
    project.generate()
    assert project.tests().returncode == 0
    with serving(project.folder, "shop", tmp_path / "log") as server:
        assert server.stop(within=30) == 0


# ---------------------------------------------------------------------------------------------- through protoc


def test_protoc_file_by_file_keeps_services(project: Project) -> None:
    """A run on one proto leaves the services of the others as they are."""
    before = project.files()
    assert project.protoc(CART).stderr == SETTLED
    assert project.protoc(STOCK).stderr == SETTLED
    assert project.changed_since(before) == []
    project.proto(CART, CLEAR)
    project.protoc(CART)
    assert "Stock" in project.text(REGISTRY)
    assert project.generate().stderr == SETTLED


def test_prune_drops_services_and_reports_stale_files(project: Project) -> None:
    """With prune=true what is not part of the run goes; its files are named, since protoc deletes none."""
    said = project.protoc(CART, options=("prune=true",)).stderr
    assert "  - service shop.v1.Stock\n" in said
    stale = [f"src/shop/gen/shop/v1/stock_pb2{end}" for end in (".py", ".pyi", "_grpc.py")]
    for path in stale:
        assert f"  stale     {path}: no longer generated; `pyservice generate` deletes it\n" in said
        assert project.has(path)
    assert "Stock" not in project.text(REGISTRY)
    assert STOCK not in project.text("pyservice.toml")
    assert project.has(STOCK_HANDLER)
    said = project.generate().stderr
    assert all(f"  deleted   {path}\n" in said and not project.has(path) for path in stale)


def test_old_file_that_no_longer_fits(project: Project) -> None:
    """A removed type that a proto of an earlier run needs is one sentence with both ways out."""
    for name in PROTOS:
        project.proto(name, PROTOS[name].replace("Nothing", "Void"))
    before = project.files()
    done = project.protoc(CART, expect=1)
    assert done.stderr == (
        f"--pyservice_out: {STOCK} was generated into this project earlier and refers to shop.v1.Nothing, which "
        f"was removed: run protoc on {STOCK} too, or remove it with --pyservice_opt=prune=true.\n"
    )
    assert project.changed_since(before) == []
    project.protoc(CART, STOCK)


def test_both_entry_points_create_the_same_project(project: Project, tmp_path: Path) -> None:
    """After the same edit protoc and `pyservice generate` leave the same bytes."""
    project.proto(CART, CLEAR)
    project.proto("shop/v1/note.proto", _NOTE)
    project.proto("other.proto", _NOTE.replace("shop.v1", "other").replace("50001", "50002"))
    project.proto(
        STOCK, PROTOS[STOCK].replace("import ", 'import "other.proto";\nimport ').replace("(Item)", "(other.Note)")
    )
    project.edit("pyservice.toml", f'    "{STOCK}",\n', f'    "{STOCK}",\n    "shop/v1/note.proto",\n')
    other = copy(project, tmp_path / "other")
    project.protoc(*PROTOS, "shop/v1/note.proto")
    other.generate()
    # protoc deletes nothing: objects of before stay until the next run that does.
    left = [path for path in project.files() if path.startswith(".pyservice/objects/") and not other.has(path)]
    assert sorted(differences(project.files(), other.files())) == sorted(f"removed {path}" for path in left)
    assert other.protoc(*PROTOS, "shop/v1/note.proto").stderr == SETTLED
    assert project.generate("--check").stdout == SETTLED


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
