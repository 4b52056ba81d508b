"""buf can empty the output folder: with `clean`, in a template or on the command line, nothing of a project is left.

What buf does, found with its release 1.75: it asks all plugins first, then deletes every folder that one of them
writes to, and then writes what they answered. The plugin therefore sees the whole project, answers with the few
files that changed, and all others are gone. If a plugin answers with an error, nothing is deleted, for no plugin.
`--clean=false` on the command line wins over `clean: true` in the template, and the last of several flags wins over
the others. buf refuses by itself to clean where `out` is the current folder. Where there is nothing yet, clean is
harmless; the plugin may refuse that all the same.
"""

import json
import re
from pathlib import Path

import pytest

from tests.project.hostile.kit import BUF, changes, everything, sentence
from tests.project.kit import CART, CLEAR, HANDLER, PROTOS, House, copy
from tests.support.command import Finished, run
from tests.support.protoc import PLUGIN

LOGIC = "        return types_pb2.Nothing()  # mine"


def template(clean: str = "", plugin: str = "protoc-gen-pyservice") -> str:
    """A buf.gen.yaml that generates the project into a folder."""
    entry = f"  - local: {plugin}\n    out: svc\n    opt: [out=svc, parts=none]\n    strategy: all\n"
    return f"version: v2\n{clean}plugins:\n{entry}"


FIRST = (
    "version: v1\nplugins:\n  - plugin: pyservice\n    out: svc\n    opt: [out=svc, parts=none]\n    strategy: all\n"
)
"""The same in the older format, in which only the command line can say clean."""

_ENTRY = {"local": "protoc-gen-pyservice", "out": "svc", "opt": ["out=svc", "parts=none"], "strategy": "all"}
INLINE = json.dumps({"version": "v2", "clean": True, "plugins": [_ENTRY]})
INLINE_YAML = "{version: v2, clean: true, plugins: [{local: protoc-gen-pyservice, out: svc, opt: 'out=svc'}]}"

CLEANING = {
    "template": (template("clean: true\n"), ()),
    "yes": (template("clean: yes\n"), ()),
    "flag": (template(), ("--clean",)),
    "flag that says so": (template(), ("--clean=true",)),
    "flag with a number": (template(), ("--clean=1",)),
    "flag over template": (template("clean: false\n"), ("--clean",)),
    "last of two": (template(), ("--clean=false", "--clean")),
    "older template": (FIRST, ("--clean",)),
    "named template": (template(), ("--template", "other.yaml")),
    "named template, one word": (template(), ("--template=other.yaml",)),
    "template in JSON": (template(), ("--template", "other.json")),
    "inline": (template(), ("--template", INLINE)),
    "inline, in YAML": (template(), ("--template", INLINE_YAML)),
    "script between": (template("clean: true\n", "./plugin.sh"), ()),
}
"""A buf.gen.yaml, and what is said on the command line."""

