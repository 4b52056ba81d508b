"""A small project on disk, its protos, and the commands that people run in it."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from protoc_gen_pyservice.inputs.options import PARTS
from tests.support.command import QUICK, Finished, run, scripts
from tests.support.own_tests import own_tests
from tests.support.protoc import protoc
from tests.support.snapshot import differences, snapshot

PYSERVICE = scripts() / "pyservice"

CART = "shop/v1/cart.proto"
STOCK = "shop/v1/stock.proto"
TYPES = "shop/v1/types.proto"

HANDLER = "src/shop/handlers/cart.py"
REGISTRY = "src/shop/gen/registry.py"

MESSAGES = 'syntax = "proto3";\npackage shop.v1;\n\nmessage Item {\n  string sku = 1;\n}\n\nmessage Nothing {}\n'


def proto(service: str, *rpcs: str, comment: str = "") -> str:
    """A proto with one service; each RPC takes an Item and answers Nothing, unless it says more."""
    listed = "".join(f"  {rpc if ' ' in rpc else f'rpc {rpc}(Item) returns (Nothing);'}\n" for rpc in rpcs)
    head = f'syntax = "proto3";\npackage shop.v1;\n\nimport "{TYPES}";\n\n'
    return f"{head}// {comment or f'The {service.lower()}.'}\nservice {service} {{\n{listed}}}\n"


PROTOS: Mapping[str, str] = {TYPES: MESSAGES, CART: proto("Cart", "Add", "Remove"), STOCK: proto("Stock", "Count")}


CLEAR = proto("Cart", "Add", "Remove", "Clear")
"""The cart with one RPC more."""

STOCK_HANDLER, STOCK_TEST = "src/shop/handlers/stock.py", "tests/handlers/test_stock.py"

EVERY_PART = "".join(["parts = [\n", *(f'    "{part}",\n' for part in PARTS), "]"])
"""The list in pyservice.toml as it is generated."""

SETTLED = "pyservice: shop: up to date\n"
"""The report of a run that is up to date."""


@dataclass(frozen=True, slots=True)
class Project:
    """A generated project; its protos are below ``proto/``."""

    folder: Path

    def text(self, path: str) -> str:
        """A file as text, its line ends as they are."""
        return (self.folder / path).read_bytes().decode()

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file and the folders it needs."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that is in the file once."""
        content = self.text(path)
        assert content.count(old) == 1, f"{old!r} is {content.count(old)} times in {path}"
        self.write(path, content.replace(old, new))

    def proto(self, name: str, content: str) -> None:
        """Write a proto."""
        self.write(f"proto/{name}", content)

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return (self.folder / path).is_file()

    def files(self) -> dict[str, bytes]:
        """Everything in the project."""
        return snapshot(self.folder)

    def changed_since(self, before: Mapping[str, bytes]) -> list[str]:
        """What was added, removed or changed."""
        return differences(dict(before), self.files())

    def pyservice(self, *arguments: str) -> Finished:
        """Run `pyservice` in the project."""
        return run([PYSERVICE, *arguments], self.folder)

    def generate(self, *arguments: str, expect: int = 0) -> Finished:
        """Run `pyservice generate`. Raises AssertionError for another exit code than expected."""
        done = self.pyservice("generate", *arguments)
        assert done.returncode == expect, done.said
        return done

    def protoc(self, *protos: str, options: tuple[str, ...] = (), expect: int = 0) -> Finished:
        """Run protoc with the plugin. Raises AssertionError for another exit code than expected."""
        given = [f"--pyservice_opt={option}" for option in options]
        done = protoc("-Iproto", "--pyservice_out=.", *given, *protos, cwd=self.folder)
        assert done.returncode == expect, done.said
        return done

    def tests(self) -> Finished:
        """Run the project's own tests."""
        return own_tests(self.folder, env={**QUICK, "PYTHONPATH": str(self.folder / "src")})


def make(folder: Path, protos: Mapping[str, str] = PROTOS, options: tuple[str, ...] = ()) -> Project:
    """Generate a project with protoc."""
    project = Project(folder)
    for name, content in protos.items():
        project.proto(name, content)
    project.protoc(*protos, options=options)
    return project


def copy(project: Project, folder: Path) -> Project:
    """The same project somewhere else."""
    shutil.copytree(project.folder, folder, symlinks=True)
    return Project(folder)


def without_stock(project: Project) -> None:
    """Take the second service out of what is generated."""
    (project.folder / "proto" / STOCK).unlink()
    project.edit("pyservice.toml", f'    "{STOCK}",\n', "")


def refused(project: Project, *arguments: str) -> str:
    """What the command says when it exits with 2; it may not have changed anything."""
    before = project.files()
    said = project.generate(*arguments, expect=2).stderr
    assert project.changed_since(before) == []
    return said
