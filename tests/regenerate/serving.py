"""A project under test, started as the user starts it, and every RPC called."""

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc

from tests.regenerate.handler_edits import is_handler, servicer
from tests.regenerate.invariants import has_markers
from tests.regenerate.project import LOCK, Project
from tests.regenerate.text import Text, functions
from tests.support.server import Rpc, refusal, serving

_WAITS = "is not written yet"


def assert_served(project: Project) -> None:
    """Every RPC of the contract reaches a method, unless an edit of the user's prevents it."""
    if not (project.starts and project.complete):
        return
    files = project.sandbox.files()
    lock = json.loads(files[LOCK])
    classes = _classes(project, files)
    services = [f"{lock[f'class {file.full(service.name)}']}Servicer" for file, service in project.contract.services]
    if not services or classes is None or not classes.keys() >= set(services):
        return
    with TemporaryDirectory() as logs, serving(project.sandbox.root, project.package, Path(logs, "log.txt")) as server:
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            for file, service, rpc in project.contract.rpcs:
                full = file.full(service.name)
                code, details = refusal(channel, Rpc(full, rpc.name, rpc.client_streaming, rpc.server_streaming))
                waits = code is grpc.StatusCode.UNIMPLEMENTED and _WAITS in details
                assert waits or code is not grpc.StatusCode.UNIMPLEMENTED, f"{full}/{rpc.name}: {code} {details}"
                written = lock[f"method {full}/{rpc.name}"] in classes[f"{lock[f'class {full}']}Servicer"]
                assert waits or written, f"{full}/{rpc.name} answered {code} {details}"
        assert server.stop(within=10) == 0


def _classes(project: Project, files: Mapping[str, bytes]) -> dict[str, set[str]] | None:
    """The methods with logic of each handler class; None where a file is not Python, or two are of one service."""
    found: dict[str, set[str]] = {}
    for path, content in files.items():
        if not path.startswith("src/") or not path.endswith(".py"):
            continue
        text = Text(content)
        if has_markers(content) or text.tree() is None:
            return None
        if path.startswith(f"src/{project.package}/handlers/"):
            for node in is_handler(text):
                if servicer(node) in found:
                    return None
                found[servicer(node)] = {f.name for f in functions(node.body) if not _is_stub(f)}
    return found


def _is_stub(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    body = [node for node in function.body if not isinstance(node, ast.Expr)]
    return len(body) == 1 and isinstance(body[0], ast.Raise) and ast.unparse(body[0]) == "raise NotImplementedError"
