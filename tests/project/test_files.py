"""What becomes of files that people deleted, edited, or do not want any more."""

from tests.project.harness import (
    CART,
    CLEAR,
    EVERY_PART,
    HANDLER,
    REGISTRY,
    SETTLED,
    STOCK,
    STOCK_TEST,
    Project,
    proto,
    refused,
    without_stock,
)

ROW = "| `src/shop/handlers/stock.py` | the logic of `shop.v1.Stock` |"
"""A line of the README that leaves together with the service."""


# ------------------------------------------------------------------------------------------- deleted files


def test_deleted_files_stay_deleted(project: Project) -> None:
    """What the user deleted does not come back, whatever else changes."""
    for path in ("Makefile", "README.md", HANDLER, STOCK_TEST):
        (project.folder / path).unlink()
    assert project.generate().stderr == SETTLED
    project.proto(CART, CLEAR)
    project.proto(STOCK, proto("Stock", "Count", "Order"))
    project.generate()
    assert not any(project.has(path) for path in ("Makefile", "README.md", HANDLER, STOCK_TEST))


def test_report_says_how_to_bring_a_file_back(project: Project) -> None:
    """When there would be something new in a deleted file, the report names the way, and it works."""
    without_stock(project)
    (project.folder / "README.md").unlink()
    said = project.generate().stderr
    assert "  kept      README.md: it stays deleted; --restore README.md restores it\n" in said
    assert "  created   README.md\n" in project.generate("--restore", "README.md").stderr
    assert "# Shop" in project.text("README.md")
    assert project.generate().stderr == SETTLED


def test_report_says_how_to_bring_a_handler_back(project: Project) -> None:
    """A deleted handler is named when its service changes, and comes back with all its RPCs."""
    (project.folder / HANDLER).unlink()
    project.proto(CART, CLEAR)
    assert f"{HANDLER} was deleted and stays deleted; --restore {HANDLER} restores it" in project.generate().stderr
    project.generate("--restore", HANDLER)
    assert all(f"async def {name}(" in project.text(HANDLER) for name in ("add", "remove", "clear"))


def test_several_files_are_restored_at_once(project: Project) -> None:
    """--restore may be given several times."""
    paths = ("Makefile", HANDLER, "pyproject.toml")
    before = project.files()
    for path in paths:
        (project.folder / path).unlink()
    project.generate(*(word for path in paths for word in ("--restore", path)))
    assert project.changed_since(before) == []


def test_restore_through_protoc(project: Project) -> None:
    """The plugin's option does the same, and its report calls it by its own name."""
    without_stock(project)
    (project.folder / "README.md").unlink()
    said = project.protoc(CART, options=("prune=true",)).stderr
    assert "  kept      README.md: it stays deleted; restore=README.md restores it\n" in said
    project.protoc(CART, options=("restore=README.md",))
    assert project.has("README.md")


def test_restore_of_what_was_never_generated(project: Project) -> None:
    """A slip in the path of a file to restore is pointed out."""
    assert refused(project, "--restore", "Makfile") == (
        "pyservice: restore=Makfile is not possible: no file of that name is generated here.\n"
    )


def test_restore_does_not_undo_edits(project: Project) -> None:
    """A file that is there is not replaced, and the report says why."""
    project.edit("README.md", "# Shop\n", "# Our shop\n")
    said = project.generate("--restore", "README.md").stderr
    assert "  kept      README.md: the file exists; delete it before you restore it\n" in said
    assert "# Our shop\n" in project.text("README.md")


# ------------------------------------------------------------------------------------------- generated files


def test_edited_generated_file_is_kept_aside(project: Project) -> None:
    """A file that is the generator's is generated again, and the edited one is kept and named."""
    generated = project.text(REGISTRY)
    project.write(REGISTRY, generated + "# mine\n")
    said = project.generate().stderr
    kept = f".pyservice/overwritten/{REGISTRY}"
    assert f"  updated   {REGISTRY}: it was edited; your version is in {kept}\n" in said
    assert project.text(REGISTRY) == generated
    assert project.text(kept) == generated + "# mine\n"
    assert project.generate().stderr == SETTLED


def test_removed_generated_file_comes_back(project: Project) -> None:
    """A file that is the generator's is always there after a run."""
    before = project.files()
    (project.folder / REGISTRY).unlink()
    assert f"  created   {REGISTRY}\n" in project.generate().stderr
    assert project.changed_since(before) == []


def test_edited_generated_file_that_goes_is_kept_aside(project: Project) -> None:
    """Also when it is not generated any more an edited file is kept before it is deleted."""
    path = "src/shop/gen/shop/v1/stock_pb2.py"
    project.write(path, project.text(path) + "# mine\n")
    without_stock(project)
    said = project.generate().stderr
    assert f"  deleted   {path}: it was edited; your version is in .pyservice/overwritten/{path}\n" in said
    assert project.text(f".pyservice/overwritten/{path}").endswith("# mine\n")
    assert not project.has(path)


# ----------------------------------------------------------------------------------------------- conflicts


def colliding(project: Project) -> None:
    """Edit a line of the README that the next run takes out."""
    project.edit("README.md", ROW, ROW.replace("the logic", "OUR logic"))
    without_stock(project)


def test_conflict_is_marked_and_exits_with_1(project: Project) -> None:
    """Where an edit and the new text collide both are in the file, and the exit code tells."""
    colliding(project)
    said = project.generate(expect=1).stderr
    assert "1 conflict" in said.splitlines()[0]
    assert "  conflict  README.md: 1 conflict, marked in the file\n" in said
    ours = ROW.replace("the logic", "OUR logic")
    marked = f"<<<<<<< yours\n{ours}\n||||||| last generated\n{ROW}\n=======\n>>>>>>> generated\n"
    assert marked in project.text("README.md")
    assert "Stock" not in project.text(REGISTRY), "everything else is updated"


