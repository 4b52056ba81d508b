"""The report of a run, as the user reads it on stderr."""

import enum
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .notes import EntryPoint, Note


class FileAction(enum.Enum):
    """What happened to one file."""

    CREATED = "created"
    UPDATED = "updated"
    MERGED = "merged"
    KEPT = "kept"
    CONFLICT = "conflict"
    DELETED = "deleted"
    STALE = "stale"


class Event(NamedTuple):
    """One file and what happened to it; ``notes`` say why, where that is not obvious."""

    action: FileAction
    path: str
    notes: tuple[Note, ...] = ()

    def words(self, entry_point: EntryPoint) -> str:
        """Return the notes as the user of an entry point reads them."""
        return "; ".join(note.words(entry_point) for note in self.notes)


class Report(NamedTuple):
    """The outcome of one run, for the user."""

    project: str
    events: tuple[Event, ...] = ()
    changes: tuple[str, ...] = ()
    """What changed in the proto: ``+ rpc shop.Cart/Add``."""
    todo: tuple[str | Note, ...] = ()
    """The actions that the user has to take."""
    ejected: tuple[str, ...] = ()
    """Ejected files of the runtime."""

    @property
    def conflicts(self) -> int:
        """The number of files with conflicts."""
        return sum(event.action is FileAction.CONFLICT for event in self.events)

    def of(self, action: FileAction) -> list[Event]:
        """Return the events of one kind, in path order."""
        return sorted((event for event in self.events if event.action is action), key=lambda event: event.path)

    def lines(self, entry_point: EntryPoint, whole: bool = False) -> list[str]:
        """Return the lines of the report without their ends; ``whole`` lists every file."""
        limit = len(self.events) if whole else _MAX_LISTED_COUNT
        lines = [f"{self.project}: {self._counts()}", *(f"  {change}" for change in self.changes)]
        for action in FileAction:
            events = self.of(action)
            if action is not FileAction.CREATED or len(events) <= limit:
                lines += _listed(action, events, limit, entry_point)
        if whole:
            lines += (f"  ejected   {path}" for path in self.ejected)
        return [*lines, *(f"  action needed: {_words(item, entry_point)}" for item in self.todo)]

    def document(self, entry_point: EntryPoint) -> dict[str, object]:
        """Return the report for programs: plain dicts and lists, ready for JSON."""
        events = (event for action in FileAction for event in self.of(action))
        return {
            "project": self.project,
            "changes": list(self.changes),
            "files": [{"path": e.path, "what": e.action.value, "note": e.words(entry_point)} for e in events],
            "conflicts": self.conflicts,
            "todo": [_words(item, entry_point) for item in self.todo],
            "ejected": list(self.ejected),
        }

    def _counts(self) -> str:
        counts = [(action.value, len(self.of(action))) for action in FileAction]
        return ", ".join(f"{count} {word}" for word, count in counts if count) or "up to date"


class Changeset(NamedTuple):
    """The files to write and to delete below the project root, and the report for the user."""

    report: Report
    write: Mapping[str, bytes] = {}
    delete: tuple[str, ...] = ()


_MAX_LISTED_COUNT = 12


def _listed(action: FileAction, events: Sequence[Event], limit: int, entry_point: EntryPoint) -> list[str]:
    """Return a line for each event; of those without a note beyond ``limit``, only their number."""
    noted = [event for event in events if event.notes]
    plain = [event for event in events if not event.notes]
    lines = [_line(event, entry_point) for event in (*noted, *plain[:limit])]
    more = len(plain) - limit
    return [*lines, f"  {action.value:<9} and {more} more"] if more > 0 else lines


def _line(event: Event, entry_point: EntryPoint) -> str:
    note = f": {event.words(entry_point)}" if event.notes else ""
    return f"  {event.action.value:<9} {event.path}{note}"


def _words(item: str | Note, entry_point: EntryPoint) -> str:
    return item if isinstance(item, str) else item.words(entry_point)
