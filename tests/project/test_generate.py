"""`pyservice generate`: the plan, the exit codes, and what it says about mistakes."""

import json
from pathlib import Path

import pytest

from tests.project.harness import (
    CART,
    CLEAR,
    EVERY_PART,
    HANDLER,
    PROTOS,
    PYSERVICE,
    REGISTRY,
    SETTLED,
    STOCK,
    Project,
    refused,
)
from tests.support.command import run

# ------------------------------------------------------------------------------------------------ the plan


def test_second_run_has_nothing_to_do(project: Project) -> None:
    """Right after protoc made the project the command changes nothing and says so."""
    before = project.files()
    assert project.generate().stderr == SETTLED
    assert project.changed_since(before) == []


def test_dry_run_is_what_happens_then(project: Project) -> None:
    """--dry-run prints the report of the run to come on standard output, and writes nothing."""
    project.proto(CART, CLEAR)
    before = project.files()
    plan = project.generate("--dry-run")
    assert project.changed_since(before) == []
    assert plan.stderr == ""
    assert project.generate().stderr == plan.stdout
    lines = plan.stdout.splitlines()
    number = project.text(HANDLER).splitlines().index("    async def clear(") + 1
    assert f"  + rpc shop.v1.Cart/Clear: {HANDLER}:{number}" in lines
    assert f"  merged    {HANDLER}" in lines
    assert f"  updated   {REGISTRY}" in lines


def test_dry_run_as_json(project: Project) -> None:
    """--json prints the same plan for programs, and nothing else."""
    project.proto(CART, CLEAR)
    before = project.files()
    plan = json.loads(project.generate("--dry-run", "--json").stdout)
    assert project.changed_since(before) == []
    assert list(plan) == ["project", "changes", "files", "conflicts", "todo", "ejected"]
    assert plan["project"] == "shop"
    (change,) = plan["changes"]
    assert change.startswith(f"+ rpc shop.v1.Cart/Clear: {HANDLER}:")
    assert {"path": HANDLER, "what": "merged", "note": ""} in plan["files"]
    assert (plan["conflicts"], plan["todo"]) == (0, [])


def test_real_run_as_json(project: Project) -> None:
    """--json works for a run that writes, too."""
    project.proto(CART, CLEAR)
    assert json.loads(project.generate("--json").stdout)["project"] == "shop"
    assert "Clear" in project.text(REGISTRY)


def test_check_fails_on_drift(project: Project) -> None:
    """--check exits with 1 while the project lags behind its protos, with 0 once it does not."""
    assert project.generate("--check").stdout == SETTLED
    project.proto(CART, CLEAR)
    before = project.files()
    assert "+ rpc shop.v1.Cart/Clear" in project.generate("--check", expect=1).stdout
    assert project.changed_since(before) == []
    project.generate()
    project.generate("--check")


@pytest.mark.parametrize("path", [REGISTRY, "docs/api.md", "tests/gen/test_contract.py"])
def test_check_finds_an_edited_generated_file(project: Project, path: str) -> None:
    """--check fails if a generated file was edited or removed."""
    project.write(path, project.text(path) + "\n# mine\n")
    project.generate("--check", expect=1)
    (project.folder / path).unlink()
    project.generate("--check", expect=1)


def test_check_lets_people_work(project: Project) -> None:
    """--check is content with edits of files that belong to people."""
    project.write(HANDLER, project.text(HANDLER) + "\n\nLIMIT = 3\n")
    project.edit("README.md", "# Shop\n", "# Our shop\n")
    (project.folder / "buf.yaml").unlink()
    project.write("src/shop/rules.py", "LIMIT = 3\n")
    project.generate("--check")


def test_project_elsewhere(project: Project) -> None:
    """--project names a folder to work in."""
    project.proto(CART, CLEAR)
    done = run([PYSERVICE, "generate", "--project", "shop"], project.folder.parent)
    assert done.returncode == 0, done.said
    assert "Clear" in project.text(REGISTRY)


# ------------------------------------------------------------------------------------------------ mistakes


def test_unknown_flag(project: Project) -> None:
    """A wrong call exits with 2."""
    assert "No such option '--nope'" in refused(project, "--nope")


