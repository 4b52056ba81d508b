"""Files that may change while the service runs: certificates, keys, lists."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")

_State: TypeAlias = tuple[tuple[int, int, int], ...]

_LOG = logging.getLogger(__name__)


class Watched(Generic[T]):
    """What some files say, read again when one of them has changed.

    A change that cannot be read is logged, and what was known stays: a file may be half written, and
    a running service must not fail because of it.
    """

    def __init__(self, paths: Sequence[Path], read: Callable[[], T], pause: float = 0) -> None:
        """Look at the files once in ``pause`` seconds at most. Raises what ``read`` raises."""
        self._paths = paths
        self._read = read
        self._pause = pause
        self._next = time.monotonic() + pause
        self._state = self._look()
        self._value = read()

    def latest(self) -> T:
        """What the files say now; the same object as before while they have not changed."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self._pause
            self._read_changes()
        return self._value

    def _read_changes(self) -> None:
        try:
            state = self._look()
            if state == self._state:
                return
            # Kept before reading: what is written meanwhile is seen next time.
            self._state = state
            self._value = self._read()
        except (OSError, ValueError) as error:
            _LOG.warning("not read again", extra={"files": self._names, "reason": str(error)})
        else:
            _LOG.info("read again", extra={"files": self._names})

    @property
    def _names(self) -> str:
        return ", ".join(map(str, self._paths))

    def _look(self) -> _State:
        states = (path.stat() for path in self._paths)
        return tuple((state.st_mtime_ns, state.st_size, state.st_ino) for state in states)
