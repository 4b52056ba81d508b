"""What a run did, in the words a person reads on stderr."""

import enum
from collections.abc import Mapping, Sequence
from typing import NamedTuple


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
    """One file and what happened to it; ``note`` says why, where that is not plain."""

    what: FileAction
    path: str
    note: str = ""


class Report(NamedTuple):
    """Everything one run has to say."""

    project: str
    events: tuple[Event, ...] = ()
    changes: tuple[str, ...] = ()
    """What changed in the proto: ``+ rpc shop.Cart/Add``."""
    todo: tuple[str, ...] = ()
    """What is left for a person to do."""

    @property
    def conflicts(self) -> int:
        """How many files need a person before the project is whole."""
        return sum(event.what is FileAction.CONFLICT for event in self.events)

    def of(self, what: FileAction) -> list[Event]:
        """The events of one kind, in path order."""
        return sorted((event for event in self.events if event.what is what), key=lambda event: event.path)

    def lines(self, whole: bool = False) -> list[str]:
        """The report, a line each, without a newline; ``whole`` lists every file."""
        most = len(self.events) if whole else _LISTED
        lines = [f"{self.project}: {self._counts()}", *(f"  {change}" for change in self.changes)]
        for what in FileAction:
            events = self.of(what)
            if what is not FileAction.CREATED or len(events) <= most:
                lines += _listed(what, events, most)
        return [*lines, *(f"  left to do: {item}" for item in self.todo)]

    def document(self) -> dict[str, object]:
        """The report for programs: plain dicts and lists, ready for JSON."""
        files = [{"path": e.path, "what": e.what.value, "note": e.note} for what in FileAction for e in self.of(what)]
        return {
            "project": self.project,
            "changes": list(self.changes),
            "files": files,
            "conflicts": self.conflicts,
            "todo": list(self.todo),
        }

    def _counts(self) -> str:
        counted = [(what.value, len(self.of(what))) for what in FileAction]
        told = [f"{count} {word}" for word, count in counted if count]
        return ", ".join(told) if told else "nothing to do, everything is as it should be"


class Changeset(NamedTuple):
    """What to write below the project root, what to delete there, and what to tell the user."""

    report: Report
    write: Mapping[str, bytes] = {}
    delete: tuple[str, ...] = ()


_LISTED = 12


def _listed(what: FileAction, events: Sequence[Event], most: int) -> list[str]:
    """The events a line each; beyond ``most`` without a note, only how many more."""
    told = [event for event in events if event.note]
    plain = [event for event in events if not event.note]
    lines = [_line(event) for event in (*told, *plain[:most])]
    more = len(plain) - most
    return [*lines, f"  {what.value:<9} and {more} more"] if more > 0 else lines


def _line(event: Event) -> str:
    note = f": {event.note}" if event.note else ""
    return f"  {event.what.value:<9} {event.path}{note}"
