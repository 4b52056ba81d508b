"""`pyservice eject FILE` and back: a file of the runtime that is the user's, merged with each newer one."""

import json
import os
import sys

from protoc_gen_pyservice.cli.ejected import find_problems
from protoc_gen_pyservice.inputs.objects import digest
from tests.project.harness import CART, CLEAR, HANDLER, PYSERVICE, Project
from tests.support.bases import set_base
from tests.support.command import Finished, run

LIMITS = "src/shop/runtime/interceptors/limits.py"
SOURCE = "interceptors/limits.py"
FIRST = '"""Limits the rate of calls'
MINE = '"""Mine. Limits the rate of calls'


def pyservice(project: Project, *arguments: str) -> Finished:
    """Run a command in the project."""
    return run([PYSERVICE, *arguments], project.folder)


def ejected(project: Project) -> Project:
    """The project with a file that its user took over and edited."""
    done = pyservice(project, "eject", LIMITS)
    assert done.returncode == 0, done.said
    project.edit(LIMITS, FIRST, MINE)
    return project


def test_an_ejected_file_is_the_users(project: Project) -> None:
    """No run writes over it, and pyservice.toml names it on a line of its own."""
    done = pyservice(project, "eject", SOURCE)
    assert done.stderr.endswith(f"pyservice: {SOURCE} is yours now, and merged from now on.\n")
    assert f'ejected = [\n    "{SOURCE}",\n]\n' in project.text("pyservice.toml")
    project.edit(LIMITS, FIRST, MINE)
    project.proto(CART, CLEAR)
    assert LIMITS not in project.generate().stderr
    assert MINE in project.text(LIMITS)
    assert "  owner      you" in pyservice(project, "explain", LIMITS).stdout


def test_an_edit_from_before_is_kept(project: Project) -> None:
    """An edit before the eject is not lost."""
    project.edit(LIMITS, FIRST, MINE)
    assert pyservice(project, "eject", LIMITS).returncode == 0
    assert MINE in project.text(LIMITS)


def test_an_edit_of_a_file_that_is_not_ejected_is_put_aside(project: Project) -> None:
    """The report says how to keep it."""
    project.edit(LIMITS, FIRST, MINE)
    said = project.generate().stderr
    assert f"{LIMITS}: it was edited; your version is in .pyservice/overwritten/{LIMITS}" in said
    assert f"`pyservice eject {LIMITS}`" in said
    assert MINE not in project.text(LIMITS)
    assert MINE in project.text(f".pyservice/overwritten/{LIMITS}")


def test_a_newer_runtime_is_merged(project: Project) -> None:
    """What changed in it arrives, and the user's lines stay."""
    ejected(project)
    new = "_ALL_METHODS = "
    older = project.text(LIMITS).replace(MINE, FIRST).replace(new, "_OLD_NAME = ")
    set_base(project.folder, LIMITS, older.encode())
    project.write(LIMITS, older.replace(FIRST, MINE))
    project.proto(CART, CLEAR)
    said = project.generate().stderr
    assert f"  merged    {LIMITS}" in said
    assert MINE in project.text(LIMITS)
    assert new in project.text(LIMITS)


def test_a_runtime_that_does_not_fit_together_is_said(project: Project) -> None:
    """After a merge the whole of it is type-checked, its imports too."""
    ejected(project)
    older = project.text(LIMITS).replace(MINE, FIRST).replace("_ALL_METHODS", "_OLD_NAME")
    set_base(project.folder, LIMITS, older.encode())
    project.write(LIMITS, older.replace(FIRST, "import no_such_module\n\n" + MINE))
    project.proto(CART, CLEAR)
    said = project.generate().stderr
    assert "the runtime does not fit your version of an ejected file" in said
    assert 'Cannot find implementation or library stub for module named "no_such_module"' in said


def test_types_that_do_not_fit_are_said(project: Project) -> None:
    """The same for what imports, and is of the wrong type."""
    ejected(project)
    older = project.text(LIMITS).replace(MINE, FIRST).replace("_ALL_METHODS", "_OLD_NAME")
    set_base(project.folder, LIMITS, older.encode())
    project.write(LIMITS, older.replace(FIRST, MINE) + '\n_WRONG: int = "text"\n')
    project.proto(CART, CLEAR)
    said = project.generate().stderr
    assert "the runtime does not fit your version of an ejected file" in said
    assert "limits.py" in said


def test_the_runtime_as_generated_fits(project: Project) -> None:
    """The check, which sees none of the libraries, finds nothing in it."""
    ejected(project)
    assert list(find_problems(str(project.folder), [LIMITS])) == []


