"""A package that gets another name: the user moves the folder, and everything goes on where that is."""

from tests.project.harness import CART, CLEAR, SETTLED, Project, refused
from tests.support.stubs import STUB

OWN = 'def price() -> int:\n    """What a thing costs."""\n    return 1\n'


def renamed(project: Project) -> None:
    """Ask for another package."""
    project.edit("pyservice.toml", 'package = "shop"', 'package = "store"')


def moved(project: Project) -> None:
    """Do what the sentence says."""
    (project.folder / "src" / "shop").rename(project.folder / "src" / "store")


def test_code_under_the_old_name_is_not_left_behind(project: Project) -> None:
    """A second package beside the first would be served instead of the user's code: it is refused."""
    renamed(project)
    assert refused(project) == (
        "pyservice: the package of this project is shop, and the new one is store: run "
        "`git mv src/shop src/store`, write store in your own imports, and generate again.\n"
    )


def test_edits_move_along(project: Project) -> None:
    """Edited files are merged in their new place, deleted ones stay deleted, and the next run is up to date."""
    project.edit("src/shop/app.py", '"""The resources of this service', '"""Mine. The resources of this service')
    (project.folder / "src/shop/interceptors/__init__.py").unlink()
    project.write("src/shop/prices.py", OWN)
    renamed(project)
    moved(project)
    said = project.generate().said
    assert "conflict" not in said
    assert '"""Mine. The resources of this service' in project.text("src/store/app.py")
    assert "python -m store" in project.text("src/store/__main__.py")
    assert project.text("src/store/prices.py") == OWN
    assert not project.has("src/store/interceptors/__init__.py")
    assert not (project.folder / "src" / "shop").exists()
    assert '"file src/shop/' not in project.text(".pyservice/lock.json")
    assert project.generate().stderr == SETTLED


def test_the_handlers_go_on_growing(project: Project) -> None:
    """An RPC that joins the proto gets its stub under the new name, beside what was written under the old one."""
    project.edit("src/shop/handlers/stock.py", STUB, f"{STUB} mine")
    renamed(project)
    moved(project)
    project.proto(CART, CLEAR)
    project.generate()
    assert "async def clear(" in project.text("src/store/handlers/cart.py")
    assert f"{STUB} mine" in project.text("src/store/handlers/stock.py")


def test_imports_by_the_old_name_are_pointed_out(project: Project) -> None:
    """They are the user's to change; the report says where they are, and with them changed the tests pass."""
    project.write("src/shop/prices.py", "import shop_tools\nfrom shop.errors import NotFound\n")
    renamed(project)
    moved(project)
    said = project.generate().stderr
    assert "action needed: src/store/prices.py:2: imports shop, which is store now\n" in said
    assert "prices.py:1" not in said
    assert "action needed: tests/handlers/test_cart.py:" in said
    (project.folder / "src/store/prices.py").unlink()
    for service in ("cart", "stock"):
        path = f"tests/handlers/test_{service}.py"
        project.write(path, project.text(path).replace("from shop.", "from store."))
    done = project.tests()
    assert done.returncode == 0, done.said


def test_protoc_follows_too(project: Project) -> None:
    """Through protoc, which cannot delete, the new place is right; the rest of the old one is harmless."""
    renamed(project)
    moved(project)
    project.protoc(CART, "shop/v1/stock.proto", "shop/v1/types.proto")
    assert "python -m store" in project.text("src/store/__main__.py")
    assert project.generate().returncode == 0
    assert project.generate().stderr == SETTLED