def test_outside_of_a_project(tmp_path: Path) -> None:
    """Where there is no project, one sentence says how to get one, and nothing is made."""
    done = run([PYSERVICE, "generate"], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"pyservice: pyservice.toml not found in {tmp_path}: run this in a generated project, "
        "or create one with pyservice new DIR, or with protoc --pyservice_out=DIR FILE.proto.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_proto_that_does_not_compile(project: Project) -> None:
    """The compiler's own message is shown, with file and line."""
    project.proto(CART, 'syntax = "proto3";\nmessage {}\n')
    said = refused(project).splitlines()
    assert said[0].endswith("proto/shop/v1/cart.proto:2:9: Expected message name.")
    assert said[-1] == "pyservice: the protos do not compile (see above): correct them and run this again."


def test_listed_proto_that_is_missing(project: Project) -> None:
    """A proto that is listed and not there is named; its service is not quietly dropped."""
    (project.folder / "proto" / STOCK).unlink()
    assert refused(project) == (
        f"pyservice: pyservice.toml lists {STOCK}, which is not below proto: "
        "restore the file, or remove it from generate.protos.\n"
    )


@pytest.mark.parametrize("entry", [f"./{CART}", f"proto/{CART}", f"./proto/{CART}"])
def test_proto_that_is_listed_by_its_path(project: Project, entry: str) -> None:
    """A path instead of the name that protos import is pointed out."""
    project.edit("pyservice.toml", f'"{CART}"', f'"{entry}"')
    assert refused(project) == f"pyservice: pyservice.toml lists {entry}: write it as {CART}, as protos import it.\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('roots = ["proto"]', "roots = []", "lists no roots: name the folders of your protos in generate.roots."),
        ('roots = ["proto"]', 'roots = ["prot"]', f"lists {'shop/v1/types.proto'}, which is not below prot: "),
        ('roots = ["proto"]', 'rots = ["proto"]', "unknown key generate.rots; did you mean 'roots'?"),
        ('roots = ["proto"]', "roots = [", "is not valid TOML"),
        (EVERY_PART, 'parts = ["clint"]', "unknown part 'clint'; did you mean 'client'?"),
    ],
)
def test_mistake_in_pyservice_toml(project: Project, old: str, new: str, said: str) -> None:
    """Each mistake in pyservice.toml is one sentence that names it."""
    project.edit("pyservice.toml", old, new)
    assert said in refused(project)


def test_no_protos_listed(project: Project) -> None:
    """An empty list of protos is a mistake, not an order to delete everything."""
    content = project.text("pyservice.toml")
    project.write("pyservice.toml", content[: content.index("protos = [")] + "protos = []\n")
    assert refused(project) == "pyservice: pyservice.toml lists no protos: name them in generate.protos.\n"


def test_lock_of_a_newer_generator(project: Project) -> None:
    """A project that a newer generator wrote is left alone, through both entry points."""
    lock = json.loads(project.text(".pyservice/lock.json"))
    project.write(".pyservice/lock.json", json.dumps({**lock, "format": 99, "generator": "9.0.0"}))
    said = refused(project)
    assert ".pyservice/lock.json was written by protoc-gen-pyservice 9.0.0, which is newer than this" in said
    assert said.endswith(": upgrade protoc-gen-pyservice.\n")
    before = project.files()
    assert "which is newer than this" in project.protoc(*PROTOS, expect=1).stderr
    assert project.changed_since(before) == []


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
        f'{{{_FIELDS}, "file a": "generated"}}',
        f'{{{_FIELDS}, "file a": "other 12"}}',
        f'{{{_FIELDS}, "proto a": 1, "proto b": "2"}}',
        "\N{LATIN SMALL LETTER Y WITH DIAERESIS}",
    ],
)
def test_broken_lock(project: Project, content: str) -> None:
    """A lock that cannot be read stops the run: without it edits are unknown."""
    project.write(".pyservice/lock.json", content.encode("latin-1"))
    said = refused(project)
    assert said.startswith("pyservice: .pyservice/lock.json cannot be read (")
    assert said.endswith("): restore it from version control.\n")