def test_conflict_stays_one_until_it_is_resolved(project: Project) -> None:
    """Each run exits with 1 while markers stand, and touches the file no more; then with 0."""
    colliding(project)
    project.generate(expect=1)
    before = project.files()
    again = "  conflict  README.md: it still has conflict markers\n"
    assert again in project.generate(expect=1).stderr
    assert again in project.generate("--check", expect=1).stdout
    assert project.changed_since(before) == []
    resolve(project)
    assert project.generate().stderr == SETTLED
    project.generate("--check")


def test_conflict_is_not_forgotten_by_another_change(project: Project) -> None:
    """A run that brings something else along still exits with 1 for markers of an earlier one."""
    colliding(project)
    project.generate(expect=1)
    project.proto(CART, CLEAR)
    said = project.generate(expect=1).stderr
    assert "conflict  README.md: it still has conflict markers" in said
    assert "async def clear(" in project.text(HANDLER)
    resolve(project)
    project.generate()
    assert project.generate().stderr == SETTLED


def test_text_that_waited_for_a_conflict_is_merged_then(project: Project) -> None:
    """What is new while markers stand joins the file once they are resolved, without another edit."""
    colliding(project)
    project.generate(expect=1)
    project.proto(CART, proto("Cart", "Add", "Remove", comment="Everything about carts."))
    assert "README.md: it still has conflict markers: resolve them" in project.generate(expect=1).stderr
    resolve(project)
    project.generate()
    assert "\nEverything about carts.\n" in project.text("README.md")
    assert "OUR logic" in project.text("README.md")


def resolve(project: Project) -> None:
    """Take the user's side of the README's only conflict."""
    head, _, rest = project.text("README.md").partition("<<<<<<< yours\n")
    mine, _, rest = rest.partition("||||||| last generated\n")
    project.write("README.md", head + mine + rest.partition(">>>>>>> generated\n")[2])


def test_conflicts_can_be_kept_out_of_files(project: Project) -> None:
    """--conflicts keep leaves the user's file as it is, says so and where the new text is."""
    colliding(project)
    before = project.text("README.md")
    said = project.generate("--conflicts", "keep").stderr
    way_out = "move it away and --restore README.md writes the generated text"
    assert f"  kept      README.md: 1 conflict with your edits; {way_out}\n" in said
    assert project.text("README.md") == before
    assert project.generate().stderr == SETTLED
    (project.folder / "README.md").unlink()
    project.generate("--restore", "README.md")
    assert ROW not in project.text("README.md")


def test_conflicts_can_be_kept_out_by_pyservice_toml(project: Project) -> None:
    """conflicts = "keep" in pyservice.toml does the same for every run."""
    colliding(project)
    project.edit("pyservice.toml", "[generate]\n", '[generate]\nconflicts = "keep"\n')
    before = project.text("README.md")
    assert "  kept      README.md: 1 conflict with your edits;" in project.generate().stderr
    assert project.text("README.md") == before
    assert project.generate("--conflicts", "markers").stderr == SETTLED


# --------------------------------------------------------------------------------------------------- parts

EDITED = "load/report.py"


def test_part_that_is_switched_off(project: Project) -> None:
    """Its unedited files are deleted; an edited one stays, becomes the user's and is reported."""
    project.write(EDITED, project.text(EDITED) + "# mine\n")
    project.edit("pyservice.toml", EVERY_PART, "parts = []")
    said = project.generate().stderr
    assert f"  kept      {EDITED}: no longer generated, and yours now: you edited it\n" in said
    assert project.text(EDITED).endswith("# mine\n")
    gone = [".github/workflows/ci.yml", "src/shop/runtime/client/__init__.py", "src/shop/gen/clients.py"]
    assert "  deleted   .github/workflows/ci.yml\n" in said or " more\n" in said
    assert not any(project.has(path) for path in gone)
    assert not (project.folder / ".github").exists()
    assert project.generate().stderr == SETTLED


def test_part_that_is_switched_on_again(project: Project) -> None:
    """Its files come back; the one that stayed is not touched, and the report says where the new text is."""
    before = project.files()
    project.write(EDITED, project.text(EDITED) + "# mine\n")
    project.edit("pyservice.toml", EVERY_PART, "parts = []")
    project.generate()
    project.edit("pyservice.toml", "parts = []", EVERY_PART)
    said = project.generate().stderr
    assert f"  kept      {EDITED}: it existed before; move it away and --restore {EDITED} writes" in said
    assert project.changed_since(before) == [f"changed {EDITED}"]
    assert project.text(EDITED).endswith("# mine\n")
    assert project.generate().stderr == SETTLED


def test_untouched_project_without_and_with_parts(project: Project) -> None:
    """Switching everything off and on again gives the very same project."""
    before = project.files()
    project.edit("pyservice.toml", EVERY_PART, "parts = []")
    project.generate()
    project.edit("pyservice.toml", "parts = []", EVERY_PART)
    project.generate()
    assert project.changed_since(before) == []


def test_deleted_file_of_a_part_comes_back_with_the_part(project: Project) -> None:
    """A part that is switched on again is complete, also with files that were deleted before."""
    (project.folder / ".github/workflows/ci.yml").unlink()
    without = EVERY_PART.replace('    "ci",\n', "")
    project.edit("pyservice.toml", EVERY_PART, without)
    project.generate()
    project.edit("pyservice.toml", without, EVERY_PART)
    project.generate()
    assert project.has(".github/workflows/ci.yml")
