"""Every case: what is generated for it, and that it is a project one can check, test, serve and call."""

import shutil
import sys
from pathlib import Path

import grpc
import pytest

from tests.support import all_projects, client_methods, golden, server
from tests.support.cases import Case, generate, load_cases
from tests.support.command import run
from tests.support.own_tests import own_tests
from tests.support.projects import Project, Projects
from tests.support.protoc import protoc
from tests.support.snapshot import differences, snapshot

CASES = load_cases()
GOOD = [case for case in CASES if case.refused is None]
REFUSED = [case for case in CASES if case.refused is not None]

each_case = pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)


def generated(projects: Projects, case: Case) -> Project:
    """The project of a case that has to come out."""
    project = projects[case]
    assert project.finished.returncode == 0, project.finished.said
    return project


@pytest.fixture
def served(projects: Projects) -> list[Project]:
    """Every project that is a service."""
    return [project for project in (generated(projects, case) for case in GOOD) if project.serves]


# ------------------------------------------------------------------------------- all in one process


def test_every_module_is_typed(projects: Projects, tmp_path: Path) -> None:
    """mypy --strict, with the settings of the projects, finds nothing in any of them."""
    everything = [generated(projects, case) for case in GOOD]
    settings = all_projects.same_settings([project for project in everything if project.serves], "mypy")
    found = []
    for tree in all_projects.merged(everything, tmp_path):
        folders = ["--config-file", str(settings), "--cache-dir", str(tmp_path / "cache")]
        finished = run(["mypy", *folders, "--num-workers", "2", "."], tree, timeout=600)
        if finished.returncode:
            found.append(finished.said)
    assert not found, "\n".join(found)


def test_every_module_is_black_clean(projects: Projects, served: list[Project], tmp_path: Path) -> None:
    """black, with the settings of the projects, would change no file of any of them."""
    settings = all_projects.same_settings(served, "black")
    copies = all_projects.distinct_modules((generated(projects, case) for case in GOOD), tmp_path)
    finished = run(["black", "--check", "--quiet", "--config", settings, *copies], tmp_path)
    if finished.returncode:
        diff = run(["black", "--diff", "--quiet", "--config", settings, *copies], tmp_path).said
        for copy, original in copies.items():
            diff = diff.replace(copy, original)
        pytest.fail(diff)


def test_every_module_is_ruff_clean(served: list[Project]) -> None:
    """ruff, with the settings of each project, finds nothing in any of them."""
    folders = [project.folder for project in served]
    finished = run(["ruff", "check", "--no-cache", "--output-format", "concise", *folders], folders[0])
    assert finished.returncode == 0, finished.said


# ------------------------------------------------------------------------------------ case by case


@each_case
def test_golden(projects: Projects, case: Case, update_goldens: bool) -> None:
    """What depends on the protos is what expected/ holds."""
    project = generated(projects, case)
    files = golden.golden_files({path: (project.folder / path).read_bytes() for path in project.files})
    if update_goldens:
        golden.update(case.expected, files)
    diff = golden.compare(snapshot(case.expected), files)
    assert not diff, f"{case.name}: {case.why}\n{diff}"


@each_case
def test_second_run_changes_nothing(projects: Projects, case: Case, tmp_path: Path) -> None:
    """protoc run again on the same protos leaves every byte as it was."""
    project = generated(projects, case)
    copy = tmp_path / "again"
    shutil.copytree(project.folder, copy)
    before = snapshot(copy)
    finished = generate(case, copy)
    assert finished.returncode == 0, finished.said
    assert differences(before, snapshot(copy)) == []


