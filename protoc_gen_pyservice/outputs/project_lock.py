"""A lock that allows one run at a time in a project."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def project_lock(root: str) -> Iterator[None]:
    """Hold the lock of a project; waits for a run that is still moving its files.

    The lock is on the folder itself, so that no file is left behind, and ends with the last process
    that holds it: also with the one that continues after a kill.
    """
    try:
        import fcntl

        handle = os.open(root, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        with suppress(OSError):  # some network file systems lock no folders
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
