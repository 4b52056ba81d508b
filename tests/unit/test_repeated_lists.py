"""Lists of pyservice.toml that git left twice."""

import pytest

from protoc_gen_pyservice.inputs.repeated_lists import unite_lists

REPEATED = {
    "on a line each": (
        'parts = ["client", "redis"]  # why\nparts = ["client", "load"]\n',
        'parts = [\n    "client",\n    "redis",\n    "load",\n]  # why\n',
    ),
    "an entry a line": (
        'protos = [\n    "a.proto",  # first\n]\nprotos = [\n    # mine\n    "a.proto",\n    "b.proto",\n]\nroots = []\n',
        'protos = [\n    "a.proto",  # first\n    # mine\n    "b.proto",\n]\nroots = []\n',
    ),
    "three times": (
        'parts = []\nparts = ["ci"]\nparts = ["client"]\n',
        'parts = [\n    "ci",\n    "client",\n]\n',
    ),
    "brackets in strings and comments": (
        'roots = ["a]"] # ]\nroots = ["b"]\n',
        'roots = [\n    "a]",\n    "b",\n] # ]\n',
    ),
}


@pytest.mark.parametrize(("text", "united"), REPEATED.values(), ids=REPEATED)
def test_a_repeated_list_has_the_entries_of_both(text: str, united: str) -> None:
    """Each entry is there once, in the first place, and no comment is lost."""
    found = unite_lists(text)
    assert found == united
    assert unite_lists(found) == found


@pytest.mark.parametrize(
    "text",
    [
        '[a]\nparts = ["x"]\n[b]\nparts = ["y"]\n',
        'parts = [\n  "x"',
        "parts = 1\nparts = 2\n",
        "",
        "\r\n",
    ],
)
def test_what_is_not_repeated_stays(text: str) -> None:
    """Lists of other tables, unterminated lists and keys that are not lists are left as they are."""
    assert unite_lists(text) == text
