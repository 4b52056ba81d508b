"""A second copy of the runtime in this process, as every other generated package has one."""

import importlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pyservice_runtime

_NAME = "second_runtime"


class SecondCopy(NamedTuple):
    """The public modules of the copy that another package uses."""

    errors: Any
    client: Any


@contextmanager
def second_copy(folder: Path) -> Iterator[SecondCopy]:
    """Copy the runtime into a folder, and import the copy under another name until the end of the block."""
    ignored = shutil.ignore_patterns("__pycache__", "testing")
    shutil.copytree(pyservice_runtime.__path__[0], folder / _NAME, ignore=ignored)
    sys.path.insert(0, str(folder))
    try:
        modules = (importlib.import_module(f"{_NAME}.{face}") for face in SecondCopy._fields)
        yield SecondCopy(*modules)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == _NAME]:
            del sys.modules[name]
