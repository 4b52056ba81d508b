"""Two people change the protos on two branches, generate and commit; git merges; one command brings it together."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import grpc
import pytest

from tests.project.harness import CART, EVERY_PART, HANDLER, MESSAGES, STOCK, TYPES, Project, make, proto
from tests.support.bases import set_base
from tests.support.command import Finished, run
from tests.support.server import Rpc, refusal, serving
from tests.support.stubs import STUB

ORDERS = "shop/v1/orders.proto"
SETTLED = "up to date"

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

SPLIT: Mapping[str, str] = {TYPES: MESSAGES, CART: proto("Cart", "Add", "Remove"), STOCK: proto("Stock", "Count")}
"""Each service in a file of its own."""


def together(*services: tuple[str, tuple[str, ...]]) -> Mapping[str, str]:
    """All services in one file."""
    texts = [proto(name, *rpcs).partition("//")[2] for name, rpcs in services]
    return {CART: MESSAGES + "".join(f"\n//{text}" for text in texts)}


class Repository:
    """A project in a git repository."""

    def __init__(self, project: Project) -> None:
        self.project = project
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
        return run(["git", *who, *arguments], self.project.folder, env)

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
    project = repository.project
    repository.branch("first")
    for name, content in protos.items():
        project.proto(name, content)
    project.generate()
    head, _, rest = project.text(HANDLER).partition("async def clear(")
    assert rest.count(STUB) == 1
    module = "types_pb2" if project.has(f"proto/{TYPES}") else "cart_pb2"
    project.write(HANDLER, head + "async def clear(" + rest.replace(STUB, f"return {module}.Nothing()"))
    repository.commit("Carts can be cleared")


def second(repository: Repository, protos: Mapping[str, str], listed: bool) -> None:
    """Another person adds a service, and an RPC to the stock."""
    project = repository.project
    repository.branch("second")
    for name, content in protos.items():
        project.proto(name, content)
    if listed:
        project.edit("pyservice.toml", f'    "{STOCK}",\n', f'    "{STOCK}",\n    "{ORDERS}",\n')
    project.generate()
    repository.commit("Orders")


@pytest.fixture(params=["split", "together"])
def layout(request: pytest.FixtureRequest) -> str:
    """Whether each service has a proto of its own."""
    return str(request.param)


@pytest.fixture(params=["with .gitattributes", "without .gitattributes"])
def attributes(request: pytest.FixtureRequest) -> bool:
    """Whether git is configured to merge generated files."""
    return str(request.param).startswith("with ")


@pytest.fixture
def repository(tmp_path: Path, layout: str, attributes: bool) -> Repository:
    """The two branches, both up to date; main is their base."""
    folder = tmp_path / "shop"
    if layout == "split":
        project = make(folder, SPLIT)
        changes = {CART: proto("Cart", "Add", "Remove", "Clear")}, {
            STOCK: proto("Stock", "Count", "Order"),
            ORDERS: proto("Orders", "Place"),
        }
    else:
        cart, stock, orders = ("Cart", ("Add", "Remove")), ("Stock", ("Count",)), ("Orders", ("Place",))
        project = make(folder, together(cart, stock))
        changes = (
            dict(together((cart[0], (*cart[1], "Clear")), stock)),
            dict(together(cart, (stock[0], (*stock[1], "Order")), orders)),
        )
    if not attributes:
        (folder / ".gitattributes").unlink()
    found = Repository(project)
    first(found, changes[0])
    second(found, changes[1], layout == "split")
    found.git("checkout", "--quiet", "main")
    return found


def served(project: Project, log: Path) -> dict[str, tuple[grpc.StatusCode, str]]:
    """How each RPC of both branches answers."""
    names = ("Cart/Add", "Cart/Remove", "Cart/Clear", "Stock/Count", "Stock/Order", "Orders/Place")
    with (
        serving(project.folder, "shop", log) as server,
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
    project = repository.project
    assert repository.merge(order[0]) == set()
    conflicts = repository.merge(order[1])
    assert all(generated_only(path) for path in conflicts), conflicts
    assert attributes is False or conflicts == set()
    assert not any(path.startswith(".pyservice/objects/") for path in conflicts)
    report = project.generate().stderr
    assert "overwritten" not in report
    assert not any(b"<<<<<<<" in content for content in project.files().values())
    answers = served(project, tmp_path / "log")
    assert answers.pop("Cart/Clear") == (grpc.StatusCode.OK, "")
    for name, (code, words) in answers.items():
        assert (code, "is not written yet" in words) == (grpc.StatusCode.UNIMPLEMENTED, True), (name, words)
    for rpc, handler in (("clear", "cart"), ("order", "stock"), ("place", "orders")):
        assert project.text(f"src/shop/handlers/{handler}.py").count(f"async def {rpc}(") == 1
        assert project.text(f"tests/handlers/test_{handler}.py").count(f"async def test_{rpc}(") == 1
    assert project.tests().returncode == 0
    assert SETTLED in project.generate("--check").stdout
    repository.commit("Merged")
    assert repository.git("status", "--porcelain") == ""


def generated_only(path: str) -> bool:
    """Whether a file's conflicts need no action, because the next run generates it again."""
    return path.startswith((".pyservice/", "src/shop/gen/", "tests/gen/")) or path == "docs/api.md"


