"""The project of a house, started as its owner starts it, and every RPC called."""

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc

from tests.regenerate.handler_edits import is_handler, servicer
from tests.regenerate.house import LOCK, House
from tests.regenerate.invariants import has_markers
from tests.regenerate.text import Text, functions
from tests.support.server import Rpc, refusal, serving

_WAITS = "is not written yet"


def assert_served(house: House) -> None:
    """Every RPC of the contract reaches a method, if nothing stands in the way that its owner put there."""
    if not (house.starts and house.complete):
        return
    files = house.sandbox.files()
    lock = json.loads(files[LOCK])
    classes = _classes(house, files)
    services = [f"{lock[f'class {file.full(service.name)}']}Servicer" for file, service in house.contract.services]
    if not services or classes is None or not classes.keys() >= set(services):
        return
    with TemporaryDirectory() as logs, serving(house.sandbox.root, house.package, Path(logs, "log.txt")) as server:
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            for file, service, rpc in house.contract.rpcs:
                full = file.full(service.name)
                code, details = refusal(channel, Rpc(full, rpc.name, rpc.streams_requests, rpc.streams_replies))
                waits = code is grpc.StatusCode.UNIMPLEMENTED and _WAITS in details
                assert waits or code is not grpc.StatusCode.UNIMPLEMENTED, f"{full}/{rpc.name}: {code} {details}"
                written = lock[f"method {full}/{rpc.name}"] in classes[f"{lock[f'class {full}']}Servicer"]
                assert waits or written, f"{full}/{rpc.name} answered {code} {details}"
        assert server.stop(within=10) == 0


def _classes(house: House, files: Mapping[str, bytes]) -> dict[str, set[str]] | None:
    """The methods with logic of each handler class; None where a file is not Python at the moment."""
    found: dict[str, set[str]] = {}
    for path, content in files.items():
        if not path.startswith("src/") or not path.endswith(".py"):
            continue
        text = Text(content)
        if has_markers(content) or text.tree() is None:
            return None
        if path.startswith(f"src/{house.package}/handlers/"):
            for node in is_handler(text):
                found[servicer(node)] = {f.name for f in functions(node.body) if not _is_stub(f)}
    return found


def _is_stub(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    body = [node for node in function.body if not isinstance(node, ast.Expr)]
    return len(body) == 1 and isinstance(body[0], ast.Raise) and ast.unparse(body[0]) == "raise NotWritten"
