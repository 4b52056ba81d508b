"""The service that the tests of the client call, and its client."""

import importlib
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

from tests.server.harness import ServerProcess
from tests.support.command import environment
from tests.support.protoc import protoc

SOURCE = Path(__file__).parent / "source"
OPTIONS = Path(__file__).parents[2] / "protoc_gen_pyservice" / "include"


def generate(folder: Path) -> None:
    """Generate the project, with its handlers."""
    folder.mkdir(parents=True)
    done = protoc(f"-I{SOURCE}", f"-I{OPTIONS}", "--pyservice_out=.", "depot.proto", cwd=folder)
    assert done.returncode == 0, done.said
    shutil.copyfile(SOURCE / "handlers.py", folder / "src" / "depot" / "handlers" / "depot.py")


@dataclass(frozen=True, slots=True)
class DepotProject:
    """The generated project."""

    folder: Path

    def module(self, name: str) -> Any:
        """One of its modules."""
        return importlib.import_module(f"depot.{name}")

    @property
    def errors(self) -> Any:
        """Its exceptions."""
        return self.module("errors")

    @property
    def parcel(self) -> Any:
        """The request of every method."""
        return self.module("gen.depot_pb2").Parcel

    @property
    def receipt(self) -> Any:
        """The response of every method."""
        return self.module("gen.depot_pb2").Receipt

    @property
    def calls(self) -> list[str]:
        """What the handlers in this process were asked for."""
        calls: list[str] = self.module("handlers.depot").CALLS
        return calls

    def client(self, target: Any, **options: Any) -> Any:
        """A client; ``options`` are those of `Options`, beside tls and auth."""
        given = {name: options.pop(name) for name in ("tls", "auth") if name in options}
        chosen = self.module("runtime.client").Options(**options)
        return self.module("gen.clients").DepotClient(target, options=chosen, **given)

    def sync(self, target: Any, **options: Any) -> Any:
        """The client without async."""
        chosen = self.module("runtime.client").Options(**options)
        return self.module("gen.clients").DepotClient.sync(target, options=chosen)

    def breaker(self, **policy: Any) -> Any:
        """When circuits open."""
        return self.module("runtime.client").BreakerPolicy(**policy)

    @asynccontextmanager
    async def running(self, **settings: Any) -> AsyncIterator[int]:
        """The service inside this process; yields its port."""
        given = {"grpc_port": 0, "metrics_port": 0, "shutdown_grace": 0.2, "rate_limit": 0, **settings}
        registry, application = self.module("gen.registry").REGISTRY, self.module("app").application
        settings = self.module("settings").Settings(**given)
        async with self.module("runtime.server").running(registry, settings, application) as now:
            yield now.port

    @contextmanager
    def process(self, log: Path, **settings: str) -> Iterator[ServerProcess]:
        """The service as a process of its own; killed if it is still there at the end."""
        given = {
            "GRPC_PORT": "0",
            "METRICS_PORT": "0",
            "LOG_LEVEL": "INFO",
            "PYTHONPATH": str(self.folder / "src"),
            **settings,
        }
        command = [sys.executable, "-m", "depot"]
        with log.open("wb") as out:
            process = Popen(command, cwd=log.parent, env=environment(given), stdout=out, stderr=out)
        depot_process = ServerProcess(process, log)
        try:
            depot_process.wait_for("listening")
            yield depot_process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
