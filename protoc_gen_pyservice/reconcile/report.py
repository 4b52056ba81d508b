"""What a run did, in the words a person reads on stderr."""

import enum
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class What(enum.Enum):
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

    what: What
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
        return sum(event.what is What.CONFLICT for event in self.events)

    def of(self, what: What) -> list[Event]:
        """The events of one kind, in path order."""
        return sorted((event for event in self.events if event.what is what), key=lambda event: event.path)

    def lines(self) -> list[str]:
        """The report, a line each, without a newline."""
        lines = [f"{self.project}: {self._counts()}", *(f"  {change}" for change in self.changes)]
        for what in (What.UPDATED, What.MERGED, What.KEPT, What.CONFLICT, What.DELETED, What.STALE):
            lines += _listed(what, self.of(what))
        created = self.of(What.CREATED)
        if len(created) <= _LISTED:
            lines += _listed(What.CREATED, created)
        lines += [f"  left to do: {item}" for item in self.todo]
        return lines

    def _counts(self) -> str:
        counted = [(what.value, len(self.of(what))) for what in What]
        told = [f"{count} {word}" for word, count in counted if count]
        return ", ".join(told) if told else "nothing to do, everything is as it should be"


_LISTED = 12


def _listed(what: What, events: Sequence[Event]) -> list[str]:
    """The events a line each; beyond a dozen without a note, only how many more."""
    told = [event for event in events if event.note]
    plain = [event for event in events if not event.note]
    lines = [_line(what, event) for event in (*told, *plain[:_LISTED])]
    return [*lines, *_more(what, plain[_LISTED:])]


def _line(what: What, event: Event) -> str:
    note = f": {event.note}" if event.note else ""
    return f"  {what.value:<9} {event.path}{note}"


def _more(what: What, rest: Iterable[Event]) -> list[str]:
    count = len(list(rest))
    return [f"  {what.value:<9} and {count} more"] if count else []
