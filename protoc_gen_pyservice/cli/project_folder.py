"""Find the project that a command is run in."""

import os

from ..errors import OptionError
from ..inputs.options import SETTINGS


def project_folder(folder: str) -> str:
    """Return the project that contains a folder, which need not exist. Raises OptionError."""
    candidate = folder
    while not os.path.isfile(os.path.join(candidate, SETTINGS)):
        if candidate == os.path.dirname(candidate):
            raise OptionError(f"{folder} is not in a generated project: no folder above it has a {SETTINGS}.")
        candidate = os.path.dirname(candidate)
    return candidate
