"""Methods without logic as 0.1 and 0.2 generated them, and what they are today."""

import re
from collections.abc import Iterator

from ..handlers.python_file import PythonFile
from ..handlers.splice import Edit

STUB = "raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED"
"""The one line of a method that is to be replaced."""

_OLD = re.compile(
    r"^(?P<lines>(?P<margin>[ \t]*)# TODO\(you\): write it; until then callers get UNIMPLEMENTED\.\r?\n"
    r"(?P=margin)raise NotImplementedError)(?=\r?$)"
    r"(?:\r?\n(?P=margin)yield  # hands out the (?P<noun>\w+), one at a time(?=\r?$))?",
    re.MULTILINE,
)
"""The lines of an old one, once NotWritten has its new name."""


def with_new_stubs(file: PythonFile) -> PythonFile:
    """Return the file with each unedited stub as it is generated today, so that it still counts as unedited."""
    return file.edited(edit for match in _OLD.finditer(file.source.text) for edit in _edits(match))


def _edits(match: re.Match[str]) -> Iterator[Edit]:
    yield Edit(*match.span("lines"), f"{match['margin']}{STUB}")
    if match["noun"]:
        yield Edit(*match.span("noun"), "responses")
