"""buf can empty the output folder: with `clean`, in a template or on the command line, nothing of a project is left.

What buf does, found with its release 1.75: it asks all plugins first, then deletes every folder that one of them
writes to, and then writes what they answered. The plugin therefore sees the whole project, answers with the few
files that changed, and deletes all others. If a plugin answers with an error, nothing is deleted, for no plugin.
`--clean=false` on the command line wins over `clean: true` in the template, and the last of several flags wins over
the others. buf refuses by itself to clean where `out` is the current folder. Where there is nothing yet, clean is
harmless; the plugin may refuse that all the same.
"""

import json
import re
from pathlib import Path

import pytest

from tests.project.harness import CART, CLEAR, HANDLER, PROTOS, Project, copy
from tests.project.hostile.harness import BUF, changes, everything, sentence
from tests.support.command import Finished, run
from tests.support.protoc import PLUGIN
from tests.support.stubs import STUB

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
def written(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A folder with protos, templates and a project in svc/ with logic in it; not to be changed."""
    project = Project(tmp_path_factory.mktemp("clean") / "repository")
    for name, content in PROTOS.items():
        project.proto(name, content)
    project.write("buf.yaml", "version: v2\nmodules:\n  - path: proto\n")
    project.write("svc/.keep", "")
    project.write("other.yaml", template("clean: true\n"))
    project.write("other.json", INLINE)
    project.write("plain.yaml", template())
    project.write("plugin.sh", f"#!/bin/sh\n{PLUGIN}\nexit $?\n")
    (project.folder / "plugin.sh").chmod(0o755)
    done = buf(project, "--template", "plain.yaml")
    assert done.returncode == 0, done.said
    project.write(f"svc/{HANDLER}", project.text(f"svc/{HANDLER}").replace(f"        {STUB}", LOGIC))
    project.write("svc/notes.txt", "remember the milk\n")
    return project


def buf(project: Project, *arguments: str) -> Finished:
    """Run `buf generate`."""
    return run(["buf", "generate", *arguments], project.folder)


@pytest.mark.parametrize("way", CLEANING)
def test_a_project_is_not_cleaned_away(written: Project, tmp_path: Path, way: str) -> None:
    """However buf is set to clean, it is refused in one sentence that says so, and nothing is touched."""
    assert_not_cleaned(written, tmp_path, way, CLEAR)


@pytest.mark.parametrize("way", ["template", "flag"])
def test_a_project_is_not_cleaned_away_where_nothing_is_to_be_done(written: Project, tmp_path: Path, way: str) -> None:
    """The proto is as it was: of all that is there, nothing would be written again."""
    assert_not_cleaned(written, tmp_path, way, PROTOS[CART])


def assert_not_cleaned(written: Project, folder: Path, way: str, proto: str) -> None:
    """Run buf in a copy; it says in one sentence why it does not."""
    yaml, arguments = CLEANING[way]
    project = copy(written, folder / "repository")
    project.write("buf.gen.yaml", yaml)
    project.proto(CART, proto)
    before = everything(folder)
    done = buf(project, *arguments)
    assert changes(before, everything(folder)) == []
    assert_names_clean(done)


def assert_names_clean(done: Finished) -> None:
    """It was refused in a sentence that names what is not possible."""
    said = sentence(BUF, Finished(done.returncode, done.stdout, done.stderr.replace("plugin ./plugin.sh:", _NAMED)))
    assert re.search(r"\bclean\b", said), said


_NAMED = "plugin protoc-gen-pyservice:"


@pytest.mark.parametrize(("yaml", "arguments"), NOT_CLEANING.values(), ids=NOT_CLEANING)
def test_where_nothing_is_cleaned_the_project_is_brought_along(
    written: Project, tmp_path: Path, yaml: str, arguments: tuple[str, ...]
) -> None:
    """Clean that is switched off, or not set, changes nothing."""
    project = copy(written, tmp_path / "repository")
    project.write("buf.gen.yaml", yaml)
    project.proto(CART, CLEAR)
    done = buf(project, *arguments)
    assert done.returncode == 0, done.said
    handler = project.text(f"svc/{HANDLER}")
    assert handler.count(LOGIC) == 2
    assert "async def clear(" in handler
    assert project.has("svc/notes.txt")


def test_a_first_generation_with_clean_loses_nothing(written: Project, tmp_path: Path) -> None:
    """Into an empty folder it generates or is refused in a sentence that says why."""
    project = Project(tmp_path)
    for name, content in {**PROTOS, "../buf.gen.yaml": template("clean: true\n")}.items():
        project.proto(name, content)
    project.write("buf.yaml", written.text("buf.yaml"))
    (tmp_path / "svc").mkdir()
    done = buf(project)
    if done.returncode:
        assert_names_clean(done)
    else:
        assert project.has(f"svc/{HANDLER}")


def test_a_folder_that_holds_only_a_persons_files_is_not_cleaned(written: Project, tmp_path: Path) -> None:
    """Nothing was generated yet, but the folder has other files."""
    project = Project(tmp_path)
    for name, content in {**PROTOS, "../buf.gen.yaml": template("clean: true\n")}.items():
        project.proto(name, content)
    project.write("buf.yaml", written.text("buf.yaml"))
    project.write("svc/notes.txt", "remember the milk\n")
    before = everything(tmp_path)
    done = buf(project)
    assert changes(before, everything(tmp_path)) == []
    assert_names_clean(done)


def test_buf_cleans_after_a_plugin_has_answered_and_not_after_an_error(written: Project, tmp_path: Path) -> None:
    """The premise of this file: the plugin runs before the deletion, and its error leaves everything as it is."""
    project = copy(written, tmp_path / "repository")
    script = '#!/bin/sh\nls -A svc > seen\ntest ! -e no || { echo "no" >&2; exit 1; }\n'
    project.write("plugin.sh", f"{script}cat > /dev/null\n")
    project.write("buf.gen.yaml", template("clean: true\n", "./plugin.sh"))
    project.write("no", "")
    assert buf(project).returncode == 1
    assert project.has("svc/notes.txt")
    (project.folder / "no").unlink()
    assert buf(project).returncode == 0
    assert "notes.txt" in project.text("seen")
    assert not project.has("svc/notes.txt")