def test_result_does_not_depend_on_who_merges(repository: Repository) -> None:
    """Both orders of merging give the same files, but for the order that git gave to added lines."""
    project = repository.project
    results = []
    for name, order in (("one", ("first", "second")), ("two", ("second", "first"))):
        repository.git("checkout", "--quiet", "-b", name, "main")
        for branch in order:
            repository.merge(branch)
        project.generate()
        repository.commit(name)
        results.append({path: sorted(content.split()) for path, content in project.files().items() if _is_code(path)})
    assert results[0] == results[1]


def _is_code(path: str) -> bool:
    return path.startswith(("src/", "tests/", "proto/", "README"))


def test_protoc_brings_merged_branches_together_too(repository: Repository, layout: str) -> None:
    """The plugin copes with a merged lock as `pyservice generate` does."""
    project = repository.project
    repository.merge("first")
    repository.merge("second")
    project.protoc(*((TYPES, CART, STOCK, ORDERS) if layout == "split" else (CART,)))
    assert SETTLED in project.generate().stderr
    assert project.tests().returncode == 0


@pytest.mark.parametrize("layout", ["split"], indirect=True)
def test_edits_of_both_in_one_merged_file(repository: Repository) -> None:
    """What both people wrote into a generated file that is theirs is still there."""
    project = repository.project
    for branch, old, new in (
        ("first", "# Shop\n", "# The first's shop\n"),
        ("second", "## Settings\n", "## The second's settings\n"),
    ):
        repository.git("checkout", "--quiet", branch)
        project.edit("README.md", old, new)
        repository.commit("README")
    repository.merge("first")
    project.generate()
    assert "# The first's shop\n" in project.text("README.md")
    assert "## The second's settings\n" in project.text("README.md")
    assert "`src/shop/handlers/orders.py`" in project.text("README.md")
    assert SETTLED in project.generate().stderr


@pytest.fixture
def two_services(tmp_path: Path, attributes: bool) -> Repository:
    """Two branches that each add a service, merged: the list of protos and what names all services collide."""
    project = make(tmp_path / "shop", SPLIT)
    if not attributes:
        (project.folder / ".gitattributes").unlink()
    repository = Repository(project)
    for branch, service in (("first", "Orders"), ("second", "Bills")):
        repository.branch(branch)
        name = f"shop/v1/{service.lower()}.proto"
        project.proto(name, proto(service, "Place"))
        project.edit("pyservice.toml", f'    "{STOCK}",\n', f'    "{STOCK}",\n    "{name}",\n')
        project.generate()
        repository.commit(service)
    repository.git("checkout", "--quiet", "main")
    repository.merge("first")
    assert {"README.md", "pyproject.toml"} <= repository.merge("second")
    take_both(project, "pyservice.toml")
    return repository


def take_both(project: Project, path: str) -> None:
    """Resolve git's conflicts in a file by keeping both sides."""
    lines = project.text(path).splitlines(keepends=True)
    project.write(path, "".join(line for line in lines if not line.startswith(("<<<<<<< ", "=======", ">>>>>>> "))))


def test_conflicts_in_unedited_files_resolve_themselves(two_services: Repository) -> None:
    """Where git could not merge two generated texts, the new one takes their place."""
    project = two_services.project
    assert "conflict" not in project.generate().stderr
    assert not any(b"<<<<<<<" in content for content in project.files().values())
    assert 'description = "gRPC service shop: Cart, Stock, Orders, Bills."' in project.text("pyproject.toml")
    assert project.text("README.md").count("| the logic of `shop.v1.") == 4
    assert project.tests().returncode == 0
    assert SETTLED in project.generate().stderr


