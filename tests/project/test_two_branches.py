"""Two people change the protos on two branches, generate and commit; git merges; one command brings it together."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import grpc
import pytest

from tests.project.kit import CART, EVERY_PART, HANDLER, MESSAGES, STOCK, TYPES, House, make, proto
from tests.support.command import Finished, run
from tests.support.server import Rpc, refusal, serving

ORDERS = "shop/v1/orders.proto"
SETTLED = "nothing to do, everything is as it should be"

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

SPLIT: Mapping[str, str] = {TYPES: MESSAGES, CART: proto("Cart", "Add", "Remove"), STOCK: proto("Stock", "Count")}
"""Each service in a file of its own."""


def together(*services: tuple[str, tuple[str, ...]]) -> Mapping[str, str]:
    """All services in one file."""
    texts = [proto(name, *rpcs).partition("//")[2] for name, rpcs in services]
    return {CART: MESSAGES + "".join(f"\n//{text}" for text in texts)}


class Repository:
    """A project in a git repository."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("generated")

    def git(self, *arguments: str, expect: int = 0) -> str:
        """Run git. Raises AssertionError for another exit code than expected."""
        done = self._git(*arguments)
        assert done.returncode == expect, done.said
        return done.stdout

    def _git(self, *arguments: str) -> Finished:
        env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
        who = ["-c", "user.name=A Person", "-c", "user.email=person@example.com"]
        return run(["git", *who, *arguments], self.house.folder, env)

    def commit(self, message: str) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def branch(self, name: str) -> None:
        """Begin a branch where main is."""
        self.git("checkout", "--quiet", "-b", name, "main")

    def merge(self, name: str) -> set[str]:
        """Merge a branch; the files in which git found conflicts."""
        self._git("merge", "--quiet", "--no-edit", name)
        return set(self.git("diff", "--name-only", "--diff-filter=U").split())


def first(repository: Repository, protos: Mapping[str, str]) -> None:
    """One person adds an RPC to the cart and writes its logic."""
    house = repository.house
    repository.branch("first")
    for name, content in protos.items():
        house.proto(name, content)
    house.generate()
    head, _, rest = house.text(HANDLER).partition("async def clear(")
    assert rest.count("raise NotWritten") == 1
    module = "types_pb2" if house.has(f"proto/{TYPES}") else "cart_pb2"
    house.write(HANDLER, head + "async def clear(" + rest.replace("raise NotWritten", f"return {module}.Nothing()"))
    repository.commit("Carts can be cleared")


def second(repository: Repository, protos: Mapping[str, str], listed: bool) -> None:
    """Another person adds a service, and an RPC to the stock."""
    house = repository.house
    repository.branch("second")
    for name, content in protos.items():
        house.proto(name, content)
    if listed:
        house.edit("pyservice.toml", f'    "{STOCK}",\n', f'    "{STOCK}",\n    "{ORDERS}",\n')
    house.generate()
    repository.commit("Orders")


@pytest.fixture(params=["split", "together"])
def layout(request: pytest.FixtureRequest) -> str:
    """Whether each service has a proto of its own."""
    return str(request.param)


@pytest.fixture(params=["with .gitattributes", "without .gitattributes"])
def attributes(request: pytest.FixtureRequest) -> bool:
    """Whether git was told how to merge what is generated."""
    return str(request.param).startswith("with ")


@pytest.fixture
def repository(tmp_path: Path, layout: str, attributes: bool) -> Repository:
    """The two branches, on neither of which anything is left to do; main is where they began."""
    folder = tmp_path / "shop"
    if layout == "split":
        house = make(folder, SPLIT)
        changes = {CART: proto("Cart", "Add", "Remove", "Clear")}, {
            STOCK: proto("Stock", "Count", "Order"),
            ORDERS: proto("Orders", "Place"),
        }
    else:
        cart, stock, orders = ("Cart", ("Add", "Remove")), ("Stock", ("Count",)), ("Orders", ("Place",))
        house = make(folder, together(cart, stock))
        changes = (
            dict(together((cart[0], (*cart[1], "Clear")), stock)),
            dict(together(cart, (stock[0], (*stock[1], "Order")), orders)),
        )
    if not attributes:
        (folder / ".gitattributes").unlink()
    found = Repository(house)
    first(found, changes[0])
    second(found, changes[1], layout == "split")
    found.git("checkout", "--quiet", "main")
    return found


