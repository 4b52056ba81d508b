"""`copier copy` makes the same project as `pyservice new`; `copier update` updates it."""

import tomllib
from pathlib import Path

import yaml

from tests.copier.harness import copier, git, new, release, replace
from tests.support.command import run, scripts
from tests.support.own_tests import own_tests
from tests.support.snapshot import snapshot
from tests.support.stubs import STUB

FEW = ("--data", "deploy=[container]")


def made(folder: Path, template: Path, name: str = "shop") -> Path:
    """A project, made by copier in a folder of its name."""
    copier(folder, "copy", "--trust", "--defaults", *FEW, template, name)
    return folder / name


def test_copier_makes_what_pyservice_makes(template: Path, tmp_path: Path) -> None:
    """There is one engine: the projects are the same but for the file of answers."""
    (tmp_path / "other").mkdir()
    new(tmp_path / "other", "shop", "--defaults", *FEW)
    shop = made(tmp_path, template)
    ours, theirs = snapshot(tmp_path / "other" / "shop"), snapshot(shop)
    answers = theirs.pop(".copier-answers.yml")
    assert {path for path in ours if not path.startswith(".git/")} == {p for p in theirs if not p.startswith(".git/")}
    assert [path for path in ours if not path.startswith(".git/") and ours[path] != theirs[path]] == []
    assert set(yaml.safe_load(answers)) == {
        "_commit",
        "_src_path",
        "auth",
        "ci",
        "deploy",
        "handlers",
        "name",
        "package",
    }
    assert git(shop, "status", "--porcelain") == ""


def test_without_trust_nothing_is_copied(template: Path, tmp_path: Path) -> None:
    """copier refuses a template that runs something, and says which flag allows it."""
    said = copier(tmp_path, "copy", "--defaults", template, "shop", expect=4).stderr
    assert "--trust" in said
    assert not (tmp_path / "shop").exists()


def test_an_update_keeps_edits_and_marks_conflicts(template: Path, tmp_path: Path) -> None:
    """A newer template and a project with edits: what fits is merged, what collides is marked, and tests pass."""
    shop = made(tmp_path, template)
    handler, makefile = shop / "src" / "shop" / "handlers" / "greeter.py", shop / "Makefile"
    replace(handler, STUB, 'return shop_pb2.GreetResponse(greeting=f"Hello, {request.name}")')
    replace(makefile, "serve until Ctrl-C", "serve it")
    replace(makefile, "test: setup  ## run the tests", "test: setup  ## run the tests\n\t@echo mine")
    replace(shop / "pyservice.toml", "[generate]", "# a remark\n[generate]")
    git(shop, "commit", "--quiet", "--all", "--message", "Mine")
    replace(template / "templates/service/Makefile.jinja", "serve until Ctrl-C", "serve until it is stopped")
    replace(template / "templates/service/Makefile.jinja", "## check style", "## look at style")
    replace(template / "templates/copier/project/pyservice.toml.jinja", "The configuration of", "What is read by")
    release(template, "v1.1.0")
    said = copier(shop, "update", "--trust", "--defaults", expect=1).stderr
    assert "conflict  Makefile: 1 conflict, marked in the file" in said
    text = makefile.read_text()
    assert "<<<<<<< yours\nrun: setup  ## serve it\n" in text
    assert "=======\nrun: setup  ## serve until it is stopped\n>>>>>>> generated\n" in text
    assert "## look at style" in text
    assert "\t@echo mine\n" in text
    assert 'greeting=f"Hello, {request.name}"' in handler.read_text()
    settings = (shop / "pyservice.toml").read_text()
    assert "# What is read by `pyservice generate`.\n" in settings
    assert "# a remark\n" in settings
    assert yaml.safe_load((shop / ".copier-answers.yml").read_text())["_commit"] == "v1.1.0"
    done = own_tests(shop)
    assert done.returncode == 0, done.said


def test_answers_follow_the_settings(template: Path, tmp_path: Path) -> None:
    """A part taken out of pyservice.toml is out of the answers too, and an update does not bring it back."""
    shop = made(tmp_path, template)
    replace(shop / "pyservice.toml", '    "container",\n    "ci",\n', '    "load",\n')
    done = run([scripts() / "pyservice", "generate"], shop)
    assert done.returncode == 0, done.said
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "Other parts")
    answers = yaml.safe_load((shop / ".copier-answers.yml").read_text())
    assert (answers["deploy"], answers["ci"]) == (["load"], False)
    release(template, "v1.1.0") if git(template, "status", "--porcelain") else git(template, "tag", "v1.1.0")
    copier(shop, "update", "--trust", "--defaults")
    assert tomllib.loads((shop / "pyservice.toml").read_text())["project"]["parts"] == ["client", "load"]
    assert not (shop / "Dockerfile").exists()


