"""options: text in, frozen Options out; every mistake is named, with what would be right."""

from typing import Any

import pytest

from protoc_gen_pyservice.errors import OptionError
from protoc_gen_pyservice.inputs.options import PARTS, TABLE, Options, lasting, parse_options, read_settings
from protoc_gen_pyservice.inputs.tree import MemoryTree


@pytest.mark.parametrize(
    ("parameter", "options"),
    [
        ("", Options()),
        (",,", Options()),
        ("out=a/b", Options(out="a/b")),
        ("out=C:=odd", Options(out="C:=odd")),
        ("name=order-book", Options(name="order-book")),
        ("package=order_book", Options(package="order_book")),
        ("package=OrderBook", Options(package="OrderBook")),
        (" name = shop ", Options(name="shop")),
        ("parts=all", Options(parts=PARTS)),
        ("parts=none", Options(parts=())),
        ("parts=ci", Options(parts=("ci",))),
        ("parts=ci+client", Options(parts=("client", "ci"))),
        ("only=gen", Options(only="gen")),
        ("runtime=package", Options(runtime="package")),
        ("handlers=async", Options()),
        ("handlers=sync", Options(handlers="sync")),
        ("conflicts=keep", Options(conflicts="keep")),
        ("restore=Makefile,restore=docs/api.md", Options(restore=("Makefile", "docs/api.md"))),
        ("prune", Options(prune=True)),
        ("prune=true", Options(prune=True)),
        ("prune=false", Options(prune=False)),
        ("name=shop,prune,only=gen", Options(name="shop", prune=True, only="gen")),
    ],
)
def test_what_is_said(parameter: str, options: Options) -> None:
    """Each option is read in every way it can be written."""
    assert parse_options(parameter) == options


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ("packge=x", "unknown option 'packge'; did you mean 'package'? The options are out, name,"),
        ("zzz", "unknown option 'zzz'. The options are out, name,"),
        ("=x", "unknown option ''"),
        ("package=", "option 'package' has no value: write package=IDENT."),
        ("name", "option 'name' has no value: write name=NAME."),
        ("prune=", "option 'prune' has no value: write prune=true."),
        ("prune=yes", "option prune=yes is not possible: it can be true or false"),
        ("package=my-service", "try package=my_service."),
        ("package=1st", "try package=st_service."),
        ("package=-", "try package=my_service."),
        ("package=class", "try package=class_service."),
        ("package=größe", "a Python package name must be an identifier"),
        ("name=9lives", "start with a letter"),
        ("name=a b", "use letters, digits, dashes and underscores"),
        ("name=a/b", "use letters, digits, dashes and underscores"),
        ("name=größe", "use letters, digits, dashes and underscores"),
        ("conflicts=marker", "it can be markers or keep; did you mean 'markers'?"),
        ("parts=cleint", "unknown part 'cleint'; did you mean 'client'?"),
        ("parts=client+istio", "the part 'istio' needs 'kubernetes': name that too, or leave 'istio' out."),
        ("parts=canary+container", "the part 'canary' needs 'kubernetes': name that too, or leave 'canary' out."),
        ("only=all", "it can be gen"),
        ("runtime=pip", "it can be vendored or package"),
        ("handlers=snyc", "option handlers=snyc is not possible: it can be async or sync; did you mean 'sync'?"),
        ("restore=/etc/passwd", "give a path inside the project"),
        ("restore=a/../../x", "give a path inside the project"),
        ("name=a,name=b", "option 'name' is given twice: give it once."),
        ("protos=x", "unknown option 'protos'"),
    ],
)
def test_what_is_refused(parameter: str, words: str) -> None:
    """The message names the option, the problem and the way out."""
    with pytest.raises(OptionError) as caught:
        parse_options(parameter)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("file", "options"),
    [
        ({}, Options()),
        ({"project": {"name": "shop", "package": "my_shop"}}, Options(name="shop", package="my_shop")),
        ({"project": {"parts": []}}, Options(parts=())),
        ({"project": {"parts": ["ci", "client"]}}, Options(parts=("client", "ci"))),
        ({"generate": {"protos": ["a.proto"], "roots": ["proto"]}}, Options(protos=("a.proto",), roots=("proto",))),
        ({"generate": {"conflicts": "keep"}}, Options(conflicts="keep")),
    ],
)
def test_what_the_file_says(file: dict[str, Any], options: Options) -> None:
    """pyservice.toml says the same things by the same names."""
    assert parse_options("", file) == options


def test_the_command_wins_over_the_file() -> None:
    """What is said for one run is stronger than what is written down."""
    file = {"project": {"name": "shop", "package": "my_shop"}}
    assert parse_options("name=store", file) == Options(name="store", package="my_shop")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (
            {"projct": {}},
            "unknown table [projct]; did you mean 'project'? The tables are [project] and [generate] and [methods].",
        ),
        ({"project": 1}, "project must be a table: write [project]."),
        ({"project": {"nam": "x"}}, "unknown key project.nam; did you mean 'name'? The keys of [project] are name,"),
        ({"project": {"out": "x"}}, "unknown key project.out"),
        ({"project": {"name": 1}}, "project.name must be a string."),
        ({"project": {"name": "9"}}, "start with a letter"),
        ({"project": {"parts": "ci"}}, "project.parts must be a list of strings."),
        ({"project": {"parts": ["boat"]}}, "unknown part 'boat'"),
        ({"generate": {"protos": [1]}}, "generate.protos must be a list of strings."),
        ({"generate": {"conflicts": "ask"}}, "it can be markers or keep"),
    ],
)
def test_what_is_refused_in_the_file(file: dict[str, Any], words: str) -> None:
    """The message names file and key, the problem and the way out."""
    with pytest.raises(OptionError) as caught:
        parse_options("", file)
    assert str(caught.value).startswith("pyservice.toml: ")
    assert words in str(caught.value)


def test_a_project_without_settings_file() -> None:
    """pyservice.toml may be missing."""
    assert read_settings(MemoryTree()) is None


def test_a_settings_file_from_windows() -> None:
    """A byte order mark and CRLF are accepted."""
    tree = MemoryTree({"pyservice.toml": b'\xef\xbb\xbf[project]\r\nname = "shop"\r\n'})
    assert read_settings(tree) == {"project": {"name": "shop"}}


@pytest.mark.parametrize("content", [b"[project", b"\xff\xfe"])
def test_a_settings_file_that_is_no_toml(content: bytes) -> None:
    """It is named, with the two ways out."""
    with pytest.raises(OptionError, match=r"pyservice\.toml is not valid TOML .*: correct it, or delete it"):
        read_settings(MemoryTree({"pyservice.toml": content}))


def test_every_option_is_a_field() -> None:
    """What the table declares is what Options has, and what the file can say has a key of its own."""
    assert {option.name for option in TABLE} == set(Options._fields)
    assert [option.name for option in TABLE if not (option.value or option.table)] == []


def test_what_does_not_last_is_no_reason_to_generate() -> None:
    """What is said for one run leaves no trace in what files depend on; all else does."""
    once = parse_options("out=x,only=gen,conflicts=keep,restore=a,prune", {"generate": {"protos": ["b", "a"]}})
    assert lasting(once) == Options(protos=("a", "b"))
    file = {"generate": {"roots": ["proto"], "ejected": ["core/call.py"]}, "methods": {"a": {}}}
    said = parse_options("name=shop,package=store,parts=ci", file)
    assert said.ejected == ("core/call.py",)
    assert lasting(said) == said
