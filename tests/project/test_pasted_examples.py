"""The examples in app.py and settings.py of a generated project work as they are printed."""

import re
from pathlib import Path

import pytest

from tests.project.harness import Project, make
from tests.support.command import run
from tests.support.server import serving
from tests.support.types import Typed

PACKAGE = "src/books"
PROTO = """\
syntax = "proto3";
package books.v1;

message Order {}

service OrderBook {
  rpc Place(Order) returns (Order);
}
"""

DATABASE = '''\
"""A pool of connections to nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Pool:
    """Connections."""

    async def ping(self) -> None:
        """Answer."""


@asynccontextmanager
async def create_pool(url: str) -> AsyncIterator[Pool]:
    """Yield a pool, and say so."""
    print(f"opened {url}", flush=True)
    yield Pool()
    print("closed", flush=True)
'''

CONSTRUCTOR = """\
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

"""


def blocks(docstring: str, indent: int) -> list[str]:
    """The blocks of code in a docstring, whose text has an indent."""
    text = re.sub(rf"^ {{{indent}}}", "", docstring, flags=re.M)
    codes = re.findall(r"::\n\n((?:(?:    .*)?\n)+)", text)
    return [re.sub("^    ", "", block, flags=re.M).strip("\n") + "\n" for block in codes]


def indented(code: str) -> str:
    """Code as the body of a function or a class."""
    return re.sub("^(?=.)", "    ", code, flags=re.M)


@pytest.fixture(scope="module")
def pasted(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with both examples in the places that they name, a fake pool, and a handler that takes it."""
    project = make(tmp_path_factory.mktemp("pasted") / "books", {"books/v1/books.proto": PROTO})
    settings, app = project.text(f"{PACKAGE}/settings.py"), project.text(f"{PACKAGE}/app.py")
    imports, declaration = blocks(settings.split('"""')[1], 0)[0].split("\n\n")
    import_line = "from .gen.defaults import Defaults\n"
    project.edit(f"{PACKAGE}/settings.py", f"\n{import_line}", f"\n{imports}\n\n{import_line}")
    last = '    """The settings of one process."""\n'
    project.edit(f"{PACKAGE}/settings.py", last, f"{last}\n{indented(declaration)}")
    app_imports, body = blocks(app.split('"""')[5], 4)
    *added, replacing = app_imports.splitlines(keepends=True)
    before = "from .runtime.interceptors import"
    project.edit(f"{PACKAGE}/app.py", before, f"{''.join(added)}{before}")
    project.edit(f"{PACKAGE}/app.py", "from .runtime.server import Application\n", replacing)
    app = project.text(f"{PACKAGE}/app.py")
    # What the text names as the last line.
    last_line = app.rstrip("\n").rsplit("\n", 1)[1]
    assert last_line.startswith("    yield Application(")
    project.write(f"{PACKAGE}/app.py", app.rstrip("\n").removesuffix(last_line) + indented(body))
    project.write(f"{PACKAGE}/database.py", DATABASE)
    handler = f"{PACKAGE}/handlers/order_book.py"
    project.edit(handler, "from ..gen.books", "from ..database import Pool\nfrom ..gen.books")
    project.edit(handler, "    async def place(", f"{CONSTRUCTOR}    async def place(")
    return project


def test_the_examples_start(pasted: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool is opened with the setting, the check of the database passes, and the pool is closed at the end."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://a.example/orders")
    log = tmp_path / "log"
    with serving(pasted.folder, "books", log) as server:
        assert server.stop(within=30) == 0
    lines = log.read_text().splitlines()
    assert lines[0] == "opened postgresql://a.example/orders"
    assert "closed" in lines
    assert any('"dependency check passed"' in line and '"database"' in line for line in lines)


def test_the_example_is_described(pasted: Project) -> None:
    """The setting comes first, and the service does not start without it."""
    env = {"PYTHONPATH": "src"}
    lines = run(["python", "-m", "books", "--help-settings"], pasted.folder, env).stdout.splitlines()
    first = lines.index("This service") + 2
    assert lines[first] == "DATABASE_URL: secret; required"
    assert lines[first + 1] == "    The URL of the database."
    done = run(["python", "-m", "books"], pasted.folder, env)
    assert (done.returncode, done.stderr.startswith("DATABASE_URL is not set, and has no default: set it, or ")) == (
        2,
        True,
    )


def test_the_examples_are_clean(pasted: Project, typed: Typed) -> None:
    """mypy --strict, ruff and black have nothing to say."""
    for done in (
        typed(pasted.folder),
        run(["ruff", "check", "src"], pasted.folder),
        run(["black", "--check", "-q", "src"], pasted.folder),
    ):
        assert done.returncode == 0, done.said
    assert "strict = true" in pasted.text("pyproject.toml")
