"""Whether a project was last generated before its framework code was a package of ours."""

import re

from ...inputs.lock import Lock

_RUNTIME_SINCE = (0, 3)


def is_before_runtime(lock: Lock | None) -> bool:
    """Whether a generator below 0.3 wrote the lock."""
    numbers = re.match(r"(\d+)\.(\d+)", lock.generator) if lock is not None else None
    return numbers is not None and (int(numbers[1]), int(numbers[2])) < _RUNTIME_SINCE
