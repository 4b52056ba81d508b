"""A new user with the README and nothing else: its commands run on a clean machine, with real installs.

    make first-hour

It takes minutes and the package index, so that `make test` leaves it out. `--update-goldens` writes what the commands print now.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.project.clean_machine import ROOT, machine
from tests.project.pages import missing, played, session

pytestmark = pytest.mark.first_hour

PAGES = ("README.md", "docs/tutorial.md")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What would be published."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_all_one_needs(name: str, wheel: Path, tmp_path: Path, update_goldens: bool) -> None:
    """From an empty home every command runs and prints as shown, from the wheel of this checkout."""
    text = (ROOT / name).read_text(encoding="utf-8")
    before, page, after = session(text)
    with machine(tmp_path, wheel.parent) as ours:
        now = played(page, ours)
    assert _is_installed(wheel, tmp_path / "home" / "pyservice"), "another protoc-gen-pyservice was installed"
    if update_goldens:
        (ROOT / name).write_text(before + now + after, encoding="utf-8")
        return
    assert page == now, "if this is how it should be: make first-hour FLAGS=--update-goldens"
    if missing(page):
        pytest.skip(f"all of it was played but for what needs {' and '.join(missing(page))}")


def _is_installed(wheel: Path, environment: Path) -> bool:
    """Whether an environment has the files of the wheel."""
    (there,) = environment.glob("lib/*/site-packages")
    with zipfile.ZipFile(wheel) as ours:
        return all(
            (there / name).read_bytes() == ours.read(name)
            for name in ours.namelist()
            if name.startswith("protoc_gen_pyservice/") and not name.endswith("/")
        )


INSTALLERS = {"pipx": "pipx install", "uv": "uv tool install"}


@pytest.mark.parametrize("installer", INSTALLERS)
def test_other_installers_do_as_well(installer: str, wheel: Path, tmp_path: Path) -> None:
    """With either, `pyservice new` with all defaults takes less than three seconds and leaves nothing to do."""
    with machine(tmp_path, wheel.parent) as ours:
        ours.type(f"python3 -m venv ~/tools && ~/tools/bin/pip install --quiet {installer}")
        said = ours.type(f"~/tools/bin/{INSTALLERS[installer]} protoc-gen-pyservice")
        ours.type("export PATH=~/.local/bin:$PATH")
        assert ours.type("pyservice --version").startswith("pyservice, version "), said
        ours.type("TIMEFORMAT='%U %S'")
        took = []
        for name in ("one", "two", "three"):
            said = ours.type(f"time pyservice new {name} --defaults")
            assert said.startswith(f"pyservice: {name}: "), said
            # What it takes where nothing else runs: seconds of CPU.
            took.append(sum(map(float, said.split()[-2:])))
        assert ours.type("cd one && pyservice generate --check").endswith(": up to date\n")
    assert min(took) < 3, took
