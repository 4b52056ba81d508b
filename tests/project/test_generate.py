"""`pyservice generate`: the plan, the exit codes, and what becomes of each file."""

import json
from pathlib import Path

import pytest

from tests.project.kit import CART, HANDLER, PROTOS, PYSERVICE, REGISTRY, STOCK, House, copy, proto
from tests.support.command import run
from tests.support.server import serving
from tests.support.snapshot import differences

CLEAR = proto("Cart", "Add", "Remove", "Clear")
"""The cart with one RPC more."""

STOCK_HANDLER, STOCK_TEST = "src/shop/handlers/stock.py", "tests/handlers/test_stock.py"
ROW = "| `src/shop/handlers/stock.py` | the logic of `shop.v1.Stock` |"
"""A line of the README that leaves together with the service."""

SETTLED = "pyservice: shop: nothing to do, everything is as it should be\n"


def without_stock(house: House) -> None:
    """Take the second service out of what is generated."""
    (house.folder / "proto" / STOCK).unlink()
    house.edit("pyservice.toml", f'    "{STOCK}",\n', "")


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


def refused(house: House, *arguments: str) -> str:
    """What the command says when it exits with 2; it may not have changed anything."""
    before = house.files()
    said = house.generate(*arguments, expect=2).stderr
    assert house.changed_since(before) == []
    return said


def test_unknown_flag(house: House) -> None:
    """A wrong call exits with 2."""
    assert "No such option '--nope'" in refused(house, "--nope")


