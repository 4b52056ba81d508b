"""The steps of the demo, in order."""

import difflib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import grpc

from protoc_gen_pyservice import __version__

from . import calls
from .contract import Contract, find_contract
from .errors import DemoError
from .project import BIN, Project, add_logic, command, empty, example_of, generate, run_tests
from .scenario import SCENARIOS, Scenario
from .server import Server, serving
from .show import Story, columns, say, typed

_CALLED = 3
"""How many RPCs are called that have no logic yet."""


def tell(contract: Contract, folder: Path) -> None:
    """Make the project of a proto in a folder, serve it, call it, stop it. Raises DemoError."""
    say(f"protoc-gen-pyservice {__version__}: {contract.name}, from proto to service", "")
    story = Story()
    empty(folder)
    project = Project(folder)
    _generate(story, contract, project)
    if not project.serves:
        say("This proto has no service of its own, so there is nothing to start.")
        return
    example = example_of(contract)
    scenario = SCENARIOS.get(example.name) if example else None
    if example is not None:
        _add_logic(story, contract, project, example)
    if scenario is not None:
        _grow(story, project, scenario)
    with story.step("Run the project's own tests") as lines:
        lines += [f"$ cd {os.path.relpath(folder)} && python -m pytest -q", run_tests(project)]
    with ExitStack() as stack:
        server, channel = _start(story, project, stack)
        if scenario is not None:
            _talk(story, project, server, scenario.client)
        else:
            _call_unwritten(story, channel)
        _stop(story, server)
    _say_what_next(contract, project, written=example is not None)


def _generate(story: Story, contract: Contract, project: Project) -> None:
    shown = os.path.relpath(project.folder)
    with story.step("Generate the project") as lines:
        lines += [f"$ . {os.path.relpath(BIN)}/activate && mkdir -p {shown}"]
        lines += typed(["python", *command(contract, project.folder)[1:]])
        lines += generate(contract, project.folder)
        files = project.files()
        length = sum(file.read_bytes().count(b"\n") for file in files)
        lines += ["", f"{shown}/: {len(files)} files, {length:,} lines"]
        lines += [f"  {line}" for line in columns(project.contents())]


def _add_logic(story: Story, contract: Contract, project: Project, example: Path) -> None:
    shown = os.path.relpath(example)
    with story.step("Write the logic (here: copy what was written by hand for the example)") as lines:
        written = add_logic(example, project)
        lines += [f"{len(written)} files out of {shown}/, such as"]
        lines += [f"  {path}" for path in written if "/handlers/" in path]
    with story.step("Generate again: no line that was written by hand changes") as lines:
        before = {path: (project.folder / path).read_bytes() for path in written}
        lines += generate(contract, project.folder)
        changed = [path for path, content in before.items() if (project.folder / path).read_bytes() != content]
        if changed:
            raise DemoError(f"generating again changed {changed[0]}, which was written by hand.")


def _grow(story: Story, project: Project, scenario: Scenario) -> None:
    with story.step("Add an RPC to the proto: a stub joins the logic, no line of it is lost") as lines:
        proto, handler = project.folder / scenario.proto, project.folder / scenario.handler
        before = handler.read_text(encoding="utf-8").splitlines()
        text = proto.read_text(encoding="utf-8")
        proto.write_text(text.replace(scenario.place, scenario.place + scenario.rpc, 1), encoding="utf-8")
        lines += [f"{os.path.relpath(proto)}:", *(f"  + {line}" for line in scenario.rpc.splitlines()), ""]
        contract = find_contract(str(proto))
        lines += typed(["python", *command(contract, project.folder)[1:]])
        lines += generate(contract, project.folder)
        added = _added(before, handler.read_text(encoding="utf-8").splitlines())
        lines += ["", f"{os.path.relpath(handler)}:", *(f"  + {line}" for line in added)]


def _added(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The lines that came in; raises DemoError if any other went."""
    difference = list(difflib.ndiff(before, after))
    lost = [line for line in difference if line.startswith("- ")]
    if lost:
        raise DemoError(f"generating lost a line that was written by hand: {lost[0]}")
    return [line[2:] for line in difference if line.startswith("+ ")]


def _start(story: Story, project: Project, stack: ExitStack) -> tuple[Server, grpc.Channel]:
    with story.step("Serve it on a free port, and ask what it is") as lines:
        server = stack.enter_context(serving(project))
        channel = stack.enter_context(calls.open_channel(server.address))
        lines += [
            f"$ PYTHONPATH=src GRPC_PORT=0 python -m {project.package}",
            f"{server.log_line}  after {server.started:.2f} s",
        ]
        lines += ["(here it runs out of the generator's .venv, which has what it needs already)", ""]
        lines += ["grpc.health.v1.Health/Check", f"  < {calls.health(channel)}"]
        lines += ["grpc.reflection.v1alpha.ServerReflection, the services"]
        lines += [f"  < {name}" for name in calls.services(channel)]
    return server, channel


def _talk(story: Story, project: Project, server: Server, client: Path) -> None:
    with story.step("Call it with the generated client, once in each of the four ways") as lines:
        lines += [f"$ PYTHONPATH=src python {os.path.relpath(client, project.folder)} {server.address}", ""]
        done = subprocess.run(
            [sys.executable, str(client), server.address],
            env=project.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise DemoError(f"the client failed: {done.stderr.strip().splitlines()[-1]}")
        lines += done.stdout.splitlines()


def _call_unwritten(story: Story, channel: grpc.Channel) -> None:
    rpcs = list(calls.rpcs(channel, calls.services(channel)))
    with story.step("Call it: an RPC without logic says where to write it") as lines:
        for rpc in rpcs[:_CALLED]:
            lines += calls.describe(rpc, calls.call_empty(channel, rpc))
        if len(rpcs) > _CALLED:
            lines += [f"and {len(rpcs) - _CALLED} more in the same way"]
        if not rpcs:
            lines += ["its services have no RPC"]


def _stop(story: Story, server: Server) -> None:
    with story.step("Stop it in good order") as lines:
        start = time.perf_counter()
        code = server.stop()
        lines += [f"$ kill -TERM {server.process.pid}", f"ended with {code} after {time.perf_counter() - start:.2f} s"]
        if code:
            raise DemoError(f"the server ended with {code} instead of 0; its log is {server.log}.")


def _say_what_next(contract: Contract, project: Project, written: bool) -> None:
    shown = os.path.relpath(project.folder)
    handler = next((path for path, _ in project.contents() if path.endswith("handlers/")), "")
    rows = [
        (f"cd {shown}", "the project; `make help` lists what it can do"),
        ("make run", "serve on 127.0.0.1:50051, out of a .venv that it makes first"),
        ("make test", "its tests, in that .venv"),
        (f"$EDITOR {handler}", "the logic" if written else "write the logic where it says TODO(you)"),
        ("make generate", "after an edit of the proto"),
    ]
    say("What to type next", "", *(f"   {line}" for line in columns(rows)))
    if written:
        say("", "The same with a proto of yours: make demo PROTO=path/to/your.proto")