def test_an_answer_that_changes_changes_the_project(template: Path, tmp_path: Path) -> None:
    """Answering another way in an update is the same as editing pyservice.toml."""
    shop = made(tmp_path, template)
    git(template, "tag", "v1.1.0")
    copier(shop, "update", "--trust", "--defaults", "--data", "deploy=[]", "--data", "ci=false")
    assert tomllib.loads((shop / "pyservice.toml").read_text())["project"]["parts"] == ["client"]
    assert not (shop / "Dockerfile").exists()
    assert not (shop / ".github").exists()


def told(shop: Path) -> tuple[tuple[str, str], tuple[str, str]]:
    """Name and package, as the settings and as the answers say it."""
    project = tomllib.loads((shop / "pyservice.toml").read_text())["project"]
    answers = yaml.safe_load((shop / ".copier-answers.yml").read_text())
    return (project["name"], project["package"]), (answers["name"], answers["package"])


def test_an_update_gives_the_project_another_name(template: Path, tmp_path: Path) -> None:
    """The name is what others see of it: the package keeps its own, and with it every import."""
    shop = made(tmp_path, template)
    git(template, "tag", "v1.1.0")
    copier(shop, "update", "--trust", "--defaults", "--data", "name=Web-Store")
    assert told(shop) == (("Web-Store", "shop"), ("Web-Store", "shop"))
    assert 'name = "web-store"' in (shop / "pyproject.toml").read_text()
    assert (shop / "src" / "shop" / "app.py").exists()
    assert "up to date" in run([scripts() / "pyservice", "generate"], shop).stderr
    replace(shop / "pyservice.toml", 'name = "Web-Store"', 'name = "Kiosk"')
    assert run([scripts() / "pyservice", "generate"], shop).returncode == 0
    assert told(shop) == (("Kiosk", "shop"), ("Kiosk", "shop"))


def test_an_update_does_not_leave_code_behind_in_another_package(template: Path, tmp_path: Path) -> None:
    """Another package is refused while the old one has code; after the user moved the code, the update succeeds."""
    shop = made(tmp_path, template)
    replace(
        shop / "src/shop/handlers/greeter.py",
        STUB,
        "return shop_pb2.GreetResponse(greeting=request.name)",
    )
    git(shop, "commit", "--quiet", "--all", "--message", "Mine")
    git(template, "tag", "v1.1.0")
    said = copier(shop, "update", "--trust", "--defaults", "--data", "package=store", expect=1).stderr
    assert "run `git mv src/shop src/store`, write store in your own imports, and generate again." in said
    assert told(shop) == (("shop", "store"), ("shop", "store"))
    assert not (shop / "src" / "store").exists()
    git(shop, "mv", "src/shop", "src/store")
    replace(shop / "tests/handlers/test_greeter.py", "from shop.", "from store.")
    done = run([scripts() / "pyservice", "generate"], shop)
    assert done.returncode == 0, done.said
    assert told(shop) == (("shop", "store"), ("shop", "store"))
    assert "greeting=request.name" in (shop / "src/store/handlers/greeter.py").read_text()
    done = own_tests(shop)
    assert done.returncode == 0, done.said


def test_a_name_that_a_library_has_by_now_is_kept(template: Path, tmp_path: Path) -> None:
    """A project of an older template may be called so; an update changes neither its name nor its package."""
    current = (template / "templates/copier/names.yml").read_text()
    (template / "templates/copier/names.yml").write_text(current.replace("redis", "nothing"))
    replace(template / "protoc_gen_pyservice/inputs/installed.py", '"redis": "redis"', '"nothing": "nothing"')
    release(template, "v1.1.0")
    shop = made(tmp_path, template, "redis")
    assert told(shop) == (("redis", "redis"), ("redis", "redis"))
    (template / "templates/copier/names.yml").write_text(current)
    replace(template / "protoc_gen_pyservice/inputs/installed.py", '"nothing": "nothing"', '"redis": "redis"')
    release(template, "v1.2.0")
    copier(shop, "update", "--trust", "--defaults")
    assert told(shop) == (("redis", "redis"), ("redis", "redis"))
    assert "up to date" in run([scripts() / "pyservice", "generate"], shop).stderr
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "Updated")
    said = copier(shop, "update", "--trust", "--defaults", "--data", "package=jwt", expect=1).stderr
    assert "that package would hide another module; try package=jwt_service." in said
