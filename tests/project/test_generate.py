"""`pyservice generate`: the plan, the exit codes, and what it says about mistakes."""

import json
from pathlib import Path

import pytest

from tests.project.kit import (
    CART,
    CLEAR,
    EVERY_PART,
    HANDLER,
    PROTOS,
    PYSERVICE,
    REGISTRY,
    SETTLED,
    STOCK,
    House,
    refused,
)
from tests.support.command import run

# ------------------------------------------------------------------------------------------------ the plan


def test_second_run_has_nothing_to_do(house: House) -> None:
    """Right after protoc made the project the command changes nothing and says so."""
    before = house.files()
    assert house.generate().stderr == SETTLED
    assert house.changed_since(before) == []


def test_dry_run_is_what_happens_then(house: House) -> None:
    """--dry-run prints the report of the run to come on standard output, and writes nothing."""
    house.proto(CART, CLEAR)
    before = house.files()
    plan = house.generate("--dry-run")
    assert house.changed_since(before) == []
    assert plan.stderr == ""
    assert house.generate().stderr == plan.stdout
    lines = plan.stdout.splitlines()
    number = house.text(HANDLER).splitlines().index("    async def clear(") + 1
    assert f"  + rpc shop.v1.Cart/Clear: {HANDLER}:{number}" in lines
    assert f"  merged    {HANDLER}" in lines
    assert f"  updated   {REGISTRY}" in lines


def test_dry_run_as_json(house: House) -> None:
    """--json prints the same plan for programs, and nothing else."""
    house.proto(CART, CLEAR)
    before = house.files()
    plan = json.loads(house.generate("--dry-run", "--json").stdout)
    assert house.changed_since(before) == []
    assert list(plan) == ["project", "changes", "files", "conflicts", "todo"]
    assert plan["project"] == "shop"
    (change,) = plan["changes"]
    assert change.startswith(f"+ rpc shop.v1.Cart/Clear: {HANDLER}:")
    assert {"path": HANDLER, "what": "merged", "note": ""} in plan["files"]
    assert (plan["conflicts"], plan["todo"]) == (0, [])


def test_real_run_as_json(house: House) -> None:
    """--json works for a run that writes, too."""
    house.proto(CART, CLEAR)
    assert json.loads(house.generate("--json").stdout)["project"] == "shop"
    assert "Clear" in house.text(REGISTRY)


def test_check_fails_on_drift(house: House) -> None:
    """--check exits with 1 while the project lags behind its protos, with 0 once it does not."""
    assert house.generate("--check").stdout == SETTLED
    house.proto(CART, CLEAR)
    before = house.files()
    assert "+ rpc shop.v1.Cart/Clear" in house.generate("--check", expect=1).stdout
    assert house.changed_since(before) == []
    house.generate()
    house.generate("--check")


@pytest.mark.parametrize("path", [REGISTRY, "docs/api.md", "tests/gen/test_contract.py"])
def test_check_finds_an_edited_machine_file(house: House, path: str) -> None:
    """--check fails where somebody edited or removed what is never edited."""
    house.write(path, house.text(path) + "\n# mine\n")
    house.generate("--check", expect=1)
    (house.folder / path).unlink()
    house.generate("--check", expect=1)


def test_check_lets_people_work(house: House) -> None:
    """--check is content with edits of files that belong to people."""
    house.write(HANDLER, house.text(HANDLER) + "\n\nLIMIT = 3\n")
    house.edit("README.md", "# Shop\n", "# Our shop\n")
    (house.folder / "buf.yaml").unlink()
    house.write("src/shop/rules.py", "LIMIT = 3\n")
    house.generate("--check")


def test_project_elsewhere(house: House) -> None:
    """--project names a folder to work in."""
    house.proto(CART, CLEAR)
    done = run([PYSERVICE, "generate", "--project", "shop"], house.folder.parent)
    assert done.returncode == 0, done.said
    assert "Clear" in house.text(REGISTRY)


# ------------------------------------------------------------------------------------------------ mistakes


def test_unknown_flag(house: House) -> None:
    """A wrong call exits with 2."""
    assert "No such option '--nope'" in refused(house, "--nope")


