"""What random edits found, each as a test of its own."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.regenerate.contract_edits import (
    AddFile,
    AddRpc,
    AddService,
    MoveService,
    ProtoEdit,
    RemoveFile,
    RemoveRpc,
    RemoveService,
    RenameFile,
    RenameService,
    Retype,
    SetPackage,
    changed,
)
from tests.regenerate.edits_of_tests import WriteTest
from tests.regenerate.file_edits import EditGenerated, ListByPattern, OlderGenerator, TogglePart
from tests.regenerate.handler_edits import MoveClass, MoveFile
from tests.regenerate.project import Project
from tests.regenerate.sandbox import plugin
from tests.regenerate.serving import assert_served
from tests.regenerate.style_edits import Break, Repair
from tests.regenerate.user import Edit
from tests.support.own_tests import own_tests

CART = "src/shop/handlers/cart.py"
TEST_CART = "tests/handlers/test_cart.py"
Row = Sequence[ProtoEdit | Edit]


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """A project with one service."""
    return Project(tmp_path, "small")


@pytest.fixture
def wide(tmp_path: Path) -> Project:
    """A project with three services in two files."""
    return Project(tmp_path, "wide")


def play(project: Project, *rows: Row, entry_point: str = "generate") -> None:
    """Steps through one entry point, and a start at the end."""
    for edits in rows:
        project.step(edits, entry_point)
    assert_served(project)


def test_file_by_file_ends_where_it_began(small: Project) -> None:
    """protoc for one file after the other, in whatever order and again and again, changes nothing."""
    play(small, [AddFile(0, 4)])
    before = small.sandbox.files()
    for name in ("shop.proto", "cart.proto", "shop.proto"):
        assert plugin(small.sandbox, [name]).code == 0
        assert small.sandbox.files() == before


def test_a_pattern_sorts_the_protos_otherwise(small: Project) -> None:
    """That changes nothing: the files keep the order of the first run."""
    play(small, [AddFile(0, 4)])
    before = small.sandbox.read("docs/api.md")
    play(small, [ListByPattern()])
    assert small.sandbox.read("docs/api.md") == before


def test_a_service_returns_under_a_name_that_was_given(small: Project) -> None:
    """It left its package as another service and comes back as itself: the class that serves it stays its handler."""
    play(small, [SetPackage(0, 3), AddRpc(0, 0)], [SetPackage(0, 0)])
    assert small.outcome.changes == ("rename service Cart -> shop.Cart: Cart2 stays its handler",)


def test_what_protoc_cannot_delete_goes_later(wide: Project) -> None:
    """protoc leaves the modules of a renamed proto; the next `pyservice generate` takes them away, edits or not."""
    wide.step([RenameFile(0, 3)], "plugin")
    assert wide.sandbox.read("src/acme/gen/acme/v1/shop_pb2.py") is not None
    wide.step([])
    assert wide.sandbox.read("src/acme/gen/acme/v1/shop_pb2.py") is None


def test_a_proto_that_was_taken_off_the_list_stays_off(wide: Project) -> None:
    """protoc for the other protos does not list it again, which would keep `pyservice generate` from running."""
    play(wide, [RemoveFile(1), AddRpc(0, 0)], entry_point="plugin")
    assert b"cart.proto" not in (wide.sandbox.read("pyservice.toml") or b"")
    play(wide, [])


def test_a_proto_that_was_listed_by_hand_stays_listed(small: Project) -> None:
    """protoc for another proto does not take it off the list."""
    text = (small.sandbox.read("pyservice.toml") or b"").replace(b"protos = [\n", b'protos = [\n    "next.proto",\n')
    small.sandbox.write("pyservice.toml", text)
    assert plugin(small.sandbox, ["shop.proto"]).code == 0
    assert small.sandbox.read("pyservice.toml") == text


def test_every_edit_of_generated_files_is_kept(small: Project) -> None:
    """A second edit of such a file does not take the place of the first."""
    play(small, [EditGenerated(0, 3, False)], [EditGenerated(0, 3, False)], [EditGenerated(0, 3, False)])
    aside = [path for path in small.sandbox.files() if path.startswith(".pyservice/overwritten/")]
    assert sorted(aside) == [f".pyservice/overwritten/docs/api.md{end}" for end in ("", ".2", ".3")]


def test_an_edited_module_that_protoc_leaves_is_kept_once(small: Project) -> None:
    """It stays where it is until `pyservice generate` deletes it and keeps the edit."""
    generated = small.user.generated()
    edit = EditGenerated(generated.index("src/shop/gen/shop_pb2.py"), 5, False)
    small.step([edit, RenameFile(0, 1)], "plugin")
    assert small.sandbox.read(".pyservice/overwritten/src/shop/gen/shop_pb2.py") is None
    small.step([])
    assert b"mine 1" in (small.sandbox.read(".pyservice/overwritten/src/shop/gen/shop_pb2.py") or b"")


def test_a_class_of_a_removed_service_beside_another(wide: Project) -> None:
    """It would keep the other from being imported; the report says where it is and what to do."""
    wide.step([MoveClass(0, 0)])
    wide.step([RemoveService(1)])
    assert wide.outcome.todo == (
        "src/acme/handlers/orders.py:32: Cart is the handler of acme.v1.Cart, which was removed, "
        "so this file cannot be imported: delete the class and its imports",
    )


def test_the_tests_of_a_removed_service_do_not_fail(wide: Project) -> None:
    """Unedited ones go with it, so that the project stays green; edited ones are reported."""
    wide.step([RemoveService(1)])
    done = own_tests(wide.sandbox.root)
    assert done.returncode == 0, done.said
    tests = wide.user.tests()
    wide.step([WriteTest(tests.index("tests/handlers/test_orders.py"), 0), RemoveService(1)])
    assert wide.outcome.todo == ("tests/handlers/test_orders.py:15 test_send still calls send, which was removed",)


def test_a_service_without_rpcs_whose_module_goes(small: Project) -> None:
    """Its handler imports the module for methods that are left over: the report names the import."""
    small.step([RemoveRpc(0), RemoveRpc(0)])
    small.step([RenameFile(0, 1)])
    assert small.outcome.todo == (
        "src/shop/handlers/cart.py:10: shop.gen.shop_pb2 was removed, so the program cannot start",
    )


def test_a_broken_file_whose_module_goes(small: Project) -> None:
    """What cannot be parsed cannot be led to the new module: the report says what will be missing."""
    small.step([Break(0, 292), RenameFile(0, 4)])
    assert any("if it imports shop.gen.shop_pb2, which was removed" in todo for todo in small.outcome.todo)
    assert any(todo.startswith(f"{CART}:") for todo in small.outcome.todo)


def test_stubs_that_wait_go_with_their_service(small: Project) -> None:
    """A method that a broken file could not get is added when it is repaired, in whatever package the service is by then."""
    play(
        small,
        [Break(0, 190), AddRpc(0, 4), AddFile(5, 1)],
        [MoveService(0, 1), Repair()],
    )
    assert b"async def watch" in (small.sandbox.read(CART) or b"")
    assert len([line for line in (small.sandbox.read(CART) or b"").splitlines() if b"async def" in line]) == 3


def test_conflicts_in_a_file_that_is_not_generated_any_more(wide: Project) -> None:
    """They are still conflicts, and the exit code says so."""
    workflow = wide.user.merged().index(".github/workflows/ci.yml")
    wide.step([OlderGenerator(workflow, 5, True, True)])
    assert wide.outcome.code == 1
    wide.step([TogglePart(1)])
    assert wide.outcome.code == 1


def test_a_handler_deleted_with_its_service_is_new_when_it_returns(small: Project) -> None:
    """The report says that the file can be deleted; that does not mean that it stays away for ever."""
    small.step([AddService(0, 0)])
    small.step([RemoveService(1)])
    for path in ("src/shop/handlers/orders.py", "tests/handlers/test_orders.py"):
        small.user.remove(path)
    play(small, [AddService(0, 0)])
    assert small.sandbox.read("src/shop/handlers/orders.py") is not None


def test_a_service_that_returns_finds_its_handler(small: Project) -> None:
    """Also where the user has moved it to in the meantime: a second class would keep the service from starting."""
    small.step([AddService(0, 0)])
    moved = small.user.handlers().index("src/shop/handlers/orders.py")
    small.step([MoveFile(moved, False)])
    small.step([RemoveService(1)])
    play(small, [AddService(0, 0)])
    assert small.sandbox.read("src/shop/handlers/orders.py") is None


def test_a_handler_that_was_there_before_its_service(small: Project) -> None:
    """A class that was written before its proto gets the stubs; no second one is created."""
    ahead = b"from ..gen.servicers import SearchServicer\n\n\nclass Ahead(SearchServicer):\n    limit = 1  # mine 1\n"
    small.user.next = 2
    small.sandbox.write("src/shop/handlers/ahead.py", ahead)
    play(small, [AddService(0, 1)])
    assert small.sandbox.read("src/shop/handlers/search.py") is None
    assert b"async def get(" in (small.sandbox.read("src/shop/handlers/ahead.py") or b"")


def test_one_half_of_a_split_file(wide: Project) -> None:
    """protoc for the new file alone is refused: the old one, which it knows of before, defines the same."""
    wide.contract = changed(wide.contract, MoveService(2, 0, True))
    wide.sandbox.write_protos(wide.contract.texts())
    before = wide.sandbox.files()
    outcome = plugin(wide.sandbox, ["acme/v1/shop.proto"])
    assert "cart.proto was generated into this project earlier and defines acme.v1.Order," in outcome.said
    assert wide.sandbox.files() == before


def test_a_proto_that_imports_a_renamed_one(wide: Project) -> None:
    """protoc for the renamed file alone is refused in a sentence, not by the compiler's own words."""
    wide.contract.files[0].name = "acme/v2/shop.proto"
    wide.sandbox.write_protos(wide.contract.texts())
    outcome = plugin(wide.sandbox, ["acme/v2/shop.proto"])
    assert outcome.said == (
        "cart.proto was generated into this project earlier and imports acme/v1/shop.proto, whose types are in "
        "acme/v2/shop.proto now: run protoc on cart.proto too, or remove it with --pyservice_opt=prune=true."
    )