NOT_CLEANING = {
    "flag over template": (template("clean: true\n"), ("--clean=false",)),
    "last of two": (template("clean: true\n"), ("--clean", "--clean=false")),
    "off": (template("clean: false\n"), ()),
    "named template": (template("clean: true\n"), ("--template", "plain.yaml")),
    "a comment": (template("# clean: true\n"), ()),
}


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A folder with protos, templates and a project in svc/ with logic in it; not to be changed."""
    house = House(tmp_path_factory.mktemp("clean") / "repository")
    for name, content in PROTOS.items():
        house.proto(name, content)
    house.write("buf.yaml", "version: v2\nmodules:\n  - path: proto\n")
    house.write("svc/.keep", "")
    house.write("other.yaml", template("clean: true\n"))
    house.write("other.json", INLINE)
    house.write("plain.yaml", template())
    house.write("plugin.sh", f"#!/bin/sh\n{PLUGIN}\nexit $?\n")
    (house.folder / "plugin.sh").chmod(0o755)
    done = buf(house, "--template", "plain.yaml")
    assert done.returncode == 0, done.said
    house.write(f"svc/{HANDLER}", house.text(f"svc/{HANDLER}").replace("        raise NotWritten", LOGIC))
    house.write("svc/notes.txt", "remember the milk\n")
    return house


def buf(house: House, *arguments: str) -> Finished:
    """Run `buf generate`."""
    return run(["buf", "generate", *arguments], house.folder)


@pytest.mark.parametrize("way", CLEANING)
def test_a_project_is_not_cleaned_away(written: House, tmp_path: Path, way: str) -> None:
    """However buf is told to clean, it is refused in one sentence that says so, and nothing is touched."""
    assert_not_cleaned(written, tmp_path, way, CLEAR)


@pytest.mark.parametrize("way", ["template", "flag"])
def test_a_project_is_not_cleaned_away_where_nothing_is_to_be_done(written: House, tmp_path: Path, way: str) -> None:
    """The proto is as it was: of all that is there, nothing would be written again."""
    assert_not_cleaned(written, tmp_path, way, PROTOS[CART])


def assert_not_cleaned(written: House, folder: Path, way: str, proto: str) -> None:
    """Run buf in a copy; it says in one sentence why it does not."""
    yaml, arguments = CLEANING[way]
    house = copy(written, folder / "repository")
    house.write("buf.gen.yaml", yaml)
    house.proto(CART, proto)
    before = everything(folder)
    done = buf(house, *arguments)
    assert changes(before, everything(folder)) == []
    assert_names_clean(done)


def assert_names_clean(done: Finished) -> None:
    """It was refused in a sentence that names what is not possible."""
    said = sentence(BUF, Finished(done.returncode, done.stdout, done.stderr.replace("plugin ./plugin.sh:", _NAMED)))
    assert re.search(r"\bclean\b", said), said


_NAMED = "plugin protoc-gen-pyservice:"


@pytest.mark.parametrize(("yaml", "arguments"), NOT_CLEANING.values(), ids=NOT_CLEANING)
def test_where_nothing_is_cleaned_the_project_is_brought_along(
    written: House, tmp_path: Path, yaml: str, arguments: tuple[str, ...]
) -> None:
    """Clean that is switched off, or not said, stands in nobody's way."""
    house = copy(written, tmp_path / "repository")
    house.write("buf.gen.yaml", yaml)
    house.proto(CART, CLEAR)
    done = buf(house, *arguments)
    assert done.returncode == 0, done.said
    handler = house.text(f"svc/{HANDLER}")
    assert handler.count(LOGIC) == 2
    assert "async def clear(" in handler
    assert house.has("svc/notes.txt")


def test_a_first_generation_with_clean_loses_nothing(written: House, tmp_path: Path) -> None:
    """Into an empty folder it generates or is refused in a sentence that says why."""
    house = House(tmp_path)
    for name, content in {**PROTOS, "../buf.gen.yaml": template("clean: true\n")}.items():
        house.proto(name, content)
    house.write("buf.yaml", written.text("buf.yaml"))
    (tmp_path / "svc").mkdir()
    done = buf(house)
    if done.returncode:
        assert_names_clean(done)
    else:
        assert house.has(f"svc/{HANDLER}")


def test_a_folder_that_holds_only_a_persons_files_is_not_cleaned(written: House, tmp_path: Path) -> None:
    """Nothing was generated yet, but somebody keeps something there."""
    house = House(tmp_path)
    for name, content in {**PROTOS, "../buf.gen.yaml": template("clean: true\n")}.items():
        house.proto(name, content)
    house.write("buf.yaml", written.text("buf.yaml"))
    house.write("svc/notes.txt", "remember the milk\n")
    before = everything(tmp_path)
    done = buf(house)
    assert changes(before, everything(tmp_path)) == []
    assert_names_clean(done)


def test_buf_cleans_after_a_plugin_has_answered_and_not_after_an_error(written: House, tmp_path: Path) -> None:
    """What all of this stands on: the plugin is asked in time, and an error of it leaves everything as it is."""
    house = copy(written, tmp_path / "repository")
    script = '#!/bin/sh\nls -A svc > seen\ntest ! -e no || { echo "no" >&2; exit 1; }\n'
    house.write("plugin.sh", f"{script}cat > /dev/null\n")
    house.write("buf.gen.yaml", template("clean: true\n", "./plugin.sh"))
    house.write("no", "")
    assert buf(house).returncode == 1
    assert house.has("svc/notes.txt")
    (house.folder / "no").unlink()
    assert buf(house).returncode == 0
    assert "notes.txt" in house.text("seen")
    assert not house.has("svc/notes.txt")
