"""Tell a folder that a run on this machine created from one that came with a repository.

The system sets a file's inode and the time of its last change in nanoseconds: they cannot be
committed, packed or copied. A record of them therefore matches the system only on the machine and
in the place where the folder was created.
"""

import os
import stat

STAMP = "stamp"
"""The empty file in the folder that is inspected."""


def make_stamp(folder: str) -> list[int]:
    """Create the stamp in a folder; returns the record that `is_own` takes to recognise it."""
    path = os.path.join(folder, STAMP)
    with open(path, "xb"):
        pass
    return _seen(path)


def is_own(folder: str, written: object) -> bool:
    """Return whether this user created the folder here, when ``written`` was returned."""
    try:
        return _seen(os.path.join(folder, STAMP)) == written and not os.path.islink(folder)
    except OSError:
        return False


def _seen(path: str) -> list[int]:
    """Return inode and nanoseconds of the last change, which a rename of the folder does not change."""
    status = os.lstat(path)
    own = stat.S_ISREG(status.st_mode) and status.st_uid == getattr(os, "geteuid", lambda: status.st_uid)()
    if not own:
        raise OSError(f"{path} belongs to another user")
    return [status.st_ino, status.st_ctime_ns]
