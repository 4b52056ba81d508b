"""Tells a folder that a run on this machine made from one that came with a repository.

A file's inode and the time of its last change in nanoseconds are given by the system: nobody can
commit, pack or copy them along. What was written down of them when the folder was made therefore
agrees with what the system says only where the folder was made.
"""

import os
import stat

STAMP = "stamp"
"""The empty file in the folder that is looked at."""


def make_stamp(folder: str) -> list[int]:
    """Create the stamp in a folder; returns what `is_own` has to be given to know it again."""
    path = os.path.join(folder, STAMP)
    with open(path, "xb"):
        pass
    return _seen(path)


def is_own(folder: str, written: object) -> bool:
    """Return whether the folder was made here, by this user, when ``written`` was returned."""
    try:
        return _seen(os.path.join(folder, STAMP)) == written and not os.path.islink(folder)
    except OSError:
        return False


def _seen(path: str) -> list[int]:
    """Inode and nanoseconds of the last change, which a rename of the folder leaves as they are."""
    found = os.lstat(path)
    own = stat.S_ISREG(found.st_mode) and found.st_uid == getattr(os, "geteuid", lambda: found.st_uid)()
    if not own:
        raise OSError(f"{path} is somebody else's")
    return [found.st_ino, found.st_ctime_ns]
