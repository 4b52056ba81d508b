"""What the workers of a test session do one at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(shared: Path, name: str) -> Iterator[None]:
    """Keep the other workers of the session out while the context is open; ``shared`` is their common folder."""
    folder = shared / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
