"""What becomes of files that people deleted, edited, or do not want any more."""

from tests.project.kit import (
    CART,
    CLEAR,
    EVERY_PART,
    HANDLER,
    REGISTRY,
    SETTLED,
    STOCK,
    STOCK_TEST,
    House,
    proto,
    refused,
    without_stock,
)

ROW = "| `src/shop/handlers/stock.py` | the logic of `shop.v1.Stock` |"
"""A line of the README that leaves together with the service."""


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
    again = "  conflict  README.md: conflict markers are still in it\n"
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
    assert "conflict  README.md: conflict markers are still in it" in said
    assert "async def clear(" in house.text(HANDLER)
    resolve(house)
    house.generate()
    assert house.generate().stderr == SETTLED


def test_text_that_waited_for_a_conflict_is_merged_then(house: House) -> None:
    """What is new while markers stand joins the file once they are resolved, without another edit."""
    colliding(house)
    house.generate(expect=1)
    house.proto(CART, proto("Cart", "Add", "Remove", comment="Everything about carts."))
    assert "README.md: conflict markers are still in it: resolve them" in house.generate(expect=1).stderr
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
    house.edit("pyservice.toml", EVERY_PART, "parts = []")
    said = house.generate().stderr
    assert f"  kept      {EDITED}: no longer generated, and yours now: you edited it\n" in said
    assert house.text(EDITED).endswith("# mine\n")
    gone = [".github/workflows/ci.yml", "src/shop/client/__init__.py", "src/shop/gen/clients.py"]
    assert "  deleted   .github/workflows/ci.yml\n" in said or " more\n" in said
    assert not any(house.has(path) for path in gone)
    assert not (house.folder / ".github").exists()
    assert house.generate().stderr == SETTLED


def test_part_that_is_switched_on_again(house: House) -> None:
    """Its files come back; the one that stayed is not touched, and the report says where the new text is."""
    before = house.files()
    house.write(EDITED, house.text(EDITED) + "# mine\n")
    house.edit("pyservice.toml", EVERY_PART, "parts = []")
    house.generate()
    house.edit("pyservice.toml", "parts = []", EVERY_PART)
    said = house.generate().stderr
    assert f"  kept      {EDITED}: it was there before; the generated text is in .pyservice/pristine/{EDITED}\n" in said
    assert house.changed_since(before) == [f"changed {EDITED}"]
    assert house.text(EDITED).endswith("# mine\n")
    assert house.generate().stderr == SETTLED


def test_untouched_project_without_and_with_parts(house: House) -> None:
    """Switching everything off and on again gives the very same project."""
    before = house.files()
    house.edit("pyservice.toml", EVERY_PART, "parts = []")
    house.generate()
    house.edit("pyservice.toml", "parts = []", EVERY_PART)
    house.generate()
    assert house.changed_since(before) == []


def test_deleted_file_of_a_part_comes_back_with_the_part(house: House) -> None:
    """Whoever switches a part on again wants all of it, also what was deleted before."""
    (house.folder / ".github/workflows/ci.yml").unlink()
    without = EVERY_PART.replace('    "ci",\n', "")
    house.edit("pyservice.toml", EVERY_PART, without)
    house.generate()
    house.edit("pyservice.toml", without, EVERY_PART)
    house.generate()
    assert house.has(".github/workflows/ci.yml")
