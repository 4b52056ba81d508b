"""The lock: old and new words for the owner of a file."""

import json

import pytest

from protoc_gen_pyservice.inputs.lock import Entry, parse_lock
from protoc_gen_pyservice.ownership import Owner

PATH = "src/shop/gen/registry.py"


def lock(*lines: str, number: int) -> bytes:
    """A lock of a format with these lines for one file, as a merge of branches may leave them."""
    head = {"format": number, "request": "", "project": "shop", "package": "shop"}
    pairs = [*head.items(), *((f"file {PATH}", line) for line in lines)]
    text = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in pairs)
    return f"{{{text}}}".encode()


@pytest.mark.parametrize(("number", "word"), [(1, "machine"), (2, "generated")])
def test_a_generated_file_has_a_word_in_each_format(number: int, word: str) -> None:
    """Format 1 calls it `machine`; both are written as `generated`."""
    read = parse_lock(lock(f"{word} {'a' * 64}", number=number))
    assert read.files == {PATH: Entry(Owner.GENERATED, ("a" * 64,))}
    assert f'"file {PATH}": "generated {"a" * 64}"'.encode() in read.to_bytes()


def test_two_branches_of_different_formats() -> None:
    """A merge leaves both words for one file: both digests count."""
    read = parse_lock(lock(f"machine {'a' * 64}", f"generated {'b' * 64}", number=2))
    assert read.files == {PATH: Entry(Owner.GENERATED, ("a" * 64, "b" * 64))}


def test_an_unknown_owner_is_refused() -> None:
    """Any other word is not the owner of a file."""
    with pytest.raises(LookupError):
        parse_lock(lock(f"house {'a' * 64}", number=2))
