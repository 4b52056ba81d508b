"""The documents say what is so: their commands, options, links and generated parts."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protoc_gen_pyservice.inputs.options import CALL, TABLE
from tools import readme, reference

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "templates" / "README.md"]
TEMPLATES = ROOT / "templates" / "service"

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def targets(makefile: Path) -> set[str]:
    return set(re.findall(r"^([a-z-]+):", makefile.read_text(encoding="utf-8"), re.MULTILINE))


def blocks(text: str, language: str) -> list[str]:
    """The contents of the fenced blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_up_to_date() -> None:
    """The generated parts of README.md are what the code says; `make docs` writes them."""
    text = readme.README.read_text(encoding="utf-8")
    assert readme.updated(text) == text, "README.md is out of date: run make docs"


def test_the_reference_is_up_to_date() -> None:
    """docs/reference.md is what the tables in the code say; `make docs` writes it."""
    assert reference.PAGE.read_text(encoding="utf-8") == reference.content(), "run make docs"


def test_the_reference_lists_settings_once_and_nothing_else() -> None:
    """Its rows are the fields of the settings of service and gateway; the header of another table is none."""
    source = ROOT / "templates" / "runtime" / "pyservice_runtime" / "settings" / "service_settings.py"
    (settings,) = (
        node
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == "ServiceSettings"
    )
    fields = [
        node.target.id.upper()
        for node in settings.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    gateway = (TEMPLATES / "deploy" / "envoy" / "render.py.jinja").read_text(encoding="utf-8")
    fields += [name.upper() for name in re.findall(r"^    (gateway_\w+): ", gateway, re.M)]
    section = reference.content().partition("\n## Settings of a service\n")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", section, re.M)) == sorted(fields)


def test_every_option_is_described() -> None:
    """The README has a row for each option."""
    text = readme.README.read_text(encoding="utf-8")
    assert [option.name for option in TABLE if f"| `{option.name}" not in text] == []


@each_document
def test_commands_to_type_exist(path: Path) -> None:
    """Every `make` command on a line of its own is a target of the Makefile."""
    asked = re.findall(r"^    make ([\w-]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(asked) <= targets(ROOT / "Makefile")


@each_document
def test_commands_that_are_named_exist(path: Path) -> None:
    """Every `make` command in running text is a target here or in the generated project."""
    asked = re.findall(r"`make ([\w-]+)", path.read_text(encoding="utf-8"))
    assert set(asked) <= targets(ROOT / "Makefile") | targets(TEMPLATES / "Makefile.jinja")


@each_document
def test_options_that_are_named_exist(path: Path) -> None:
    """Every `key=value` in running text is an option."""
    asked = re.findall(r"`(?:--pyservice_opt=)?([a-z]+)=[^`]*`", path.read_text(encoding="utf-8"))
    assert set(asked) <= {option.name for option in CALL}


@each_document
def test_links_resolve(path: Path) -> None:
    """Every link into the repository names a file, and every anchor a heading."""
    broken = [f"{target} in {path.name}" for target in _links(path) if not _resolves(target, path)]
    assert not broken


def _links(path: Path) -> Iterator[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    yield from (target for target in found if "://" not in target)


def _resolves(target: str, path: Path) -> bool:
    file, _, anchor = target.partition("#")
    place = path.parent / file if file else path
    return place.exists() and (not anchor or anchor in anchors(place))


def test_paths_that_are_named_exist() -> None:
    """Every module and folder that DESIGN.md and the templates' README point to is there."""
    named = [
        found
        for path in (ROOT / "DESIGN.md", ROOT / "templates" / "README.md")
        for found in re.findall(r"`((?:protoc_gen_pyservice|templates|tests/cases)/[\w./]*)`", path.read_text("utf-8"))
    ]
    written_later = {"protoc_gen_pyservice/render/_compiled.py"}
    assert [path for path in named if path not in written_later and not (ROOT / path).exists()] == []


def test_the_protoc_command_works(tmp_path: Path) -> None:
    """The protoc call of the README, run as printed, creates a project."""
    (tmp_path / "proto" / "orders" / "v1").mkdir(parents=True)
    proto = 'syntax = "proto3";\npackage orders.v1;\nmessage Empty {}\nservice Orders { rpc Place(Empty) returns (Empty); }\n'
    (tmp_path / "proto" / "orders" / "v1" / "orders.proto").write_text(proto)
    (tmp_path / "bin").mkdir()
    protoc = tmp_path / "bin" / "protoc"
    protoc.write_text(f'#!/bin/sh\nexec {sys.executable} -m grpc_tools.protoc "$@"\n')
    protoc.chmod(0o755)
    path = os.pathsep.join([str(protoc.parent), str(Path(sys.executable).parent), os.environ["PATH"]])
    (command,) = blocks(readme.README.read_text(encoding="utf-8"), "sh")
    done = subprocess.run(
        ["sh", "-e", "-c", command],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "orders" / "src" / "orders" / "handlers" / "orders.py").exists()


def test_the_buf_example_is_what_projects_have() -> None:
    """The buf.gen.yaml of the README is the one that is generated."""
    lines = (TEMPLATES / "buf.gen.yaml.jinja").read_text(encoding="utf-8").splitlines(keepends=True)
    generated = "".join(line for line in lines if not line.lstrip().startswith("#"))
    assert blocks(readme.README.read_text(encoding="utf-8"), "yaml") == [generated]


def test_make_alone_lists_every_target() -> None:
    """`make` without a target prints each of them with what it does."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    # These tests may run below make, which tells a make below it to announce its folder.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    listed = subprocess.run(["make"], cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in listed.splitlines()} == targets(ROOT / "Makefile")