def test_conflicts_in_edited_files_are_left_to_a_person(two_services: Repository) -> None:
    """With an edit in the file git's markers stay; once they are resolved, the edit and all services are there."""
    project = two_services.project
    project.edit("README.md", "# Shop\n", "# Our shop\n")
    assert "  conflict  README.md: it still has conflict markers" in project.generate(expect=1).stderr
    take_both(project, "README.md")
    project.generate()
    assert project.text("README.md").startswith("# Our shop\n")
    assert project.text("README.md").count("| the logic of `shop.v1.") == 4
    assert SETTLED in project.generate().stderr


def older(project: Project, path: str, base: str, edited: str = "") -> None:
    """Have an older generator have written a file, which the user may have edited since."""
    set_base(project.folder, path, base.encode())
    project.write(path, edited or base)


@pytest.fixture
def two_states(tmp_path: Path, attributes: bool) -> Repository:
    """Two branches on which generators of two versions ran, not merged yet, where the oldest ran on main.

    Makefile and Dockerfile are as they were generated, and README.md has an edit on the first branch.
    """
    project = make(tmp_path / "shop", SPLIT)
    new = {path: project.text(path) for path in ("Makefile", "Dockerfile", "README.md")}
    for path, text in new.items():
        older(project, path, f"# oldest\n{text}# last\n")
    if not attributes:
        (project.folder / ".gitattributes").unlink()
    repository = Repository(project)
    repository.branch("first")
    older(project, "Makefile", f"# older\n{new['Makefile']}# last\n")
    older(project, "Dockerfile", f"# oldest\n{new['Dockerfile']}")
    edited = new["README.md"].replace("## Settings\n", "## Our settings\n")
    older(project, "README.md", f"# oldest\n{new['README.md']}", f"# oldest\n{edited}")
    repository.commit("Older")
    repository.branch("second")
    older(project, "Dockerfile", f"{new['Dockerfile']}# last\n")
    older(project, "README.md", f"{new['README.md']}# last\n")
    older(project, "Makefile", new["Makefile"] + "# last of all\n")
    repository.commit("Old")
    repository.git("checkout", "--quiet", "main")
    return repository


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")], ids=lambda order: "+".join(order))
def test_branches_of_two_template_states(two_states: Repository, attributes: bool, order: tuple[str, str]) -> None:
    """Unedited files are as generated now, also if git left conflicts in them; edits are still there."""
    project = two_states.project
    assert two_states.merge(order[0]) == set()
    conflicts = two_states.merge(order[1])
    assert conflicts - {".pyservice/lock.json"} == {"Makefile"}
    assert attributes is False or ".pyservice/lock.json" not in conflicts
    for path in ("Makefile", "Dockerfile", "README.md"):
        assert project.text(".pyservice/lock.json").count(f'"file {path}"') == 2, path
    project.generate()
    assert "# last" not in project.text("Makefile") + project.text("Dockerfile")
    assert "# old" not in project.text("Makefile") + project.text("Dockerfile")
    assert "<<<<<<<" not in project.text("Makefile")
    assert "## Our settings\n" in project.text("README.md")
    assert "<<<<<<<" not in project.text("README.md")
    assert project.text(".pyservice/lock.json").count('"file README.md"') == 1
    assert SETTLED in project.generate("--check").stdout


def test_a_base_that_one_branch_lost_is_not_missed(two_states: Repository) -> None:
    """Of two digests one object is enough, and the report says nothing."""
    project = two_states.project
    two_states.merge("first")
    two_states.merge("second")
    lost = sorted(
        line.split()[-1].strip('",') for line in project.text(".pyservice/lock.json").splitlines() if "README" in line
    )
    (project.folder / ".pyservice/objects" / lost[0]).unlink()
    assert "missing" not in project.generate().stderr
    assert "## Our settings\n" in project.text("README.md")


def test_lists_that_git_left_twice_are_united(project: Project) -> None:
    """A list on one line, written on two branches and merged by union, is not valid TOML: the next run has the entries of both."""
    project.edit("pyservice.toml", EVERY_PART, 'parts = ["client", "ci"]\nparts = ["client", "container"]\n')
    project.generate()
    assert 'parts = [\n    "client",\n    "ci",\n    "container",\n]\n' in project.text("pyservice.toml")
    assert project.has("Dockerfile")
    assert not project.has("load/report.py")
    assert SETTLED in project.generate("--check").stdout
