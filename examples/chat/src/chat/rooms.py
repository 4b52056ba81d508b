"""All rooms: who is in which, and who hears what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .member import Event, Joined, Left, Member, Refusal, Said, What

MAX_MINE, MAX_MEMBERS, MAX_ROOMS = 16, 1000, 10_000
MAX_NAME, MAX_NICKNAME, MAX_TEXT = 64, 32, 2000


class Invalid(Refusal):
    """The request makes no sense."""


class NotAMember(Refusal):
    """The caller is not in this room."""


class AlreadyAMember(Refusal):
    """The caller is in this room already."""


class NicknameTaken(Refusal):
    """Somebody in this room has that nickname."""


class Full(Refusal):
    """There is no place."""


@dataclass(slots=True)
class _Room:
    members: dict[str, Member] = field(default_factory=dict)
    """By nickname, in the order they came in."""
    sequence: int = 0


class Rooms:
    """Lets members in and out and passes on what they say.

    No method waits for anything. On one event loop that makes each of them atomic without a lock, and
    gives all of a room the same order.
    """

    def __init__(self) -> None:
        self._rooms: dict[str, _Room] = {}

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Each room that somebody is in, by name, and how many are."""
        return ((name, len(room.members)) for name, room in sorted(self._rooms.items()))

    def join(self, member: Member, name: str, nickname: str, request_id: str) -> None:
        """Let somebody in, and tell everybody. Raises Refusal."""
        _check("room", name, MAX_NAME)
        _check("join.nickname", nickname, MAX_NICKNAME)
        if name in member.nicknames:
            raise AlreadyAMember(f"you are in {name} already, as {member.nicknames[name]}")
        if len(member.nicknames) >= MAX_MINE:
            raise Full(f"{MAX_MINE} rooms at once are allowed")
        room = self._rooms.get(name)
        if room is None and len(self._rooms) >= MAX_ROOMS:
            raise Full("there are as many rooms as there may be")
        members: Mapping[str, Member] = room.members if room else {}
        if nickname in members:
            raise NicknameTaken(f"{nickname} is in {name} already")
        if len(members) >= MAX_MEMBERS:
            raise Full(f"{name} has as many members as it may")
        room = self._rooms.setdefault(name, _Room())
        room.members[nickname] = member
        member.nicknames[name] = nickname
        self._tell(name, nickname, Joined(tuple(room.members)), request_id)

    def say(self, member: Member, name: str, text: str, request_id: str) -> None:
        """Pass on what somebody says. Raises Refusal."""
        nickname = _nickname(member, name)
        _check("say.text", text, MAX_TEXT)
        self._tell(name, nickname, Said(text), request_id)

    def leave(self, member: Member, name: str, request_id: str = "") -> None:
        """Let somebody out, and tell everybody. Raises Refusal."""
        nickname = _nickname(member, name)
        self._tell(name, nickname, Left(), request_id)
        del member.nicknames[name]
        room = self._rooms[name]
        del room.members[nickname]
        if not room.members:
            del self._rooms[name]

    def part(self, member: Member) -> None:
        """Let somebody out of everything, who hears nothing more."""
        for name in tuple(member.nicknames):
            self.leave(member, name)
        member.close()

    def _tell(self, name: str, nickname: str, what: What, request_id: str) -> None:
        room = self._rooms[name]
        room.sequence += 1
        event = Event(name, what, nickname, room.sequence)
        for other, member in room.members.items():
            if other == nickname:
                member.answer(
                    Event(name, what, nickname, room.sequence, request_id, event.time),
                )
            else:
                # One event for all: what is shared is not copied for each of a thousand.
                member.hear(event)


def _nickname(member: Member, name: str) -> str:
    if name not in member.nicknames:
        raise NotAMember("you are not in this room")
    return member.nicknames[name]


def _check(what: str, text: str, most: int) -> None:
    if not text.strip() or len(text) > most:
        raise Invalid(f"{what} has to have 1 to {most} characters")
