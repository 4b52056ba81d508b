"""Edits of a contract: each picks what it changes by numbers, so that it fits any contract.

An edit that the compiler would refuse leaves the contract as it was.
"""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.regenerate.contract import Contract, Message, ProtoFile, Rpc, Service

T = TypeVar("T")

RPCS = ("Get", "List", "Add", "Pay", "Watch", "Close", "GetURL", "GetUrl", "Import", "Send")
SERVICES = ("Cart", "Orders", "Search", "Stock", "GrpcAdmin")
MESSAGES = ("Item", "Order", "Query", "Page", "Money", "Note")
FILES = ("shop.proto", "cart.proto", "acme/v1/shop.proto", "acme/v2/shop.proto", "stock-keeping.proto")
PACKAGES = ("shop", "acme.v1", "acme.v2", "", "store")
COMMENTS = ("", "Say it.", "Say it\nin two lines.", 'A "quote" and a \\ backslash.', "Said at the end`")


class ProtoEdit:
    """One edit of the contract."""

    def edit(self, contract: Contract) -> None:
        """Change it; it may become one that the compiler refuses."""
        raise NotImplementedError


def changed(contract: Contract, edit: ProtoEdit) -> Contract:
    """The contract after an edit, or as it was if the compiler would refuse the edited one."""
    other = copy.deepcopy(contract)
    edit.edit(other)
    return other if other.is_legal() else contract


def pick(things: Sequence[T], number: int) -> T:
    """One of the things, whatever the number."""
    return things[number % len(things)]


def free(names: Sequence[str], number: int, taken: Iterable[str]) -> str:
    """One of the names that is not taken, if there is one left."""
    taken = set(taken)
    return pick([name for name in names if name not in taken] or names, number)


def _rpc_name(service: Service, number: int) -> str:
    return free(RPCS, number, (rpc.name for rpc in service.rpcs))


def _service_name(file: ProtoFile, number: int) -> str:
    return free(SERVICES, number, (service.name for service in file.services))


@dataclass(frozen=True)
class AddRpc(ProtoEdit):
    """A new RPC somewhere in a service."""

    service: int
    name: int
    request: int = 0
    response: int = 0
    kind: int = 0
    place: int = 0

    def edit(self, contract: Contract) -> None:
        if contract.services:
            _, service = pick(contract.services, self.service)
            request, response = (pick(contract.messages, number) for number in (self.request, self.response))
            rpc = Rpc(_rpc_name(service, self.name), request, response, bool(self.kind & 1), bool(self.kind & 2))
            service.rpcs.insert(self.place % (len(service.rpcs) + 1), rpc)


@dataclass(frozen=True)
class RemoveRpc(ProtoEdit):
    """An RPC that is no more."""

    rpc: int

    def edit(self, contract: Contract) -> None:
        if contract.rpcs:
            _, service, rpc = pick(contract.rpcs, self.rpc)
            service.rpcs.remove(rpc)


@dataclass(frozen=True)
class RenameRpc(ProtoEdit):
    """Another name at the same place."""

    rpc: int
    name: int

    def edit(self, contract: Contract) -> None:
        if contract.rpcs:
            _, service, rpc = pick(contract.rpcs, self.rpc)
            rpc.name = _rpc_name(service, self.name)


@dataclass(frozen=True)
class MoveRpc(ProtoEdit):
    """The same RPC at another place in its service."""

    rpc: int
    place: int

    def edit(self, contract: Contract) -> None:
        if contract.rpcs:
            _, service, rpc = pick(contract.rpcs, self.rpc)
            service.rpcs.remove(rpc)
            service.rpcs.insert(self.place % (len(service.rpcs) + 1), rpc)


@dataclass(frozen=True)
class Retype(ProtoEdit):
    """An RPC that takes or answers something else."""

    rpc: int
    request: int
    response: int

    def edit(self, contract: Contract) -> None:
        if contract.rpcs:
            rpc = pick(contract.rpcs, self.rpc)[2]
            rpc.request, rpc.response = pick(contract.messages, self.request), pick(contract.messages, self.response)


@dataclass(frozen=True)
class Flip(ProtoEdit):
    """An RPC of another kind."""

    rpc: int
    kind: int

    def edit(self, contract: Contract) -> None:
        if contract.rpcs:
            rpc = pick(contract.rpcs, self.rpc)[2]
            rpc.client_streaming, rpc.server_streaming = bool(self.kind & 1), bool(self.kind & 2)