def test_an_import_becomes_a_target(wide: Project) -> None:
    """A proto that was only imported and is generated now is a change, though no file differs."""
    wide.contract = changed(wide.contract, AddFile(4, 1))
    wide.contract = changed(wide.contract, Retype(0, 3, 3))
    wide.sandbox.write_protos(wide.contract.texts())
    names = list(wide.contract.texts())
    wide.user.list_protos(names)
    assert plugin(wide.sandbox, names[:2]).code == 0
    wide.step([])
    assert b"### acme.v1.Note" in (wide.sandbox.read("docs/api.md") or b"")


def test_a_deleted_handler_stays_deleted(small: Project) -> None:
    """Whatever happens to its service, as long as there is one; --restore restores it."""
    small.user.remove(CART)
    small.step([AddRpc(0, 4)])
    assert any("restore" in todo for todo in small.outcome.todo)
    small.step([RenameService(0, 0)])
    assert small.sandbox.read("src/shop/handlers/orders.py") is not None


def test_rpcs_come_and_go_while_the_client_is_off(small: Project) -> None:
    """Tests need the client and are left alone without it; with it they are updated with all that happened."""
    small.step([TogglePart(0)])
    tests = small.sandbox.read(TEST_CART)
    assert "its part is switched off; delete the file when you no longer need it" in small.outcome.said
    small.step([AddRpc(0, 4, place=2), RemoveRpc(0)])
    handler = small.sandbox.read(CART) or b""
    assert [line.split()[2].split(b"(")[0] for line in handler.splitlines() if b"async def" in line] == [
        b"add",
        b"watch",
        b"get_url",
    ]
    assert small.sandbox.read(TEST_CART) == tests
    play(small, [TogglePart(0)])
    after = small.sandbox.read(TEST_CART) or b""
    assert after.startswith(tests or b"-")
    assert after.count(b"async def test_") == 3
    assert small.outcome.todo == (f"{TEST_CART}:13 test_add calls add, which is not an RPC of shop.Cart",)


def test_a_service_goes_while_the_client_is_off(wide: Project) -> None:
    """Its tests are left as they are, and the report says that they can be deleted."""
    tests = wide.sandbox.read("tests/handlers/test_orders.py")
    play(wide, [TogglePart(0), RemoveService(2)])
    assert wide.sandbox.read("tests/handlers/test_orders.py") == tests
    assert "acme.v1.Orders was removed from the protos; delete the file when you no longer need it" in wide.outcome.said
    play(wide, [TogglePart(0)])
    assert wide.sandbox.read("tests/handlers/test_orders.py") == tests


def test_the_client_comes_back_with_changes(small: Project) -> None:
    """An unedited test follows its RPC in the very run that restores the part."""
    play(small, [TogglePart(0)], [TogglePart(0), RemoveRpc(0), AddRpc(0, 4)])
    after = small.sandbox.read(TEST_CART) or b""
    assert b"test_add" not in after
    assert after.count(b"async def test_") == 2
