"""Every name of one project, given once and remembered in the lock.

A name once given stays given: a second ``Bodies`` (v1 beside v0) never renames the first.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from . import naming
from .modules import RESERVED
from .naming import Taken


class ServiceNames(NamedTuple):
    """The names of what is generated for one service."""

    class_name: str
    module: str


class Names:
    """Gives names; ``known`` is what `remembered` returned at the end of the last run.

    ``moves`` are services that are called otherwise now (old full name -> new one): they keep the names
    of everything that was generated for them. ``reserved`` are the names that no folder of messages has.
    """

    def __init__(
        self,
        project: str,
        package: str,
        known: Mapping[str, Mapping[str, str]] | None = None,
        moves: Mapping[str, str] | None = None,
        reserved: frozenset[str] = RESERVED,
    ) -> None:
        self.project = project
        self.package = package
        self.reserved = reserved
        self._all: set[str] = set()
        known = _moved(known or {}, moves or {})
        self._classes = Taken(known.get("classes", {}))
        self._modules = Taken(known.get("modules", {}))
        self._aliases = Taken(known.get("aliases", {}))
        self._known_methods = _by_service(known.get("methods", {}))
        self._methods: dict[str, Taken] = {}

    def announce(self, services: Iterable[str]) -> None:
        """Say which services there are, so that a name can tell them apart."""
        self._all.update(services)

    def service(self, full: str) -> ServiceNames:
        """The handler class and module of a service, by its full name."""
        package, _, name = full.rpartition(".")
        plain = naming.class_name(name)
        others = [o.rpartition(".")[0] for o in self._all if o != full and o.rpartition(".")[2] == name]
        wishes = [plain, *(f"{plain}{word}" for word in naming.distinguishing(package, others))]
        class_name = self._classes.give(full, *wishes)
        return ServiceNames(class_name, self._modules.give(full, naming.module_name(class_name)))

    def method(self, service: str, rpc: str) -> str:
        """The Python method of an RPC, unique in its service."""
        taken = self._methods.get(service)
        if taken is None:
            taken = self._methods[service] = Taken(self._known_methods.get(service, {}))
        return taken.give(rpc, naming.attribute_name(rpc))

    def alias(self, proto: str, package: str, module: str) -> str:
        """The local name of a message module, unique in the project."""
        parts = [part for part in package.split(".") if part]
        if not naming.is_reachable(module):
            module = module.lstrip("_")
        wishes = [module, *("_".join([*parts[i:], module]) for i in range(len(parts) - 1, -1, -1))]
        return self._aliases.give(proto, *wishes)

    def remembered(self) -> dict[str, dict[str, str]]:
        """What the lock keeps; names of what is gone are kept too, for the day it returns."""
        services = {**self._known_methods, **{name: _merged(taken) for name, taken in self._methods.items()}}
        methods = {f"{service}/{rpc}": name for service, rpcs in services.items() for rpc, name in rpcs.items()}
        return {
            "classes": _merged(self._classes),
            "modules": _merged(self._modules),
            "aliases": _merged(self._aliases),
            "methods": methods,
        }


def _merged(taken: Taken) -> dict[str, str]:
    return {**taken.known, **taken.names}


def _by_service(methods: Mapping[str, str]) -> dict[str, dict[str, str]]:
    services: dict[str, dict[str, str]] = {}
    for key, name in methods.items():
        service, _, rpc = key.rpartition("/")
        services.setdefault(service, {})[rpc] = name
    return services


def _moved(known: Mapping[str, Mapping[str, str]], moves: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """The names by what the services are called now.

    Where a service goes to a name that another one had, that one's names get the name that became free:
    what was given stays given.
    """
    if not moves:
        return known
    swapped = {**{new: old for old, new in moves.items()}, **moves}

    def renamed(key: str) -> str:
        service, slash, rpc = key.partition("/")
        return swapped.get(service, service) + slash + rpc

    named = ("classes", "modules", "methods")
    return {
        kind: {renamed(key): name for key, name in names.items()} if kind in named else names
        for kind, names in known.items()
    }