def test_outside_of_a_project(tmp_path: Path) -> None:
    """Where there is no project, one sentence says how to get one, and nothing is made."""
    done = run([PYSERVICE, "generate"], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"pyservice: there is no pyservice.toml in {tmp_path}: run this in a generated project, "
        "or make one with protoc --pyservice_out=DIR FILE.proto.\n"
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
        ('parts = ["client", "ci"]', 'parts = ["clint"]', "there is no part 'clint'; did you mean 'client'?"),
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


# ------------------------------------------------------------------------------------------- deleted files


def test_deleted_files_stay_deleted(house: House) -> None:
    """What its owner deleted does not come back, whatever else changes."""
    for path in ("Makefile", "README.md", HANDLER, STOCK_TEST):
        (house.folder / path).unlink()
    assert house.generate().stderr == SETTLED
    house.proto(CART, CLEAR)
    house.proto(STOCK, proto("Stock", "Count", "Order"))
    house.generate()
    assert not any(house.has(path) for path in ("Makefile", "README.md", HANDLER, STOCK_TEST))


def test_report_says_how_to_bring_a_file_back(house: House) -> None:
    """When there would be something new in a deleted file, the report names the way, and it works."""
    without_stock(house)
    (house.folder / "README.md").unlink()
    said = house.generate().stderr
    assert "  kept      README.md: it stays deleted; --restore README.md brings it back\n" in said
    assert "  created   README.md\n" in house.generate("--restore", "README.md").stderr
    assert "# Shop" in house.text("README.md")
    assert house.generate().stderr == SETTLED


def test_report_says_how_to_bring_a_handler_back(house: House) -> None:
    """A deleted handler is named when its service changes, and comes back with all its RPCs."""
    (house.folder / HANDLER).unlink()
    house.proto(CART, CLEAR)
    assert f"{HANDLER} was deleted and stays deleted; --restore {HANDLER} brings it back" in house.generate().stderr
    house.generate("--restore", HANDLER)
    assert all(f"async def {name}(" in house.text(HANDLER) for name in ("add", "remove", "clear"))


def test_several_files_are_restored_at_once(house: House) -> None:
    """--restore may be given several times."""
    paths = ("Makefile", HANDLER, "pyproject.toml")
    before = house.files()
    for path in paths:
        (house.folder / path).unlink()
    house.generate(*(word for path in paths for word in ("--restore", path)))
    assert house.changed_since(before) == []


def test_restore_through_protoc(house: House) -> None:
    """The plugin's option does the same, and its report calls it by its own name."""
    without_stock(house)
    (house.folder / "README.md").unlink()
    said = house.protoc(CART, options=("prune=true",)).stderr
    assert "  kept      README.md: it stays deleted; restore=README.md brings it back\n" in said
    house.protoc(CART, options=("restore=README.md",))
    assert house.has("README.md")


def test_restore_of_what_was_never_generated(house: House) -> None:
    """A slip in the path of a file to restore is pointed out."""
    assert refused(house, "--restore", "Makfile") == (
        "pyservice: restore=Makfile is not possible: no file of that name is generated here.\n"
    )


def test_restore_does_not_undo_edits(house: House) -> None:
    """A file that is there is not replaced, and the report says why."""
    house.edit("README.md", "# Shop\n", "# Our shop\n")
    said = house.generate("--restore", "README.md").stderr
    assert "  kept      README.md: it is there; delete it before you restore it\n" in said
    assert "# Our shop\n" in house.text("README.md")


# ------------------------------------------------------------------------------------------- machine files


def test_edited_machine_file_is_kept_aside(house: House) -> None:
    """A file that is the machine's is written anew, and the edited one is kept and named."""
    generated = house.text(REGISTRY)
    house.write(REGISTRY, generated + "# mine\n")
    said = house.generate().stderr
    kept = f".pyservice/overwritten/{REGISTRY}"
    assert f"  updated   {REGISTRY}: it was edited; your version is in {kept}\n" in said
    assert house.text(REGISTRY) == generated
    assert house.text(kept) == generated + "# mine\n"
    assert house.generate().stderr == SETTLED


def test_removed_machine_file_comes_back(house: House) -> None:
    """A file that is the machine's is always there after a run."""
    before = house.files()
    (house.folder / REGISTRY).unlink()
    assert f"  created   {REGISTRY}\n" in house.generate().stderr
    assert house.changed_since(before) == []


def test_edited_machine_file_that_goes_is_kept_aside(house: House) -> None:
    """Also when it is not generated any more an edited file is kept before it is deleted."""
    path = "src/shop/gen/shop/v1/stock_pb2.py"
    house.write(path, house.text(path) + "# mine\n")
    without_stock(house)
    said = house.generate().stderr
    assert f"  deleted   {path}: it was edited; your version is in .pyservice/overwritten/{path}\n" in said
    assert house.text(f".pyservice/overwritten/{path}").endswith("# mine\n")
    assert not house.has(path)


# ----------------------------------------------------------------------------------------------- conflicts


def colliding(house: House) -> None:
    """Edit a line of the README that the next run takes out."""
    house.edit("README.md", ROW, ROW.replace("the logic", "OUR logic"))
    without_stock(house)


def test_conflict_is_marked_and_exits_with_1(house: House) -> None:
    """Where an edit and the new text collide both are in the file, and the exit code tells."""
    colliding(house)
    said = house.generate(expect=1).stderr
    assert "1 conflict" in said.splitlines()[0]
    assert "  conflict  README.md: 1 conflict, marked in the file\n" in said
    ours = ROW.replace("the logic", "OUR logic")
    marked = f"<<<<<<< yours\n{ours}\n||||||| last generated\n{ROW}\n=======\n>>>>>>> generated\n"
    assert marked in house.text("README.md")
    assert "Stock" not in house.text(REGISTRY), "everything else is brought along"


def test_conflict_stays_one_until_it_is_resolved(house: House) -> None:
    """Each run exits with 1 while markers stand, and touches the file no more; then with 0."""
    colliding(house)
    house.generate(expect=1)
    before = house.files()
    again = "  conflict  README.md: the markers of an earlier run are still in it\n"
    assert again in house.generate(expect=1).stderr
    assert again in house.generate("--check", expect=1).stdout
    assert house.changed_since(before) == []
    resolve(house)
    assert house.generate().stderr == SETTLED
    house.generate("--check")


def test_conflict_is_not_forgotten_by_another_change(house: House) -> None:
    """A run that brings something else along still exits with 1 for markers of an earlier one."""
    colliding(house)
    house.generate(expect=1)
    house.proto(CART, CLEAR)
    said = house.generate(expect=1).stderr
    assert "conflict  README.md: the markers of an earlier run are still in it" in said
    assert "async def clear(" in house.text(HANDLER)
    resolve(house)
    house.generate()
    assert house.generate().stderr == SETTLED


def test_text_that_waited_for_a_conflict_is_merged_then(house: House) -> None:
    """What is new while markers stand joins the file once they are resolved, without another edit."""
    colliding(house)
    house.generate(expect=1)
    house.proto(CART, proto("Cart", "Add", "Remove", comment="Everything about carts."))
    assert "README.md: the markers of an earlier run are still in it: resolve them" in house.generate(expect=1).stderr
    resolve(house)
    house.generate()
    assert "\nEverything about carts.\n" in house.text("README.md")
    assert "OUR logic" in house.text("README.md")


def resolve(house: House) -> None:
    """Take the user's side of the README's only conflict."""
    head, _, rest = house.text("README.md").partition("<<<<<<< yours\n")
    mine, _, rest = rest.partition("||||||| last generated\n")
    house.write("README.md", head + mine + rest.partition(">>>>>>> generated\n")[2])


def test_conflicts_can_be_kept_out_of_files(house: House) -> None:
    """--conflicts keep leaves the user's file as it is, says so and where the new text is."""
    colliding(house)
    before = house.text("README.md")
    said = house.generate("--conflicts", "keep").stderr
    kept = ".pyservice/pristine/README.md"
    assert f"  kept      README.md: 1 conflict with your edits; the generated text is in {kept}\n" in said
    assert house.text("README.md") == before
    assert ROW not in house.text(kept)
    assert house.generate().stderr == SETTLED


def test_conflicts_can_be_kept_out_by_pyservice_toml(house: House) -> None:
    """conflicts = "keep" in pyservice.toml does the same for every run."""
    colliding(house)
    house.edit("pyservice.toml", "[generate]\n", '[generate]\nconflicts = "keep"\n')
    before = house.text("README.md")
    assert "  kept      README.md: 1 conflict with your edits;" in house.generate().stderr
    assert house.text("README.md") == before
    assert house.generate("--conflicts", "markers").stderr == SETTLED


# --------------------------------------------------------------------------------------------------- parts

EDITED = "src/shop/client/base.py"


def test_part_that_is_switched_off(house: House) -> None:
    """Its files go if nobody edited them; an edited one stays, becomes the user's and is named."""
    house.write(EDITED, house.text(EDITED) + "# mine\n")
    house.edit("pyservice.toml", 'parts = ["client", "ci"]', "parts = []")
    said = house.generate().stderr
    assert f"  kept      {EDITED}: no longer generated, and yours now: you edited it\n" in said
    assert house.text(EDITED).endswith("# mine\n")
    gone = [".github/workflows/ci.yml", "src/shop/client/__init__.py", "src/shop/gen/clients.py"]
    assert all(f"  deleted   {path}\n" in said and not house.has(path) for path in gone)
    assert not (house.folder / ".github").exists()
    assert house.generate().stderr == SETTLED


def test_part_that_is_switched_on_again(house: House) -> None:
    """Its files come back; the one that stayed is not touched, and the report says where the new text is."""
    before = house.files()
    house.write(EDITED, house.text(EDITED) + "# mine\n")
    house.edit("pyservice.toml", 'parts = ["client", "ci"]', "parts = []")
    house.generate()
    house.edit("pyservice.toml", "parts = []", 'parts = ["client", "ci"]')
    said = house.generate().stderr
    assert f"  kept      {EDITED}: it was there before; the generated text is in .pyservice/pristine/{EDITED}\n" in said
    assert house.changed_since(before) == [f"changed {EDITED}"]
    assert house.text(EDITED).endswith("# mine\n")
    assert house.generate().stderr == SETTLED


def test_untouched_project_without_and_with_parts(house: House) -> None:
    """Switching everything off and on again gives the very same project."""
    before = house.files()
    house.edit("pyservice.toml", 'parts = ["client", "ci"]', "parts = []")
    house.generate()
    house.edit("pyservice.toml", "parts = []", 'parts = ["client", "ci"]')
    house.generate()
    assert house.changed_since(before) == []


def test_deleted_file_of_a_part_comes_back_with_the_part(house: House) -> None:
    """Whoever switches a part on again wants all of it, also what was deleted before."""
    (house.folder / ".github/workflows/ci.yml").unlink()
    house.edit("pyservice.toml", 'parts = ["client", "ci"]', 'parts = ["client"]')
    house.generate()
    house.edit("pyservice.toml", 'parts = ["client"]', 'parts = ["client", "ci"]')
    house.generate()
    assert house.has(".github/workflows/ci.yml")


# ---------------------------------------------------------------------------------------------- the protos


def test_unlisted_proto_is_pointed_out(house: House) -> None:
    """A proto below the roots that is neither listed nor imported is mentioned, and changes nothing."""
    house.proto("shop/v1/extra.proto", proto("Extra", "Do"))
    before = house.files()
    hint = "  left to do: shop/v1/extra.proto is not listed in pyservice.toml; add it to generate.protos to have it served"
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
    "[project]\nparts=['ci','client']\npackage='shop'\nname='shop' # ours\n",
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
    assert house.changed_since(before) == []


def test_service_without_a_handler_stops_the_start(house: House) -> None:
    """A service whose handler was deleted is named when the server starts, with the way out."""
    (house.folder / STOCK_HANDLER).unlink()
    house.generate()
    command = [PYSERVICE.parent / "python", "-m", "shop"]
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
    house.proto("shop/v1/note.proto", _NOTE.replace("UNUSED", 'import "google/protobuf/empty.proto";'))
    house.proto("other.proto", _NOTE.replace("UNUSED", "").replace("shop.v1", "other").replace("50001", "50002"))
    house.proto(STOCK, PROTOS[STOCK].replace("import ", 'import "other.proto";\nimport ').replace("(Item)", "(other.Note)"))
    house.edit("pyservice.toml", f'    "{STOCK}",\n', f'    "{STOCK}",\n    "shop/v1/note.proto",\n')
    other = copy(house, tmp_path / "other")
    house.protoc(*PROTOS, "shop/v1/note.proto")
    said = other.generate().stderr
    assert said.count("warning: Import google/protobuf/empty.proto is unused.") == 1, said
    import shutil; shutil.rmtree("/tmp/dev/mg/dd",ignore_errors=True); shutil.copytree(house.folder,"/tmp/dev/mg/dd/a"); shutil.copytree(other.folder,"/tmp/dev/mg/dd/b")
    assert differences(house.files(), other.files()) == []
    assert other.protoc(*PROTOS, "shop/v1/note.proto").stderr == SETTLED


_NOTE = """\
// Detached.

syntax = "proto3";

package shop.v1;

import "google/protobuf/descriptor.proto";
UNUSED
extend google.protobuf.FieldOptions {
  string seen_in_source_only = 50001 [retention = RETENTION_SOURCE];
}

// A note.
message Note {
  // Its text.
  string text_of_it = 1 [(seen_in_source_only) = "yes", json_name = "t"]; // behind
}
"""
