"""Log lines: JSON for machines, or plain text for people."""

import json
import logging
import sys
from datetime import UTC, datetime

from ..settings import Settings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


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
        extra = (f" {key}={value}" for key, value in vars(record).items() if key not in _STANDARD)
        line = f"{time} {record.levelname:<7} {record.getMessage()}{''.join(extra)}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def set_up_logging(settings: Settings) -> None:
    """Send every log line to standard output, in the format that the settings ask for."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else ConsoleFormatter())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