@each_case
def test_every_run_writes_the_same(projects: Projects, case: Case, tmp_path: Path) -> None:
    """Another place, hash seed, locale and time zone make no difference to a byte."""
    project = generated(projects, case)
    protos = tmp_path / "elsewhere" / "protos"
    shutil.copytree(case.folder, protos, ignore=shutil.ignore_patterns("expected"))
    env = {"PYTHONHASHSEED": "4711", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    finished = generate(case, tmp_path / "another" / "place", env, protos)
    assert finished.returncode == 0, finished.said
    first = {path: (project.folder / path).read_bytes() for path in project.files}
    assert differences(first, snapshot(tmp_path / "another" / "place")) == []


@each_case
def test_every_generated_module_imports(projects: Projects, case: Case) -> None:
    """All modules below gen/, the compiler's too, import without a warning."""
    project = generated(projects, case)
    modules = [path.removeprefix("src/") for path in project.files if f"{project.package}/gen/" in path]
    names = [path.removesuffix(".py").replace("/", ".") for path in modules if path.endswith(".py")]
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    finished = run([sys.executable, "-W", "error", "-c", code, *names], project.folder / "src")
    assert finished.returncode == 0, finished.said


@each_case
def test_project_tests_pass(projects: Projects, case: Case) -> None:
    """The project's own tests pass before anybody wrote a line."""
    project = generated(projects, case)
    if not project.serves:
        pytest.skip("there is nothing to serve, and so no test")
    finished = own_tests(project.folder)
    assert finished.returncode == 0, finished.said


@each_case
def test_clients_have_all_methods(projects: Projects, case: Case) -> None:
    """They send what the protos say and give back what came, with ``async`` and without."""
    project = generated(projects, case)
    if f"src/{project.package}/gen/clients.py" not in project.files:
        pytest.skip("there are no clients")
    program = Path(client_methods.__file__).read_text()
    finished = run([sys.executable, "-c", program, project.package], project.folder)
    assert finished.returncode == 0, finished.said
    text = (project.folder / f"src/{project.package}/gen/registry.py").read_text()
    assert int(finished.stdout) == text.count("Method(")


@each_case
def test_service_runs(projects: Projects, case: Case, tmp_path: Path) -> None:
    """As a process it is healthy, lists its services, says where each RPC is to be written, and stops."""
    project = generated(projects, case)
    services = dict(server.rpcs(descriptors(case, tmp_path), case.protos))
    assert project.serves == bool(services)
    if not services:
        pytest.skip("there is nothing to serve")
    with server.serving(project.folder, project.package, tmp_path / "log") as running:
        with grpc.insecure_channel(f"127.0.0.1:{running.port}") as channel:
            assert {name: server.health(channel, name) for name in ("", *services)} == dict.fromkeys(
                ("", *services), "SERVING"
            )
            assert server.listed(channel) >= services.keys()
            for name, rpcs in services.items():
                assert server.described(channel, name) == {rpc.name for rpc in rpcs}
            for rpc in (rpc for rpcs in services.values() for rpc in rpcs):
                code, said = server.refusal(channel, rpc)
                assert code is grpc.StatusCode.UNIMPLEMENTED, f"{rpc.path}: {code} {said}"
                assert_names_its_stub(project, said)
        assert running.stop(within=5) == 0, (tmp_path / "log").read_text()


def assert_names_its_stub(project: Project, said: str) -> None:
    """``said`` ends in file:line of a method in a handler of the project."""
    file, _, line = said.rpartition(" ")[2].rpartition(":")
    assert file in project.files, said
    assert "/handlers/" in file, said
    assert " def " in (project.folder / file).read_text().splitlines()[int(line) - 1], said


def descriptors(case: Case, folder: Path) -> Path:
    """The case as the compiler sees it, which our own code had no hand in."""
    target = folder / "descriptors.binpb"
    include = [f"-I{root}" for root in case.roots]
    finished = protoc(*include, f"--descriptor_set_out={target}", *case.protos, cwd=folder)
    assert finished.returncode == 0, finished.said
    return target


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(projects: Projects, case: Case) -> None:
    """What cannot be generated is refused in words, and nothing is written."""
    project = projects[case]
    assert project.finished.returncode == 1
    assert case.refused is not None
    assert case.refused in project.finished.stderr
    assert "Traceback" not in project.finished.stderr
    assert project.files == ()
