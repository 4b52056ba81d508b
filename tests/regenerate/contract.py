"""A contract that grows and changes: protos as data, written out as text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class Message:
    """A message type; where it lives decides its full name."""

    name: str
    home: "ProtoFile | None"
    """None for one that another distribution ships."""

    @property
    def full(self) -> str:
        """The full name, without a leading dot."""
        return self.home.full(self.name) if self.home is not None else self.name


@dataclass(eq=False, slots=True)
class Rpc:
    """One RPC."""

    name: str
    request: Message
    response: Message
    client_streaming: bool = False
    server_streaming: bool = False
    comment: str = ""

    @property
    def text(self) -> str:
        """Its line in the proto."""
        asks = ("stream " if self.client_streaming else "") + f".{self.request.full}"
        answers = ("stream " if self.server_streaming else "") + f".{self.response.full}"
        return f"rpc {self.name}({asks}) returns ({answers});"


@dataclass(eq=False, slots=True)
class Service:
    """One service."""

    name: str
    rpcs: list[Rpc] = field(default_factory=list)
    comment: str = ""


@dataclass(eq=False, slots=True)
class ProtoFile:
    """One proto file."""

    name: str
    package: str
    services: list[Service] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def full(self, name: str) -> str:
        """The full name of something in it."""
        return f"{self.package}.{name}" if self.package else name

    @property
    def imports(self) -> list[str]:
        """The files that it needs, sorted."""
        types = [t for service in self.services for rpc in service.rpcs for t in (rpc.request, rpc.response)]
        return sorted({EMPTY_FILE if t.home is None else t.home.name for t in types if t.home is not self})

    @property
    def text(self) -> str:
        """The file as it is on disk."""
        lines = ['syntax = "proto3";', *([f"package {self.package};"] if self.package else [])]
        lines += [f'import "{name}";' for name in self.imports]
        for service in self.services:
            lines += ["", *_comment(service.comment, ""), f"service {service.name} {{"]
            for rpc in service.rpcs:
                lines += [*_comment(rpc.comment, "  "), f"  {rpc.text}"]
            lines.append("}")
        for message in self.messages:
            lines += ["", f"message {message.name} {{", "  string text = 1;", "}"]
        return "\n".join([*lines, ""])


EMPTY_FILE = "google/protobuf/empty.proto"
EMPTY = "google.protobuf.Empty"


class Contract:
    """All protos of a project."""

    def __init__(self) -> None:
        self.files: list[ProtoFile] = []
        self.empty = Message(EMPTY, None)

    def file(self, name: str, package: str, *messages: str) -> ProtoFile:
        """Add a file with some messages."""
        file = ProtoFile(name, package)
        file.messages = [Message(message, file) for message in messages]
        self.files.append(file)
        return file

    @property
    def services(self) -> list[tuple[ProtoFile, Service]]:
        """Every service, with its file."""
        return [(file, service) for file in self.files for service in file.services]

    @property
    def messages(self) -> list[Message]:
        """Every type that an RPC can have."""
        return [*(message for file in self.files for message in file.messages), self.empty]

    @property
    def rpcs(self) -> list[tuple[ProtoFile, Service, Rpc]]:
        """Every RPC, with its service and its file."""
        return [(file, service, rpc) for file, service in self.services for rpc in service.rpcs]

    def paths(self) -> dict[str, Rpc]:
        """What callers put on the wire, for each RPC."""
        return {f"/{file.full(service.name)}/{rpc.name}": rpc for file, service, rpc in self.rpcs}

    def texts(self) -> Mapping[str, str]:
        """The text of each file by its name."""
        return {file.name: file.text for file in self.files}

    def is_legal(self) -> bool:
        """Whether the compiler would take it."""
        names = [file.name for file in self.files]
        symbols = [file.full(thing.name) for file in self.files for thing in _named(file)]
        packages = {".".join(parts[:n]) for parts in self._packages() for n in range(1, len(parts) + 1)}
        inside = all(len({rpc.name for rpc in s.rpcs}) == len(s.rpcs) for _, s in self.services)
        used = {id(t) for _, _, rpc in self.rpcs for t in (rpc.request, rpc.response)}
        unique = len(set(names)) == len(names) and len(set(symbols)) == len(symbols)
        known = used <= {id(message) for message in self.messages}
        return bool(names) and unique and inside and known and not packages & set(symbols) and self._has_no_cycle()

    def _packages(self) -> Iterator[list[str]]:
        return (file.package.split(".") for file in self.files if file.package)

    def _has_no_cycle(self) -> bool:
        imports = {file.name: set(file.imports) - {EMPTY_FILE} for file in self.files}
        while imports:
            free = {name for name, needs in imports.items() if not needs & imports.keys()}
            if not free:
                return False
            imports = {name: needs for name, needs in imports.items() if name not in free}
        return True


def _named(file: ProtoFile) -> list[Service | Message]:
    return [*file.services, *file.messages]


def _comment(text: str, margin: str) -> list[str]:
    return [f"{margin}// {line}".rstrip() for line in text.split("\n")] if text else []
