"""The explanation of a file: owner, source, state, and what happens to edits."""

import pytest

from protoc_gen_pyservice.cli.explanation import explain
from protoc_gen_pyservice.errors import OptionError, OutputError
from protoc_gen_pyservice.inputs.lock import Entry, Lock
from protoc_gen_pyservice.inputs.objects import digest
from protoc_gen_pyservice.inputs.options import Options
from protoc_gen_pyservice.inputs.tree import MemoryTree
from protoc_gen_pyservice.ownership import Owner

GENERATED = b"generated\n"

FILES = {
    "Makefile": Owner.MERGED,
    "pyservice.toml": Owner.SETTINGS,
    "proto/shop/v1/cart.proto": Owner.CONTRACT,
    "src/shop/handlers/cart.py": Owner.HANDLERS,
    "src/shop/gen/registry.py": Owner.GENERATED,
    "src/shop/gen/shop/v1/cart_pb2.py": Owner.GENERATED,
    "src/shop/gen/shop/__init__.py": Owner.GENERATED,
    ".github/workflows/ci.yml": Owner.MERGED,
}

LOCK = Lock(
    project="shop",
    package="shop",
    conflicts=("Makefile",),
    files={path: Entry(owner, (digest(GENERATED),)) for path, owner in FILES.items()},
)

WHOLE = {**dict.fromkeys(FILES, GENERATED), "notes.txt": b"mine"}


@pytest.mark.parametrize(
    ("path", "owner", "source"),
    [
        ("Makefile", "you", "templates/service/Makefile.jinja"),
        ("pyservice.toml", "you", "templates/service/pyservice.toml.jinja"),
        ("proto/shop/v1/cart.proto", "you", "the proto that the project was generated from"),
        ("src/shop/handlers/cart.py", "you", "templates/service/src/__package__/handlers/__service__.py.jinja"),
        ("src/shop/gen/registry.py", "the generator", "templates/service/src/__package__/gen/registry.py.jinja"),
        ("src/shop/gen/shop/v1/cart_pb2.py", "the generator", "the protobuf compiler"),
        ("src/shop/gen/shop/__init__.py", "the generator", "the layout of the protos"),
        (".pyservice/lock.json", "the generator", "the last run"),
        ("notes.txt", "you", ""),
    ],
)
def test_each_file_has_an_owner_and_a_source(path: str, owner: str, source: str) -> None:
    """Templates are named as they lie in the repository; what was never generated has no source."""
    found = explain(path, MemoryTree(WHOLE), LOCK, Options())
    assert (found.owner, found.source) == (owner, source)
    assert found.edits


@pytest.mark.parametrize(
    ("path", "content", "state"),
    [
        ("Makefile", GENERATED, "as generated"),
        ("Makefile", b"mine", "edited"),
        ("Makefile", None, "deleted; pyservice generate --restore Makefile restores it"),
        ("Makefile", b"<<<<<<< yours\na\n=======\nb\n>>>>>>> generated\n", "it has conflict markers: resolve them"),
        ("src/shop/gen/registry.py", b"mine", "edited"),
        ("src/shop/handlers/cart.py", b"mine", "yours since it was first generated"),
        ("pyservice.toml", b"mine", "read on each run"),
    ],
)
def test_the_state_is_that_of_the_disk(path: str, content: bytes | None, state: str) -> None:
    """Edited, deleted, in conflict or as it was."""
    files = {name: text for name, text in WHOLE.items() if name != path}
    tree = MemoryTree(files if content is None else {**files, path: content})
    assert explain(path, tree, LOCK, Options()).state == state


def test_a_file_of_a_part_that_is_off_says_so() -> None:
    """The explanation of a file that this project lacks names its part."""
    lock = LOCK._replace(files={})
    found = explain(".github/workflows/ci.yml", MemoryTree(), lock, Options(parts=("client",)))
    assert found.state == "not generated: the part ci is off; add it to project.parts in pyservice.toml"
    assert found.part == "ci"


def test_an_unknown_file_is_refused() -> None:
    """A misspelt path is not a file of the user's, and a folder without a lock is not a project."""
    with pytest.raises(
        OptionError, match=r"^Makfile does not exist and is not generated: name a file of this project.$"
    ):
        explain("Makfile", MemoryTree(WHOLE), LOCK, Options())
    with pytest.raises(OutputError, match=r"run this in a generated project.$"):
        explain("Makefile", MemoryTree(WHOLE), None, Options())
