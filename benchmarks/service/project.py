"""The generated service that is timed, and the environment that all servers run in."""

import shutil
from pathlib import Path

from benchmarks.environment import Environment, SetupError, create, install
from tests.server.harness import OPTIONS, validate_rules
from tests.support.protoc import GOOGLEAPIS, protoc

SOURCES = Path(__file__).with_name("echo")

USUAL = (
    "opentelemetry-instrumentation-grpc",
    "prometheus-client",
    "protovalidate",
    "pyjwt[crypto]",
    "structlog",
)
"""What the usual stack needs beside what the generated project asks for itself."""


def set_up(work: Path) -> tuple[Environment, Path]:
    """Generate the project below ``work``, and install it. Raises SetupError."""
    project = _generate(work / "echo")
    environment = create(work / "service-venv")
    install(environment, [*USUAL, "--editable", f"{project}[server]"])
    return environment, project


def _generate(project: Path) -> Path:
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir(parents=True)
    rules = project / "rules.binpb"
    rules.write_bytes(validate_rules())
    roots = [f"-I{root}" for root in (SOURCES, OPTIONS, GOOGLEAPIS)]
    done = protoc(f"--descriptor_set_in={rules}", *roots, "--pyservice_out=.", "echo.proto", cwd=project)
    if done.returncode:
        raise SetupError(f"the service could not be generated:\n{done.said}")
    shutil.copy(SOURCES / "handler.py", project / "src" / "echo" / "handlers" / "echo.py")
    return project
