"""What a generated project runs against a running service, with the real tools."""

import json
import resource
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.command import Finished, run
from tests.support.protoc import protoc

HERE = Path(__file__).parent
OPTIONS = HERE.parents[1] / "protoc_gen_pyservice" / "include"


def need(tool: str) -> None:
    """Skip, saying why, where a tool is not installed."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")


@pytest.fixture(scope="module")
def faulty_service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh project whose RPCs are written, with bugs in some."""
    folder = tmp_path_factory.mktemp("tools")
    done = protoc(f"-I{OPTIONS}", f"-I{HERE / 'faulty_service'}", "--pyservice_out=.", "garden.proto", cwd=folder)
    assert done.returncode == 0, done.said
    shutil.copyfile(HERE / "faulty_service" / "handlers.py", folder / "src" / "garden" / "handlers" / "garden.py")
    return folder


def in_project(folder: Path, *command: str) -> Finished:
    """Run a command in a project as if it was installed."""
    return run(command, folder, {"PYTHONPATH": "src", "PYTHON": sys.executable})


def test_grpcurl_reaches_every_rpc(faulty_service: Path) -> None:
    """The script waits for health, calls each RPC, and fails for those that are at fault themselves."""
    need("grpcurl")
    done = in_project(faulty_service, "bash", "tests/integration.sh")
    lines = {line.split()[1].rstrip(":"): line.split()[0] for line in done.stdout.splitlines() if "Garden." in line}
    assert lines["garden.v1.Garden.Trickle"] == "ok"
    assert lines["garden.v1.Garden.Healthy"] == "ok", "refused as it should be"
    assert lines["garden.v1.Garden.EmptyString"] == "FAIL"
    assert done.returncode == 1
    assert len(lines) == 14


def test_load_judges_declared_deadlines(faulty_service: Path, tmp_path: Path) -> None:
    """The report counts what came back, says whether the declared deadline held, and plots it."""
    page = tmp_path / "load.html"
    quick = ["--seconds", "0.3", "--callers", "2"]
    done = in_project(
        faulty_service, sys.executable, "-m", "load", *quick, "--only", "ForgetsRole", "--html", str(page)
    )
    assert "garden.v1.Garden/ForgetsRole" in done.stdout, done.said
    assert "deadline of 3 s met" in done.stdout
    assert "RESOURCE_EXHAUSTED" in done.stdout, "its rate is declared"
    assert done.returncode == 0
    assert "<polyline" in page.read_text()


def test_load_takes_all_kinds(faulty_service: Path) -> None:
    """Streams are read and left, and a service at fault fails the run."""
    quick = ["--seconds", "0.2", "--callers", "2"]
    for only, code in (("Trickle", 0), ("Gather", 0), ("ReturnsNone", 1)):
        done = in_project(faulty_service, sys.executable, "-m", "load", *quick, "--only", only)
        assert done.returncode == code, done.said
    assert "INTERNAL" in done.stdout


def test_ghz_runs_by_generated_configuration(faulty_service: Path) -> None:
    """Each RPC gets a file, which is kept once it is there; the real ghz runs by it."""
    need("ghz")
    first = in_project(faulty_service, sys.executable, "-m", "load.ghz", "--only", "Healthy", "--total", "50")
    assert "wrote load/ghz/garden.v1.Garden.Healthy.json" in first.stdout, first.said
    assert "50 OK" in first.stdout, first.said
    file = faulty_service / "load" / "ghz" / "garden.v1.Garden.Healthy.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "total": 7}))
    again = in_project(faulty_service, sys.executable, "-m", "load.ghz", "--only", "Healthy")
    assert "7 OK" in again.stdout, again.said


def test_actionlint_finds_nothing(faulty_service: Path) -> None:
    """The workflow is one that GitHub understands."""
    need("actionlint")
    done = run(["actionlint", ".github/workflows/ci.yml"], faulty_service)
    assert done.returncode == 0, done.said


def test_zizmor_finds_nothing(faulty_service: Path) -> None:
    """No permission too many, no action that can be changed behind one's back."""
    need("zizmor")
    done = run(["zizmor", "--offline", ".github/workflows"], faulty_service)
    assert done.returncode == 0, done.said


def test_a_hundred_fresh_rpcs_take_less_than_twenty_seconds(tmp_path: Path) -> None:
    """The whole suite of ten services with ten RPCs each, of all kinds, in seconds of CPU."""
    (tmp_path / "many.proto").write_text(many(services=10, rpcs=10))
    assert protoc("-I.", "--pyservice_out=.", "many.proto", cwd=tmp_path).returncode == 0
    before = used()
    done = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], tmp_path)
    assert done.returncode == 0, done.said
    assert used() - before < 20


def used() -> float:
    """Seconds of CPU that children of this process have used."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def many(services: int, rpcs: int) -> str:
    """A proto with many RPCs, each service with messages of its own."""
    lines = ['syntax = "proto3";', "package many.v1;"]
    for one in range(services):
        lines += [
            f"message Item{one} {{ double weight = 1; string label = 2; bytes raw = 3; }}",
            f"message Ask{one} {{ string name = 1; int64 size = 2; repeated Item{one} items = 3; map<string, int32> n = 4; }}",
            f"service Service{one} {{",
            *(f"  rpc Call{n}({_sides[n % 4][0]}Ask{one}) returns ({_sides[n % 4][1]}Ask{one});" for n in range(rpcs)),
            "}",
        ]
    return "\n".join(lines) + "\n"


_sides = (("", ""), ("", "stream "), ("stream ", ""), ("stream ", "stream "))
