"""Log lines: JSON for machines, or plain text for people."""

import asyncio
import json
import logging
import sys
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

import grpc

from ..settings import Settings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_GATHER = 0.05
"""Seconds that the line of a call may wait for others to be written with."""


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what is given as ``extra=`` becomes further keys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for one record."""
        line: dict[str, object] = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "logger": record.name,
        }
        line.update((key, value) for key, value in vars(record).items() if key not in _STANDARD)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class ConsoleFormatter(logging.Formatter):
    """A readable line; what is given as ``extra=`` follows as key=value."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for one record."""
        time = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        given = ((key, value) for key, value in vars(record).items() if key not in _STANDARD)
        extra = (f" {key}={_one_line(value)}" for key, value in given)
        line = f"{time} {record.levelname:<7} {record.getMessage()}{''.join(extra)}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _unsent(record: logging.LogRecord) -> bool:
    """Lets every line pass, but those of answers that grpc could not send without their traceback.

    It shows nothing but grpc, and callers who go away at the right moment could fill the log with it.
    """
    if record.exc_info and isinstance(record.exc_info[1], grpc.aio.InternalError):
        record.reason = record.getMessage()
        record.msg, record.args = "not sent: the caller has gone, or the metadata is wrong", ()
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = None
    return True


def _one_line(value: object) -> str:
    """A value as text; quoted where it could break the line: some of them are chosen by callers."""
    text = str(value)
    return text if text.isprintable() else repr(text)


class Output(logging.StreamHandler[TextIO]):
    """Writes log lines; those of calls may come ready-made, and are written together.

    Where several workers write to the same output, each line has the number of its worker.
    """

    def __init__(self, stream: TextIO, worker: int | None = None) -> None:
        super().__init__(stream)
        self._worker = worker
        self.tail = "}\n" if worker is None else f', "worker": {worker}}}\n'
        """What every ready-made line ends with, behind its last value."""
        self._waiting: deque[tuple[Callable[..., str], tuple[Any, ...]]] = deque()

    def write_soon(self, line: Callable[..., str], values: tuple[Any, ...]) -> None:
        """Write ``line(*values)``: many at once cost less. Called on the event loop."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(_GATHER, self.flush)
        self._waiting.append((line, values))

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, behind the lines that were there before it."""
        if self._worker is not None:
            record.worker = self._worker
        self._write_waiting()
        super().emit(record)

    def flush(self) -> None:
        """Write what waits; also called when the process ends."""
        self._write_waiting()
        super().flush()

    def _write_waiting(self) -> None:
        # One at a time: another thread may be adding to them.
        lines = []
        while self._waiting:
            line, values = self._waiting.popleft()
            lines.append(line(*values))
        if lines:
            self.stream.write("".join(lines))


def set_up_logging(settings: Settings, worker: int | None = None) -> None:
    """Send every log line to standard output, in the format that the settings ask for."""
    handler = Output(sys.stdout, worker)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else ConsoleFormatter())
    logging.getLogger("grpc._cython.cygrpc").addFilter(_unsent)
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)


def ready_made(logger: logging.Logger) -> Output | None:
    """Where a logger's JSON lines go if nobody but `Output` wants to see its records; else None."""
    only = logging.getLogger().handlers
    (handler,) = only if len(only) == 1 else (None,)
    plain = logger.propagate and not logger.handlers and not logger.filters
    if plain and isinstance(handler, Output) and isinstance(handler.formatter, JsonFormatter):
        return handler
    return None
