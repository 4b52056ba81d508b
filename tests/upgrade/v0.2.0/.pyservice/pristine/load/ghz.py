"""The same by the real ghz: ``python -m load.ghz --help``.

The configuration of each RPC is written to load/ghz/ once, and is yours from then on. ghz installs with
``go install github.com/bojand/ghz/cmd/ghz@latest``.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf import json_format

from tests.calls import METHODS, Method
from tests.messages import sample

from .target import started

FOLDER = Path(__file__).with_name("ghz")
PROTOS = FOLDER.parents[1] / ".pyservice" / "descriptors.binpb"
"""What ghz reads the messages from: by reflection it would ask for methods, which Python's has not."""


def configuration(method: Method) -> dict[str, Any]:
    """What ghz is told about an RPC, to begin with."""
    data = json_format.MessageToDict(sample(method.request), preserving_proto_field_name=True)
    told: dict[str, Any] = {
        "call": method.path[1:].replace("/", "."),
        "insecure": True,
        "total": 1000,
        "concurrency": 16,
        "timeout": f"{method.policy.timeout or 30:g}s",
        "data": [data] if method.kind.streams_requests else data,
    }
    if method.kind.streams_replies:
        told["stream-call-duration"] = "200ms"
    return told


def file_of(method: Method) -> Path:
    """Where the configuration of an RPC is."""
    return FOLDER / f"{method.path[1:].replace('/', '.')}.json"


def write() -> Iterator[Path]:
    """Write the configurations that are not there yet."""
    FOLDER.mkdir(exist_ok=True)
    for method in METHODS:
        file = file_of(method)
        if not file.exists():
            file.write_text(json.dumps(configuration(method), indent=2) + "\n", encoding="utf-8")
            yield file


async def run(only: str, target: str | None, total: int | None) -> bool:
    """Run ghz for each RPC; returns whether every declared deadline held."""
    good = True
    async with started(target) as address:
        for method in (method for method in METHODS if only in method.path):
            command = ["ghz", "--config", str(file_of(method)), "--format", "json"]
            command += ["--protoset", str(PROTOS)] if PROTOS.exists() else []
            command += ["--total", str(total)] if total else []
            done = await asyncio.to_thread(
                subprocess.run, [*command, address], capture_output=True, text=True, check=False
            )
            if done.returncode:
                print(f"{method.path[1:]}: {done.stderr.strip() or done.stdout.strip()}")
                good = False
                continue
            held, line = judged(method, json.loads(done.stdout))
            print(f"{method.path[1:]}: {line}")
            good = good and held
    return good


def judged(method: Method, report: Any) -> tuple[bool, str]:
    """What a report of ghz says about the declared deadline."""
    codes = report.get("statusCodeDistribution") or {}
    slowest, limit = report["slowest"] / 1e9, method.policy.timeout
    held = "DeadlineExceeded" not in codes and (limit is None or slowest <= limit)
    counted = ", ".join(f"{count} {code}" for code, count in codes.items())
    told = "no deadline declared" if limit is None else f"deadline {'held' if held else 'BROKEN'}"
    return held, f"{report['rps']:.0f}/s, slowest {slowest * 1000:.1f} ms; {counted}; {told}"


def main() -> int:
    """Write what is missing, then run; returns 1 if a deadline did not hold."""
    parser = argparse.ArgumentParser(prog="python -m load.ghz")
    parser.add_argument("--target", help="host:port of a service that runs; default: start one")
    parser.add_argument("--only", default="", help="RPCs whose path has this in it")
    parser.add_argument("--total", type=int, help="calls to each RPC, whatever its file says")
    arguments = parser.parse_args()
    for file in write():
        print(f"wrote {file.relative_to(FOLDER.parents[1])}")
    if shutil.which("ghz") is None:
        print("ghz is not installed: go install github.com/bojand/ghz/cmd/ghz@latest")
        return 2
    return 0 if asyncio.run(run(arguments.only, arguments.target, arguments.total)) else 1


if __name__ == "__main__":
    sys.exit(main())