def test_outside_of_a_project(tmp_path: Path) -> None:
    """Where there is no project, one sentence says how to get one, and nothing is made."""
    done = run([PYSERVICE, "generate"], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"pyservice: there is no pyservice.toml in {tmp_path}: run this in a generated project, "
        "or make one with pyservice new DIR, or with protoc --pyservice_out=DIR FILE.proto.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_proto_that_does_not_compile(house: House) -> None:
    """The compiler's own message is shown, with file and line."""
    house.proto(CART, 'syntax = "proto3";\nmessage {}\n')
    said = refused(house).splitlines()
    assert said[0].endswith("proto/shop/v1/cart.proto:2:9: Expected message name.")
    assert said[-1] == "pyservice: the protos do not compile (see above): correct them and run this again."


def test_listed_proto_that_is_missing(house: House) -> None:
    """A proto that is listed and not there is named; its service is not quietly dropped."""
    (house.folder / "proto" / STOCK).unlink()
    assert refused(house) == (
        f"pyservice: pyservice.toml lists {STOCK}, which is not below proto: "
        "bring the file back, or take it out of generate.protos.\n"
    )


@pytest.mark.parametrize("entry", [f"./{CART}", f"proto/{CART}", f"./proto/{CART}"])
def test_proto_that_is_listed_by_its_path(house: House, entry: str) -> None:
    """A path instead of the name that protos import is pointed out."""
    house.edit("pyservice.toml", f'"{CART}"', f'"{entry}"')
    assert refused(house) == f"pyservice: pyservice.toml lists {entry}: write it as {CART}, as protos import it.\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('roots = ["proto"]', "roots = []", "lists no roots: name the folders of your protos in generate.roots."),
        ('roots = ["proto"]', 'roots = ["prot"]', f"lists {'shop/v1/types.proto'}, which is not below prot: "),
        ('roots = ["proto"]', 'rots = ["proto"]', "unknown key generate.rots; did you mean 'roots'?"),
        ('roots = ["proto"]', "roots = [", "is not valid TOML"),
        (EVERY_PART, 'parts = ["clint"]', "there is no part 'clint'; did you mean 'client'?"),
    ],
)
def test_mistake_in_pyservice_toml(house: House, old: str, new: str, said: str) -> None:
    """Each mistake in pyservice.toml is one sentence that names it."""
    house.edit("pyservice.toml", old, new)
    assert said in refused(house)


def test_no_protos_listed(house: House) -> None:
    """An empty list of protos is a mistake, not an order to delete everything."""
    content = house.text("pyservice.toml")
    house.write("pyservice.toml", content[: content.index("protos = [")] + "protos = []\n")
    assert refused(house) == "pyservice: pyservice.toml lists no protos: name them in generate.protos.\n"


def test_lock_of_a_newer_generator(house: House) -> None:
    """A project that a newer generator wrote is left alone, through both doors."""
    lock = json.loads(house.text(".pyservice/lock.json"))
    house.write(".pyservice/lock.json", json.dumps({**lock, "format": 99, "generator": "9.0.0"}))
    said = refused(house)
    assert ".pyservice/lock.json was written by protoc-gen-pyservice 9.0.0, which is newer than this" in said
    assert said.endswith(": upgrade protoc-gen-pyservice.\n")
    before = house.files()
    assert "which is newer than this" in house.protoc(*PROTOS, expect=1).stderr
    assert house.changed_since(before) == []


_FIELDS = '"format": 1, "generator": "0", "request": "", "project": null, "package": null'


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "5",
        "{}",
        '{"format": "one"}',
        '{"format": 1}',
        f'{{{_FIELDS}, "file a": 5}}',
        f'{{{_FIELDS}, "file a": "machine"}}',
        f'{{{_FIELDS}, "file a": "nobody 12"}}',
        f'{{{_FIELDS}, "proto a": 1, "proto b": "2"}}',
        "\N{LATIN SMALL LETTER Y WITH DIAERESIS}",
    ],
)
def test_broken_lock(house: House, content: str) -> None:
    """A lock that cannot be read stops the run: without it nobody knows what people edited."""
    house.write(".pyservice/lock.json", content.encode("latin-1"))
    said = refused(house)
    assert said.startswith("pyservice: .pyservice/lock.json cannot be read (")
    assert said.endswith("): bring it back from version control.\n")
