"""Replicas are replaced under load, one after the other: clients that retry UNAVAILABLE lose no call."""

import asyncio
import json
import socket
from collections import Counter
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.server.harness import LabProject, ServerProcess, finish, health, start, stream

KINDS = ("Lab/One", "Lab/Many", "Lab/Sum", "Lab/Chat")
CLIENTS, STOPS = 4, 2
PAUSE = 0.02
"""Seconds between an answer and the next call."""
SETTLED = 0.5
"""Seconds in which clients find a replica that has come back."""

RETRY = {
    "maxAttempts": 5,
    "initialBackoff": "0.05s",
    "maxBackoff": "0.5s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
CONFIGS: dict[str, dict[str, Any]] = {
    "one at a time": {"loadBalancingConfig": [{"pick_first": {}}]},
    "all": {"loadBalancingConfig": [{"round_robin": {}}]},
    "all that serve": {"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": ""}},
}
"""How clients choose between the replicas."""


class Load:
    """Clients that call all four kinds again and again, and what became of it."""

    def __init__(self, lab: LabProject, ports: list[int], config: dict[str, Any]) -> None:
        self._lab = lab
        self._config = config
        self._ports = ports
        self._stopped = False
        self.ends: Counter[str] = Counter()
        self.slow: Counter[str] = Counter()
        self.channels: list[grpc.aio.Channel] = []

    async def __aenter__(self) -> "Load":
        for number in range(CLIENTS):
            # Half of them prefer one replica, half the other.
            self.channels.append(self._channel(self._ports if number % 2 else self._ports[::-1]))
        calls = [(channel, method) for channel in self.channels for method in KINDS for _ in range(2)]
        self._tasks = [asyncio.create_task(self._call(channel, method)) for channel, method in calls]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped = True
        await asyncio.gather(*self._tasks)
        for channel in self.channels:
            await channel.close()

    def _channel(self, ports: list[int]) -> grpc.aio.Channel:
        config = {**self._config, "methodConfig": [{"name": [{}], "retryPolicy": RETRY}]}
        options = [
            ("grpc.service_config", json.dumps(config)),
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 200),
        ]
        addresses = ",".join(f"127.0.0.1:{port}" for port in ports)
        return grpc.aio.insecure_channel(f"ipv4:{addresses}", options=options)

    async def _call(self, channel: grpc.aio.Channel, method: str) -> None:
        while not self._stopped:
            end = await finish(self._start(channel, method, "answer", 1))
            self.ends[f"{method} {end.name} {end.details}" if end.name != "OK" else "OK"] += 1
            await asyncio.sleep(PAUSE)

    def _start(self, channel: grpc.aio.Channel, method: str, what: str, count: int) -> Any:
        ask = self._lab.pb2.Ask(what=what, count=count)
        requests = stream(ask) if method in ("Lab/Sum", "Lab/Chat") else ask
        return start(self._lab, channel, method, requests)

    async def long_calls(self) -> None:
        """One call of each kind from each client that takes a second."""
        calls = [self._start(channel, method, "sleep", 1000) for channel in self.channels for method in KINDS]
        for end in await asyncio.gather(*map(finish, calls)):
            self.slow[end.name] += 1


def free_ports(count: int) -> list[int]:
    """Return free ports."""
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]


class Replica:
    """One of the replicas: a process on a port that stays the same when it is replaced."""

    def __init__(self, lab: LabProject, port: int, folder: Path, **settings: str) -> None:
        self._lab = lab
        self._settings = {"GRPC_PORT": str(port), **settings}
        self._port = port
        self._folder = folder
        self._stack = ExitStack()
        self.lab_process: ServerProcess

    async def start(self) -> None:
        """Start a process, and wait until it serves."""
        log = self._folder / f"{self._port}.log"
        process = self._lab.process(log, **self._settings)
        self.lab_process = await asyncio.to_thread(self._stack.enter_context, process)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self._port}") as channel:
            assert await health(channel) == "SERVING"

    async def stop(self) -> None:
        """SIGTERM; the process ends well."""
        self.lab_process.signal()
        assert await asyncio.to_thread(self.lab_process.process.wait, 20) == 0, self.lab_process.log.read_text()
        self._stack.close()

    def close(self) -> None:
        """Leave no process behind."""
        self._stack.close()


@pytest.mark.parametrize("choosing", CONFIGS)
async def test_a_rolling_restart_fails_no_call(lab: LabProject, tmp_path: Path, choosing: str) -> None:
    """All four kinds, several clients, one replica at a time: every call is answered, long ones too."""
    ports = free_ports(2)
    replicas = [Replica(lab, port, tmp_path) for port in ports]
    async with AsyncExitStack() as stack:
        for replica in replicas:
            stack.callback(replica.close)
            await replica.start()
        load = await stack.enter_async_context(Load(lab, ports, CONFIGS[choosing]))
        await asyncio.sleep(SETTLED)
        for number in range(STOPS):
            replica = replicas[number % len(replicas)]
            slow = asyncio.create_task(load.long_calls())
            await asyncio.sleep(0.2)
            await replica.stop()
            await slow
            await replica.start()
            await asyncio.sleep(SETTLED)
    assert load.ends.pop("OK") > 500
    assert load.ends == {}
    assert load.slow == {"OK": STOPS * CLIENTS * len(KINDS)}
