"""The update of one service's handler and tests, and its result."""

from typing import TYPE_CHECKING, NamedTuple

from ...model.services import Service
from ...outputs.notes import Note
from ...outputs.report import Event, FileAction

if TYPE_CHECKING:
    from .python_file import PythonFile


class Update(NamedTuple):
    """One service now and as of the last run, with its files as they would be generated."""

    service: Service
    previous: Service | None
    """None for a service that is new."""
    handler_path: str
    handler: str
    other_handler: str
    """The handler file with methods of the other style: plain ones if those of ``handler`` are ``async def``."""
    test_path: str
    test: str | None
    """None if the part of the tests is switched off: existing ones are not changed."""
    previous_handler: str | None
    """The handler file as it would be generated from the previous service."""
    previous_other_handler: str | None
    previous_test: str | None
    tests_returned: bool = False
    """Whether that part was switched on in this run, so that tests may lack RPCs of earlier ones."""


class HandlerResult:
    """The files to write, the report, and the paths of RPCs whose stubs could not be written."""

    def __init__(self) -> None:
        self.write: dict[str, bytes] = {}
        self.events: list[Event] = []
        self.changes: list[str] = []
        self.todo: list[str | Note] = []
        self.pending: list[str] = []

    def put(self, file: "PythonFile", before: bytes) -> None:
        """Write a file of the user's, if it changed."""
        if file.content != before:
            self.write[file.path] = file.content
            self.events.append(Event(FileAction.MERGED, file.path))
