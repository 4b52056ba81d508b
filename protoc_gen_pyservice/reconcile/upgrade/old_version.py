"""Detection of projects that were last generated before 0.3, which introduced the runtime package."""

import re

from ...inputs.lock import Lock

_FIRST_RUNTIME_VERSION = (0, 3)


def is_before_runtime(lock: Lock | None) -> bool:
    """Return whether a generator before 0.3 wrote the lock."""
    numbers = re.match(r"(\d+)\.(\d+)", lock.generator) if lock is not None else None
    return numbers is not None and (int(numbers[1]), int(numbers[2])) < _FIRST_RUNTIME_VERSION
