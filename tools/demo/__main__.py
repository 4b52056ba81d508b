"""From a proto to a running service, each step shown as it happens.

    python -m tools.demo
    python -m tools.demo path/to/your.proto
    python -m tools.demo google/longrunning/operations_proto.proto

The project is made in build/demo, which is emptied first. Without a proto it is the order book of
examples/orderbook, with its logic; with any other proto the RPCs wait for theirs, and say where.
"""

import argparse
import os
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from protoc_gen_pyservice import __version__

from . import calls
from .contract import Contract, find_contract
from .errors import DemoError
from .project import ROOT, Project, add_logic, command, empty, example_of, generate, run_tests
from .server import Server, serving
from .show import Story, columns, say, typed

_DEFAULT = "examples/orderbook/proto/orderbook.proto"
_CLIENTS = {"orderbook": Path(__file__).with_name("trade.py")}
_SHOWN = 3
"""How many RPCs of a proto without logic are called."""


def main(words: list[str]) -> int:
    """Tell the whole story; returns 0, or 1 after one sentence on what went wrong."""
    options = _parser().parse_args(words)
    signal.signal(signal.SIGTERM, _end)
    try:
        _tell(find_contract(options.proto), options.out.resolve())
    except (DemoError, OSError) as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: stopped.", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("proto", nargs="?", default=str(ROOT / _DEFAULT), metavar="PROTO")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "demo", metavar="DIR")
    return parser


def _end(number: int, frame: types.FrameType | None) -> NoReturn:
    # As an exception, so that the server is stopped on the way out.
    sys.exit(128 + number)


def _tell(contract: Contract, folder: Path) -> None:
    shown = os.path.relpath(contract.file)
    say(f"protoc-gen-pyservice {__version__}", f"{shown if not shown.startswith('..') else contract.name}", "")
    story = Story()
    project = _generate(story, contract, folder)
    if not project.serves:
        say("This proto has no service of its own, so there is nothing to start.")
        return
    example = example_of(contract)
    if example is not None:
        _add_logic(story, contract, project, example)
    with story.step("Run its tests") as lines:
        lines += [f"$ cd {os.path.relpath(folder)} && make test", run_tests(project)]
    _serve(story, project, example)
    _say_what_next(contract, project, example)


def _generate(story: Story, contract: Contract, folder: Path) -> Project:
    empty(folder)
    project = Project(folder)
    with story.step("Generate the project") as lines:
        lines += typed(["python", *command(contract, folder)[1:]])
        lines += generate(contract, folder)
        files = project.files()
        length = sum(file.read_bytes().count(b"\n") for file in files)
        lines += ["", f"{os.path.relpath(folder)}/  {len(files)} files, {length:,} lines"]
        lines += [f"  {line}" for line in columns(project.contents())]
    return project


def _add_logic(story: Story, contract: Contract, project: Project, example: Path) -> None:
    with story.step("Write the logic: here, that of the example") as lines:
        written = add_logic(example, project)
        lines += [f"$ cp -r {os.path.relpath(example)}/src {os.path.relpath(example)}/tests ..."]
        lines += [f"{len(written)} files written by hand, {written[0]} the first of them"]
    with story.step("Generate again: nothing that was written by hand changes") as lines:
        before = {path: (project.folder / path).read_bytes() for path in written}
        lines += generate(contract, project.folder)
        changed = [path for path, content in before.items() if (project.folder / path).read_bytes() != content]
        if changed:
            raise DemoError(f"generating again changed {changed[0]}, which was written by hand.")


def _serve(story: Story, project: Project, example: Path | None) -> None:
    with serving_step(story, project) as (server, channel):
        client = _CLIENTS.get(example.name) if example else None
        if client is not None:
            _trade(story, project, server, client)
        else:
            _call_unwritten(story, channel)
        _stop(story, server)
