"""Turn proto names into Python, file and DNS names.

Pure functions from one name to one name; `NameAllocator` makes a set of them unique and stable.
"""

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping

_VERSION = re.compile(r"v\d+((alpha|beta|p|test|main)\w*)?", re.IGNORECASE)
_WORD_END = re.compile(r"([A-Z]+)([A-Z][a-z])")
_WORD_START = re.compile(r"([a-z\d])([A-Z])")

HANDLER_NAMES = frozenset({"AsyncIterator", "Iterator", "Context", "Message", "Base"})
"""Names that a handler class cannot have: handler files import them, and Base's client would be BaseClient."""

CLIENT_NAMES = frozenset({"close", "sync", "channel", "sync_clients"})
"""Methods that every generated client has; an RPC of that name gets a trailing underscore."""

SERVICER_NAMES = frozenset({"adapt"})
"""Methods that every generated servicer has; an RPC of that name gets a trailing underscore."""


def is_version(part: str) -> bool:
    """Return whether a part of a proto package is only a version: ``v1``, ``v2beta1``."""
    return _VERSION.fullmatch(part) is not None


def snake_case(name: str) -> str:
    """Return a CamelCase name in snake case: ``GetURLFor2`` -> ``get_url_for2``."""
    name = _WORD_END.sub(r"\1_\2", name)
    return _WORD_START.sub(r"\1_\2", name).lower()


def attribute_name(rpc: str) -> str:
    """Return the Python method of an RPC: snake case, never a keyword, never private or name-mangled."""
    name = snake_case(rpc).strip("_") or "rpc"
    if name[0].isdigit():
        name = f"rpc_{name}"
    if keyword.iskeyword(name) or name in CLIENT_NAMES | SERVICER_NAMES or name == "self":
        name += "_"
    return name


def class_name(service: str) -> str:
    """Return the handler class of a service: PascalCase, never a keyword, a builtin or an import of its file."""
    words = service.strip("_") or "Service"
    name = "".join(part[:1].upper() + part[1:] for part in words.split("_") if part)
    if not name.isidentifier():
        name = f"Service{name}"
    if keyword.iskeyword(name) or hasattr(builtins, name) or name in HANDLER_NAMES:
        name += "Handler"
    return name


def module_name(class_: str) -> str:
    """Return the module of a handler class: ``OrderBook`` -> ``order_book``, never a keyword."""
    name = snake_case(class_)
    return f"{name}_" if keyword.iskeyword(name) else name


def dns_name(project: str) -> str:
    """Return a DNS label, which has at most 63 characters, with room for endings such as ``-headless``."""
    return re.sub(r"[^a-z0-9]+", "-", project.lower())[:50].strip("-")


def is_reachable(part: str) -> bool:
    """Return whether ``module.part`` can be written in Python, inside a class body too."""
    mangled = part.startswith("__") and not part.endswith("__")
    return part.isidentifier() and not keyword.iskeyword(part) and not mangled


def distinguishing(package: str, others: Iterable[str]) -> list[str]:
    """Return words that tell ``package`` from ``others``, most telling first: its version, then its parts."""
    parts = package.split(".") if package else []
    other_parts = {part for other in others for part in other.split(".")}
    telling = [part for part in reversed(parts) if part not in other_parts]
    return [part[:1].upper() + part[1:] for part in telling]


class NameAllocator:
    """Allocates the names of one scope; the same key always gets the same name.

    ``known`` are names of earlier runs: they stay allocated, so a new name never renames an old one.
    Names are unique without regard to case, as file systems and readers need them.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self.known = known or {}
        self.names: dict[str, str] = {}
        self._folded = {name.lower() for name in self.known.values()}

    def allocate(self, key: str, *candidates: str) -> str:
        """Return the first candidate that is free, else the first one with the first free number from 2 up."""
        name = self.names.get(key) or self.known.get(key)
        if name is None:
            name = next(filter(self._is_free, candidates), None) or self._numbered(candidates[0])
        self._folded.add(name.lower())
        self.names[key] = name
        return name

    def _is_free(self, name: str) -> bool:
        return name.lower() not in self._folded

    def _numbered(self, name: str) -> str:
        number = 2
        while not self._is_free(f"{name}_{number}" if name[0].islower() else f"{name}{number}"):
            number += 1
        return f"{name}_{number}" if name[0].islower() else f"{name}{number}"