@dataclass(frozen=True)
class Comment(ProtoEdit):
    """Another comment on a service and on an RPC."""

    rpc: int
    comment: int

    def edit(self, contract: Contract) -> None:
        if contract.rpcs:
            _, service, rpc = pick(contract.rpcs, self.rpc)
            rpc.comment = pick(COMMENTS, self.comment)
            service.comment = pick(COMMENTS, self.comment // len(COMMENTS))


@dataclass(frozen=True)
class AddService(ProtoEdit):
    """A service with one RPC."""

    file: int
    name: int
    request: int = 0

    def edit(self, contract: Contract) -> None:
        file, message = pick(contract.files, self.file), pick(contract.messages, self.request)
        file.services.append(Service(_service_name(file, self.name), [Rpc("Get", message, message)]))


@dataclass(frozen=True)
class RemoveService(ProtoEdit):
    """A service that is no more; only seldom the last one."""

    service: int

    def edit(self, contract: Contract) -> None:
        if len(contract.services) > (self.service != 0):
            file, service = pick(contract.services, self.service)
            file.services.remove(service)


@dataclass(frozen=True)
class RenameService(ProtoEdit):
    """A service of another name: one that went and one that came."""

    service: int
    name: int

    def edit(self, contract: Contract) -> None:
        if contract.services:
            file, service = pick(contract.services, self.service)
            service.name = _service_name(file, self.name)


@dataclass(frozen=True)
class TurnServices(ProtoEdit):
    """The services of a file in another order."""

    file: int

    def edit(self, contract: Contract) -> None:
        file = pick(contract.files, self.file)
        file.services = file.services[1:] + file.services[:1]


@dataclass(frozen=True)
class MoveService(ProtoEdit):
    """A service that goes to another file, which may be of another package."""

    service: int
    file: int
    with_messages: bool = False

    def edit(self, contract: Contract) -> None:
        if contract.services:
            source, service = pick(contract.services, self.service)
            target = pick(contract.files, self.file)
            source.services.remove(service)
            target.services.append(service)
            if self.with_messages:
                _move(source, target, [t for rpc in service.rpcs for t in (rpc.request, rpc.response)])


@dataclass(frozen=True)
class AddFile(ProtoEdit):
    """A file with a message, and no service yet."""

    name: int
    package: int

    def edit(self, contract: Contract) -> None:
        name = free(FILES, self.name, (file.name for file in contract.files))
        contract.file(name, pick(PACKAGES, self.package), pick(MESSAGES, self.name + self.package))


@dataclass(frozen=True)
class RemoveFile(ProtoEdit):
    """A file that is no more, seldom the one with all services; what used its messages takes others."""

    file: int

    def edit(self, contract: Contract) -> None:
        gone = pick(contract.files, self.file)
        if all(file is gone for file, _ in contract.services) and self.file:
            return
        contract.files.remove(gone)
        for _, _, rpc in contract.rpcs:
            rpc.request = contract.empty if rpc.request.home is gone else rpc.request
            rpc.response = contract.empty if rpc.response.home is gone else rpc.response


@dataclass(frozen=True)
class RenameFile(ProtoEdit):
    """The same file under another name."""

    file: int
    name: int

    def edit(self, contract: Contract) -> None:
        pick(contract.files, self.file).name = pick(FILES, self.name)


@dataclass(frozen=True)
class SetPackage(ProtoEdit):
    """A file, with all that is in it, in another package."""

    file: int
    package: int

    def edit(self, contract: Contract) -> None:
        pick(contract.files, self.file).package = pick(PACKAGES, self.package)


@dataclass(frozen=True)
class RenameMessage(ProtoEdit):
    """A message of another name."""

    message: int
    name: int

    def edit(self, contract: Contract) -> None:
        message = pick(contract.messages, self.message)
        if message.home is not None:
            message.name = pick(MESSAGES, self.name)


@dataclass(frozen=True)
class MoveMessage(ProtoEdit):
    """A message in another file."""

    message: int
    file: int

    def edit(self, contract: Contract) -> None:
        message = pick(contract.messages, self.message)
        if message.home is not None:
            _move(message.home, pick(contract.files, self.file), [message])


def _move(source: ProtoFile, target: ProtoFile, messages: Sequence[Message]) -> None:
    for message in dict.fromkeys(messages):
        if message.home is source and source is not target:
            source.messages.remove(message)
            target.messages.append(message)
            message.home = target
