"""Turn proto names into Python, file and DNS names.

Pure functions from one name to one name; `Taken` makes a set of them unique and stable.
"""

import builtins
import keyword
import re
import sys
from collections.abc import Iterable, Mapping

from .installed import INSTALLED

_VERSION = re.compile(r"v\d+((alpha|beta|p|test|main)\w*)?", re.IGNORECASE)
_WORD_END = re.compile(r"([A-Z]+)([A-Z][a-z])")
_WORD_START = re.compile(r"([a-z\d])([A-Z])")

_IMPORTS = frozenset(name for names in INSTALLED.values() for name in names.split())
"""Import names of what is installed with a project: its own package must not hide one."""

FOLDERS = frozenset({"src", "tests", "test", "docs", "proto", "load", "deploy", "build", "dist", "gen"})
"""Folders of a project, which its package must not be taken for."""

HANDLER_NAMES = frozenset({"AsyncIterator", "Context", "Message", "NotWritten", "Base"})
"""Names that a handler class cannot have: handler files import them, and Base's client would be BaseClient."""

CLIENT_NAMES = frozenset({"close", "sync", "channel", "sync_clients"})
"""Methods that every generated client has; an RPC of that name gets a trailing underscore."""


def is_version(part: str) -> bool:
    """Whether a part of a proto package is only a version: ``v1``, ``v2beta1``."""
    return _VERSION.fullmatch(part) is not None


def snake_case(name: str) -> str:
    """``GetURLFor2`` -> ``get_url_for2``; the words of a CamelCase name joined by underscores."""
    name = _WORD_END.sub(r"\1_\2", name)
    return _WORD_START.sub(r"\1_\2", name).lower()


def attribute_name(rpc: str) -> str:
    """The Python method of an RPC: snake case, never a keyword, never private or name-mangled."""
    name = snake_case(rpc).strip("_") or "rpc"
    if name[0].isdigit():
        name = f"rpc_{name}"
    if keyword.iskeyword(name) or name in CLIENT_NAMES or name == "self":
        name += "_"
    return name


def class_name(service: str) -> str:
    """The handler class of a service: PascalCase, never a keyword, a builtin or an import of its file."""
    words = service.strip("_") or "Service"
    name = "".join(part[:1].upper() + part[1:] for part in words.split("_") if part)
    if not name.isidentifier():
        name = f"Service{name}"
    if keyword.iskeyword(name) or hasattr(builtins, name) or name in HANDLER_NAMES:
        name += "Handler"
    return name


def module_name(class_: str) -> str:
    """The module of a handler class: ``OrderBook`` -> ``order_book``, never a keyword."""
    name = snake_case(class_)
    return f"{name}_" if keyword.iskeyword(name) else name


def project_name(package: str, file: str) -> str:
    """The last part of the proto package that is not a version, else the file's stem."""
    parts = [part for part in package.split(".") if part and not is_version(part)]
    name = parts[-1] if parts else file.rsplit("/", 1)[-1].removesuffix(".proto")
    name = re.sub(r"[^A-Za-z0-9]+", "-", snake_case(name)).strip("-")
    return distribution_name(name if name[:1].isalpha() else f"service-{name}".rstrip("-"))


def distribution_name(project: str) -> str:
    """The name of a project; one that would be installed in place of a library gets ``-service``."""
    return f"{project}-service" if normalised(project) in INSTALLED else project


def package_name(project: str) -> str:
    """The Python package of a project; one that would hide another module gets ``_service``."""
    name = project.replace("-", "_").lower()
    hides = (
        name in sys.stdlib_module_names
        or name in _IMPORTS
        or normalised(name) in INSTALLED
        or name in FOLDERS
        or keyword.iskeyword(name)
        or hasattr(builtins, name)
    )
    return f"{name}_service" if hides else name


def normalised(distribution: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def dns_name(project: str) -> str:
    """A DNS label, which has at most 63 characters, with room for endings such as ``-headless``."""
    return re.sub(r"[^a-z0-9]+", "-", project.lower())[:50].strip("-")


def is_reachable(part: str) -> bool:
    """Whether ``module.part`` can be written in Python, inside a class body too."""
    mangled = part.startswith("__") and not part.endswith("__")
    return part.isidentifier() and not keyword.iskeyword(part) and not mangled


def distinguishing(package: str, others: Iterable[str]) -> list[str]:
    """Words that tell ``package`` from ``others``, most telling first: its version, then its parts."""
    parts = package.split(".") if package else []
    theirs = {part for other in others for part in other.split(".")}
    telling = [part for part in reversed(parts) if part not in theirs]
    return [part[:1].upper() + part[1:] for part in telling]


class Taken:
    """Names given out in one scope; the same key always gets the same name back.

    ``known`` are names of earlier runs: they stay given, so a newcomer never renames an old name.
    Names are unique without regard to case, as file systems and readers want them.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self.known = known or {}
        self.names: dict[str, str] = {}
        self._folded = {name.lower() for name in self.known.values()}

    def give(self, key: str, *wishes: str) -> str:
        """The first wish that is free, else the first wish with the first free number from 2 up."""
        name = self.names.get(key) or self.known.get(key)
        if name is None:
            name = next(filter(self._is_free, wishes), None) or self._numbered(wishes[0])
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
