"""Every name of one project, allocated once and kept in the lock.

An allocated name never changes: a second ``Bodies`` (v1 beside v0) does not rename the first.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .. import identifiers
from ..identifiers import NameAllocator
from .modules import RESERVED


class ServiceNames(NamedTuple):
    """The names of the code that is generated for one service."""

    class_name: str
    module: str


class Names:
    """Allocates names; ``known`` is the result of `snapshot` at the end of the last run.

    ``moves`` are renamed services (old full name -> new one): they keep the names of everything that
    was generated for them. ``reserved`` are names that no folder of messages may have.
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
        self._classes = NameAllocator(known.get("classes", {}))
        self._modules = NameAllocator(known.get("modules", {}))
        self._aliases = NameAllocator(known.get("aliases", {}))
        self._known_methods = _by_service(known.get("methods", {}))
        self._methods: dict[str, NameAllocator] = {}

    def register(self, services: Iterable[str]) -> None:
        """Register the services, so that names can distinguish them."""
        self._all.update(services)

    def service(self, full: str) -> ServiceNames:
        """Return the handler class and module of a service, by its full name."""
        package, _, name = full.rpartition(".")
        plain = identifiers.class_name(name)
        others = [o.rpartition(".")[0] for o in self._all if o != full and o.rpartition(".")[2] == name]
        wishes = [plain, *(f"{plain}{word}" for word in identifiers.distinguishing(package, others))]
        class_name = self._classes.allocate(full, *wishes)
        return ServiceNames(class_name, self._modules.allocate(full, identifiers.module_name(class_name)))

    def method(self, service: str, rpc: str) -> str:
        """Return the Python method of an RPC, unique in its service."""
        allocator = self._methods.get(service)
        if allocator is None:
            allocator = self._methods[service] = NameAllocator(self._known_methods.get(service, {}))
        return allocator.allocate(rpc, identifiers.attribute_name(rpc))

    def alias(self, proto: str, package: str, module: str) -> str:
        """Return the local name of a message module, unique in the project."""
        parts = [part for part in package.split(".") if part]
        if not identifiers.is_reachable(module):
            module = module.lstrip("_")
        wishes = [module, *("_".join([*parts[i:], module]) for i in range(len(parts) - 1, -1, -1))]
        return self._aliases.allocate(proto, *wishes)

    def snapshot(self) -> dict[str, dict[str, str]]:
        """Return the names for the lock, also those of removed services, so they keep them if they come back."""
        services = {**self._known_methods, **{name: _merged(allocator) for name, allocator in self._methods.items()}}
        methods = {f"{service}/{rpc}": name for service, rpcs in services.items() for rpc, name in rpcs.items()}
        return {
            "classes": _merged(self._classes),
            "modules": _merged(self._modules),
            "aliases": _merged(self._aliases),
            "methods": methods,
        }


def _merged(allocator: NameAllocator) -> dict[str, str]:
    return {**allocator.known, **allocator.names}


def _by_service(methods: Mapping[str, str]) -> dict[str, dict[str, str]]:
    services: dict[str, dict[str, str]] = {}
    for key, name in methods.items():
        service, _, rpc = key.rpartition("/")
        services.setdefault(service, {})[rpc] = name
    return services


def _moved(known: Mapping[str, Mapping[str, str]], moves: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """Return the names under the current names of the services.

    If a service takes a name that another one had, that one's names move to the name that became free:
    allocated names stay.
    """
    if not moves:
        return known
    swapped = {**{new: old for old, new in moves.items()}, **moves}

    def renamed(key: str) -> str:
        service, slash, rpc = key.partition("/")
        return swapped.get(service, service) + slash + rpc

    scoped_kinds = ("classes", "modules", "methods")
    return {
        kind: {renamed(key): name for key, name in names.items()} if kind in scoped_kinds else names
        for kind, names in known.items()
    }
