"""One of several processes that share GRPC_PORT, and its line to the parent that started it."""

import asyncio
import socket

from ..settings import Settings


class Worker:
    """This process, as its parent numbered it; they talk over its standard input."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._parent = socket.socket(fileno=0)

    def settings(self, settings: Settings) -> Settings:
        """The settings with this worker's ports: what is asked about one process has one of its own."""
        ports = {"metrics_port": settings.metrics_port, "health_port": settings.health_port}
        return settings.model_copy(
            update={name: port + self.number if port else port for name, port in ports.items()}
        )

    def is_listening(self, stop: asyncio.Event) -> None:
        """Tell the parent; from here on, stop when it is gone."""
        self._parent.send(b".")
        loop = asyncio.get_running_loop()

        def gone() -> None:
            loop.remove_reader(self._parent)
            stop.set()

        loop.add_reader(self._parent, gone)
