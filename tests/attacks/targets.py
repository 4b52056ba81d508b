"""The projects that are attacked. One more is one more entry."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from protoc_gen_pyservice.inputs.descriptors import Files, stored
from protoc_gen_pyservice.inputs.tree import DiskTree
from protoc_gen_pyservice.reconcile.last_run import read_last_run
from tests.support.command import run, scripts

EXAMPLES = Path(__file__).parents[2] / "examples"
_CACHES = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv", "*.egg-info", "build")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rpc:
    """A call that is answered with OK: ``Service/Method`` with its package, and what is sent."""

    path: str
    requests: Sequence[Json]


@dataclass(frozen=True, slots=True)
class Target:
    """A project in examples/, and a call of each kind that a caller with these claims may make."""

    name: str
    package: str
    unary: Rpc
    replies: Rpc
    requests: Rpc
    both: Rpc
    guarded: str
    """Which of the calls above needs the first of the roles in ``claims``."""
    claims: Json
    secret: str
    """A text in requests that no log may have."""
    first: Sequence[str] = ()
    """Calls that have to be made once for the others to be answered."""
    policies: str = ""
    """Joins its pyservice.toml."""
    settings: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


_ORDER = {"symbol": "ACME", "type": "BUY", "price": 10.0, "quantity": 1, "limit": {"timeInForce": 1}}
"""Takes what is there and does not rest: however often it is sent, the book stays as it is."""

ORDERBOOK = Target(
    name="orderbook",
    package="trading",
    unary=Rpc("trading.OrderBook/PlaceOrder", [{**_ORDER, "tags": ["desk-of-hunter2"]}]),
    replies=Rpc("trading.OrderBook/WatchMarket", [{"symbol": "ACME"}]),
    requests=Rpc("trading.OrderBook/SubmitBatchOrders", [_ORDER] * 3),
    both=Rpc("trading.OrderBook/LiveTrading", [{"actionId": str(n), "place": _ORDER} for n in range(3)]),
    guarded="requests",
    claims={"roles": ["desk"]},
    secret="hunter2",
    policies='\n[methods."trading.OrderBook/SubmitBatchOrders"]\nroles = ["desk"]\n',
)

SECURE_DATA = Target(
    name="secure_data",
    package="securedata",
    unary=Rpc("securedata.v1.SecureDataService/ListResources", [{"pageSize": 2}]),
    replies=Rpc("securedata.v1.SecureDataService/StreamAuditLogs", [{"follow": True}]),
    requests=Rpc(
        "securedata.v1.SecureDataService/ImportResources",
        [{"resource": {"displayName": "plans", "jsonData": '{"password": "hunter2"}'}}] * 2,
    ),
    both=Rpc(
        "securedata.v1.SecureDataService/SyncResources",
        [{"resourceId": f"00000000-0000-4000-8000-00000000000{number}"} for number in range(3)],
    ),
    guarded="unary",
    claims={"roles": ["user", "auditor"], "scope": "data:read data:write audit:read"},
    secret="hunter2",
    first=("requests",),
    policies="""
# Its limits would end the attacks before they begin.
[methods."securedata.v1.SecureDataService/ImportResources"]
rate = 100000
burst = 100000
concurrency = 1000
""",
)

TARGETS = (ORDERBOOK, SECURE_DATA)

ONCE = pytest.mark.parametrize("project", TARGETS[:1], indirect=True, ids=str)
"""For attacks that never reach the code of a target: one of them is enough."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method as a client without generated code calls it."""

    path: str
    client_streaming: bool
    server_streaming: bool
    requests: tuple[bytes, ...]

    @property
    def kind(self) -> str:
        """What a channel calls this kind."""
        words = ("stream" if streams else "unary" for streams in (self.client_streaming, self.server_streaming))
        return "_".join(words)


class Project:
    """A target as the templates make it today, away from its place in examples/."""

    def __init__(self, target: Target, folder: Path) -> None:
        self.target = target
        self.folder = folder
        lock, objects = read_last_run(DiskTree(str(folder)))
        assert lock is not None
        files = stored(lock.descriptors, objects, lock.protos, Files((), ()))
        assert files is not None
        self._pool = descriptor_pool.DescriptorPool()
        for file in files.all:
            self._pool.Add(file)

    def method(self, kind: str) -> Method:
        """One of the calls of the target: ``unary``, ``replies``, ``requests`` or ``both``."""
        rpc: Rpc = getattr(self.target, kind)
        return self.of(rpc.path, rpc.requests)

    def of(self, path: str, requests: Sequence[Json]) -> Method:
        """Any method, with requests in JSON."""
        found = self._find(path)
        make = message_factory.GetMessageClass(found.input_type)
        sent = tuple(json_format.ParseDict(json, make()).SerializeToString() for json in requests)
        return Method(f"/{path}", found.client_streaming, found.server_streaming, sent)

    def methods(self) -> Iterator[tuple[Method, Callable[[], Message]]]:
        """All methods of the service, and what makes an empty request of each."""
        service, _, _ = self.target.unary.path.partition("/")
        for found in self._pool.FindServiceByName(service).methods:
            make = message_factory.GetMessageClass(found.input_type)
            yield Method(f"/{service}/{found.name}", found.client_streaming, found.server_streaming, ()), make

    def _find(self, path: str) -> MethodDescriptor:
        service, _, name = path.partition("/")
        return self._pool.FindServiceByName(service).methods_by_name[name]


def prepare(target: Target, folder: Path) -> Project:
    """Copy a target, declare its policies and generate it again. Raises AssertionError."""
    shutil.copytree(EXAMPLES / target.name, folder, ignore=_CACHES)
    with (folder / "pyservice.toml").open("a") as file:
        file.write(target.policies)
    done = run([scripts() / "pyservice", "generate"], folder)
    assert done.returncode == 0, done.said
    return Project(target, folder)