def test_the_check_runs_nothing_of_the_project(project: Project) -> None:
    """A clone with an ejected file may bring an interpreter, a mypy and code that runs when it is imported."""
    ejected(project)
    mark = project.folder / "was-run"
    python = project.folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\ntouch {mark}\n")
    python.chmod(0o755)
    code = f'import pathlib\npathlib.Path("{mark}").touch()\n'
    for path in ("mypy.py", "src/mypy.py", "sitecustomize.py", "plugin.py"):
        project.write(path, code)
    project.write("mypy.ini", "[mypy]\nplugins = plugin.py\n")
    older = project.text(LIMITS).replace(MINE, FIRST).replace("_ALL_METHODS", "_OLD_NAME")
    set_base(project.folder, LIMITS, older.encode())
    project.write(LIMITS, code + older)
    project.proto(CART, CLEAR)
    assert f"  merged    {LIMITS}" in project.generate().stderr
    assert not mark.exists()
    assert not (project.folder / ".mypy_cache").exists()


def test_it_is_taken_back(project: Project) -> None:
    """Not while edits would be lost: they are shown. Without the file, or without edits, it is the runtime's again."""
    before = project.files()
    ejected(project)
    refused = pyservice(project, "generate", "--restore", LIMITS)
    assert refused.returncode == 2
    assert "has edits of yours that restoring it would lose; delete it first." in refused.stderr
    assert f"-{FIRST}" in refused.stderr
    assert f"+{MINE}" in refused.stderr
    (project.folder / LIMITS).unlink()
    assert pyservice(project, "generate", "--restore", LIMITS).returncode == 0
    assert project.files() == before


def test_what_cannot_be_ejected(project: Project) -> None:
    """A file of the user's, one that is not there, and one that pyservice.toml names by mistake."""
    before = project.files()
    for path in (HANDLER, "src/shop/gen/registry.py", "nothing.py"):
        done = pyservice(project, "eject", path)
        assert (done.returncode, "is not a file of the runtime: name one below" in done.stderr) == (2, True)
    assert project.files() == before
    project.write("pyservice.toml", project.text("pyservice.toml") + 'ejected = ["server/no.py"]\n')
    done = project.generate(expect=2)
    assert done.returncode == 2
    assert "generate.ejected has server/no.py, which is not a file of this project's runtime: remove it." in done.stderr


def test_a_distribution_has_nothing_to_eject(project: Project) -> None:
    """In package mode the file is not in the project."""
    ejected(project)
    project.edit("pyservice.toml", 'package = "shop"\n', 'package = "shop"\nruntime = "package"\n')
    done = project.generate(expect=2)
    assert done.returncode == 2
    assert "but runtime=package has no such file here: remove it, or use runtime=vendored." in done.stderr


# --------------------------------------------------------------------------------------------------- --check


def test_check_lists_what_was_ejected(project: Project) -> None:
    """For a reviewer: what in the runtime is not as the release has it."""
    ejected(project)
    done = pyservice(project, "generate", "--check")
    assert (done.returncode, f"  ejected   {LIMITS}\n" in done.stdout) == (0, True)
    told = json.loads(pyservice(project, "generate", "--check", "--json").stdout)
    assert told["ejected"] == [LIMITS]


def test_check_compares_every_byte(project: Project) -> None:
    """A lock that vouches for an edited file is not believed."""
    before = project.text(LIMITS)
    project.edit(LIMITS, FIRST, MINE)
    forged = project.text(".pyservice/lock.json")
    old, new = digest(before.encode()), digest(project.text(LIMITS).encode())
    project.write(".pyservice/lock.json", forged.replace(old, new))
    assert "up to date" in pyservice(project, "generate", "--dry-run").stdout
    done = pyservice(project, "generate", "--check")
    assert done.returncode == 1
    assert f"  updated   {LIMITS}" in done.stdout


def test_check_needs_the_version_that_generated(project: Project) -> None:
    """With another one nothing can be said of bytes."""
    lock = json.loads(project.text(".pyservice/lock.json"))
    text = project.text(".pyservice/lock.json")
    project.write(".pyservice/lock.json", text.replace(f'"{lock["generator"]}"', '"0.2.9"'))
    done = pyservice(project, "generate", "--check")
    assert done.returncode == 2
    assert "names protoc-gen-pyservice 0.2.9, and this is" in done.stderr


def test_formatters_leave_generated_files_alone(project: Project) -> None:
    """black and ruff with a line length of 79, given every file by name as pre-commit does."""
    text = project.text("pyproject.toml")
    project.write("pyproject.toml", text.replace("line-length = 100", "line-length = 79"))
    files = [path for path in project.files() if path.endswith(".py") and not path.startswith(".pyservice/")]
    tools = os.path.dirname(sys.executable)
    for command in (("black", "--quiet"), ("ruff", "check", "--fix", "--quiet"), ("ruff", "format", "--quiet")):
        done = run([f"{tools}/{command[0]}", *command[1:], *files], project.folder)
        assert done.returncode == 0, done.said
    assert pyservice(project, "generate", "--check").returncode == 0
