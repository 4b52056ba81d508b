"""A package that gets another name: its owner moves the folder, and everything goes on where that is."""

from tests.project.kit import CART, CLEAR, SETTLED, House, refused

OWN = 'def price() -> int:\n    """What a thing costs."""\n    return 1\n'


def renamed(house: House) -> None:
    """Ask for another package."""
    house.edit("pyservice.toml", 'package = "shop"', 'package = "store"')


def moved(house: House) -> None:
    """Do what the sentence says."""
    (house.folder / "src" / "shop").rename(house.folder / "src" / "store")


def test_code_under_the_old_name_is_not_left_behind(house: House) -> None:
    """A second package beside the first would be served instead of what somebody wrote: it is refused."""
    renamed(house)
    assert refused(house) == (
        "pyservice: the package of this project is shop, and now store is asked for: run "
        "`git mv src/shop src/store`, write store in your own imports, and generate again.\n"
    )


def test_edits_move_along(house: House) -> None:
    """What was edited is merged where it stands now, what was deleted stays deleted, and the next run has nothing to do."""
    house.edit("src/shop/app.py", '"""What this service', '"""Mine. What this service')
    (house.folder / "src/shop/server/redaction.py").unlink()
    house.write("src/shop/prices.py", OWN)
    renamed(house)
    moved(house)
    said = house.generate().said
    assert "conflict" not in said
    assert '"""Mine. What this service' in house.text("src/store/app.py")
    assert "python -m store" in house.text("src/store/__main__.py")
    assert house.text("src/store/prices.py") == OWN
    assert not house.has("src/store/server/redaction.py")
    assert not (house.folder / "src" / "shop").exists()
    assert not (house.folder / ".pyservice" / "pristine" / "src" / "shop").exists()
    assert house.generate().stderr == SETTLED


def test_the_handlers_go_on_growing(house: House) -> None:
    """An RPC that joins the proto gets its stub under the new name, beside what was written under the old one."""
    house.edit("src/shop/handlers/stock.py", "raise NotWritten", "raise NotWritten  # mine")
    renamed(house)
    moved(house)
    house.proto(CART, CLEAR)
    house.generate()
    assert "async def clear(" in house.text("src/store/handlers/cart.py")
    assert "raise NotWritten  # mine" in house.text("src/store/handlers/stock.py")


def test_imports_by_the_old_name_are_pointed_out(house: House) -> None:
    """They are a person's to change; the report says where they are, and with them changed the tests pass."""
    house.write("src/shop/prices.py", "import shop_tools\nfrom shop.errors import NotFound\n")
    renamed(house)
    moved(house)
    said = house.generate().stderr
    assert "left to do: src/store/prices.py:2: imports shop, which is called store\n" in said
    assert "prices.py:1" not in said
    assert "left to do: tests/handlers/test_cart.py:" in said
    (house.folder / "src/store/prices.py").unlink()
    for service in ("cart", "stock"):
        path = f"tests/handlers/test_{service}.py"
        house.write(path, house.text(path).replace("from shop.", "from store."))
    done = house.tests()
    assert done.returncode == 0, done.said


def test_protoc_follows_too(house: House) -> None:
    """Through protoc, which cannot delete, the new place is right; what is left of the old one harms nobody."""
    renamed(house)
    moved(house)
    house.protoc(CART, "shop/v1/stock.proto", "shop/v1/types.proto")
    assert "python -m store" in house.text("src/store/__main__.py")
    assert house.generate().returncode == 0
    assert house.generate().stderr == SETTLED
