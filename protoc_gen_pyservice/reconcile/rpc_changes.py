"""The changes to the RPCs of one service between two runs."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..model.services import ASYNC_ITERATOR, Method, Service


class Pair(NamedTuple):
    """One RPC, before and now."""

    old: Method
    new: Method


class Changes(NamedTuple):
    """The RPCs that differ; each list is in the order of its service."""

    added: list[Method]
    removed: list[Method]
    renamed: list[Pair]
    """RPCs with a new name at the same place, with the same types and streams."""
    changed: list[Pair]
    """RPCs with the same name, but other types, other streams or another Python name."""

    def __bool__(self) -> bool:
        return any(self)


def compare(previous: Service | None, service: Service) -> Changes:
    """Compare a service with its previous version; without one, every RPC is new. Returns the changes."""
    if previous is None:
        return Changes(list(service.methods), [], [], [])
    old = {method.name: method for method in previous.methods}
    new = {method.name: method for method in service.methods}
    renamed = list(_renamed(previous, service))
    before, after = {pair.old.name for pair in renamed}, {pair.new.name for pair in renamed}
    return Changes(
        added=[method for name, method in new.items() if name not in old and name not in after],
        removed=[method for name, method in old.items() if name not in new and name not in before],
        renamed=renamed,
        changed=[pair for name in new if name in old and _differs(pair := Pair(old[name], new[name]))],
    )


def types_changed(pair: Pair, previous: Service, service: Service) -> bool:
    """Return whether an RPC's types changed; a package that moved as a whole changes nothing."""
    return _shape(pair.old, previous) != _shape(pair.new, service)


def parameter_annotation(method: Method, iterator: str = ASYNC_ITERATOR) -> str:
    """Return the annotation of a handler's parameter; ``iterator`` is the type of a stream."""
    annotation = method.request.annotation
    return f"{iterator}[{annotation}]" if method.client_streaming else annotation


def return_annotation(method: Method, iterator: str = ASYNC_ITERATOR) -> str:
    """Return the annotation of a handler's result; ``iterator`` is the type of a stream."""
    annotation = method.response.annotation
    return f"{iterator}[{annotation}]" if method.server_streaming else annotation


def _differs(pair: Pair) -> bool:
    return any(
        read(pair.old) != read(pair.new)
        for read in (parameter_annotation, return_annotation, _signature, lambda method: method.attribute)
    )


def _signature(method: Method) -> str:
    return method.signature


def _renamed(previous: Service, service: Service) -> Iterator[Pair]:
    """Yield RPCs whose names changed, but neither their types nor their neighbours."""
    before, after = [m.name for m in previous.methods], [m.name for m in service.methods]
    if set(before) <= set(after) or set(after) <= set(before):
        return
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, i, j, k, n in matcher.get_opcodes():
        if kind == "replace":
            removed = [method for method in previous.methods[i:j] if method.name not in after]
            fresh = [method for method in service.methods[k:n] if method.name not in before]
            yield from _paired(removed, fresh, previous, service)


def _paired(removed: Sequence[Method], fresh: Sequence[Method], previous: Service, service: Service) -> Iterator[Pair]:
    """Yield the pairs of RPCs with the same shape; if they are ambiguous, none was renamed."""
    if len(removed) == len(fresh):
        candidates = list(zip(removed, fresh, strict=True))
        yield from (Pair(o, n) for o, n in candidates if _shape(o, previous) == _shape(n, service))
        return
    for old in removed:
        shape = _shape(old, previous)
        like_old = [method for method in removed if _shape(method, previous) == shape]
        like_new = [method for method in fresh if _shape(method, service) == shape]
        if len(like_old) == len(like_new) == 1:
            yield Pair(old, like_new[0])


def _shape(method: Method, service: Service) -> tuple[str, str, str]:
    package = service.full.removesuffix(service.name)
    request, response = (type_.full.removeprefix(package) for type_ in (method.request, method.response))
    return method.kind, request, response