def served(house: House, log: Path) -> dict[str, tuple[grpc.StatusCode, str]]:
    """How each RPC of both branches answers."""
    names = ("Cart/Add", "Cart/Remove", "Cart/Clear", "Stock/Count", "Stock/Order", "Orders/Place")
    with (
        serving(house.folder, "shop", log) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        answers = {}
        for name in names:
            service, _, rpc = name.partition("/")
            answers[name] = refusal(channel, Rpc(f"shop.v1.{service}", rpc, False, False))
    return answers


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")], ids=lambda order: "+".join(order))
def test_merged_branches_generate_a_working_project(
    repository: Repository, attributes: bool, order: tuple[str, str], tmp_path: Path
) -> None:
    """After `git merge` one `pyservice generate` serves what both added, and the tests pass."""
    house = repository.house
    assert repository.merge(order[0]) == set()
    conflicts = repository.merge(order[1])
    assert all(generated_only(path) for path in conflicts), conflicts
    assert attributes is False or conflicts <= {".pyservice/descriptors.binpb"}
    report = house.generate().stderr
    assert "overwritten" not in report
    assert not any(b"<<<<<<<" in content for content in house.files().values())
    answers = served(house, tmp_path / "log")
    assert answers.pop("Cart/Clear") == (grpc.StatusCode.OK, "")
    for name, (code, words) in answers.items():
        assert (code, "is not written yet" in words) == (grpc.StatusCode.UNIMPLEMENTED, True), (name, words)
    for rpc, handler in (("clear", "cart"), ("order", "stock"), ("place", "orders")):
        assert house.text(f"src/shop/handlers/{handler}.py").count(f"async def {rpc}(") == 1
        assert house.text(f"tests/handlers/test_{handler}.py").count(f"async def test_{rpc}(") == 1
    assert house.tests().returncode == 0
    assert SETTLED in house.generate("--check").stdout
    repository.commit("Merged")
    assert repository.git("status", "--porcelain") == ""


def generated_only(path: str) -> bool:
    """Whether nobody has to look at a file's conflicts, because the next run writes it anew."""
    return path.startswith((".pyservice/", "src/shop/gen/", "tests/gen/")) or path == "docs/api.md"


def test_result_does_not_depend_on_who_merges(repository: Repository) -> None:
    """Both orders of merging give the same files, but for the order that git gave to added lines."""
    house = repository.house
    results = []
    for name, order in (("one", ("first", "second")), ("two", ("second", "first"))):
        repository.git("checkout", "--quiet", "-b", name, "main")
        for branch in order:
            repository.merge(branch)
        house.generate()
        repository.commit(name)
        results.append({path: sorted(content.split()) for path, content in house.files().items() if _is_code(path)})
    assert results[0] == results[1]


def _is_code(path: str) -> bool:
    return path.startswith(("src/", "tests/", "proto/", "README"))


def test_protoc_brings_merged_branches_together_too(repository: Repository, layout: str) -> None:
    """The plugin copes with a merged lock as `pyservice generate` does."""
    house = repository.house
    repository.merge("first")
    repository.merge("second")
    house.protoc(*((TYPES, CART, STOCK, ORDERS) if layout == "split" else (CART,)))
    assert SETTLED in house.generate().stderr
    assert house.tests().returncode == 0


@pytest.mark.parametrize("layout", ["split"], indirect=True)
def test_edits_of_both_in_one_merged_file(repository: Repository) -> None:
    """What both people wrote into a generated file that is theirs is still there."""
    house = repository.house
    for branch, old, new in (
        ("first", "# Shop\n", "# The first's shop\n"),
        ("second", "## Settings\n", "## The second's settings\n"),
    ):
        repository.git("checkout", "--quiet", branch)
        house.edit("README.md", old, new)
        repository.commit("README")
    repository.merge("first")
    house.generate()
    assert "# The first's shop\n" in house.text("README.md")
    assert "## The second's settings\n" in house.text("README.md")
    assert "`src/shop/handlers/orders.py`" in house.text("README.md")
    assert SETTLED in house.generate().stderr


@pytest.fixture
def two_services(tmp_path: Path, attributes: bool) -> Repository:
    """Two branches that each add a service, merged: the list of protos and what names all services collide."""
    house = make(tmp_path / "shop", SPLIT)
    if not attributes:
        (house.folder / ".gitattributes").unlink()
    repository = Repository(house)
    for branch, service in (("first", "Orders"), ("second", "Bills")):
        repository.branch(branch)
        name = f"shop/v1/{service.lower()}.proto"
        house.proto(name, proto(service, "Place"))
        house.edit("pyservice.toml", f'    "{STOCK}",\n', f'    "{STOCK}",\n    "{name}",\n')
        house.generate()
        repository.commit(service)
    repository.git("checkout", "--quiet", "main")
    repository.merge("first")
    assert {"README.md", "pyproject.toml"} <= repository.merge("second")
    take_both(house, "pyservice.toml")
    return repository


def take_both(house: House, path: str) -> None:
    """Resolve git's conflicts in a file by keeping both sides."""
    lines = house.text(path).splitlines(keepends=True)
    house.write(path, "".join(line for line in lines if not line.startswith(("<<<<<<< ", "=======", ">>>>>>> "))))


def test_conflicts_in_files_that_nobody_edited_resolve_themselves(two_services: Repository) -> None:
    """Where git could not merge two generated texts, the new one takes their place."""
    house = two_services.house
    assert "conflict" not in house.generate().stderr
    assert not any(b"<<<<<<<" in content for content in house.files().values())
    assert 'description = "gRPC service shop: Cart, Stock, Orders, Bills."' in house.text("pyproject.toml")
    assert house.text("README.md").count("| the logic of `shop.v1.") == 4
    assert house.tests().returncode == 0
    assert SETTLED in house.generate().stderr


def test_conflicts_in_edited_files_are_left_to_a_person(two_services: Repository) -> None:
    """With an edit in the file git's markers stay; once they are resolved, the edit and all services are there."""
    house = two_services.house
    house.edit("README.md", "# Shop\n", "# Our shop\n")
    assert "  conflict  README.md: conflict markers are still in it" in house.generate(expect=1).stderr
    take_both(house, "README.md")
    house.generate()
    assert house.text("README.md").startswith("# Our shop\n")
    assert house.text("README.md").count("| the logic of `shop.v1.") == 4
    assert SETTLED in house.generate().stderr


def test_lists_that_git_left_twice_are_united(house: House) -> None:
    """A list on one line, written on two branches and merged by union, is no TOML: the next run has the entries of both."""
    house.edit("pyservice.toml", EVERY_PART, 'parts = ["client", "ci"]\nparts = ["client", "container"]\n')
    house.generate()
    assert 'parts = [\n    "client",\n    "ci",\n    "container",\n]\n' in house.text("pyservice.toml")
    assert house.has("Dockerfile")
    assert not house.has("load/report.py")
    assert SETTLED in house.generate("--check").stdout
