"""Find the handler of every service in the protos.

The list of services is generated, so a new one is always served; a service without a handler class
stops the start with one sentence instead of failing its first call.
"""

import importlib
import inspect
import logging
import pkgutil
from collections.abc import Iterator, Sequence

from .. import handlers as handlers_package
from ..gen.registry import SERVICES, Service

_LOG = logging.getLogger(__name__)


class WiringError(Exception):
    """A service has no handler, or more than one."""


def find_handlers(given: Sequence[object]) -> list[tuple[Service, object]]:
    """Pair each service with its handler: one of ``given``, else the class found in ``handlers/``.

    Raises WiringError when a service has none, or cannot choose.
    """
    failed = _import_handlers()
    for handler in given:
        if not any(isinstance(handler, service.servicer) for service in SERVICES):
            raise WiringError(
                f"app.py gives a {type(handler).__name__}, "
                "which derives from no servicer of gen/servicers.py."
            )
    return [(service, _handler(service, given, failed)) for service in SERVICES]


def _handler(service: Service, given: Sequence[object], failed: Sequence[str]) -> object:
    matching = [handler for handler in given if isinstance(handler, service.servicer)]
    if len(matching) > 1:
        raise WiringError(f"app.py gives {len(matching)} handlers for {service.name}: give one.")
    return matching[0] if matching else _create(service, failed)


def _create(service: Service, failed: Sequence[str]) -> object:
    base = service.servicer.__name__
    classes = list(_leaves(service.servicer))
    if not classes:
        raise WiringError(
            f"{service.name} has no handler: write a class in handlers/ that derives from {base}, "
            "create its handler in app.py, or bring its file back with "
            f"`pyservice generate --restore PATH`.{_listed(failed)}"
        )
    if len(classes) > 1:
        named = " and ".join(sorted(f"{c.__module__}.{c.__name__}" for c in classes))
        raise WiringError(
            f"{service.name} has several handlers, {named}: keep one, or choose in app.py."
        )
    (found,) = classes
    missing = [name for name, p in inspect.signature(found).parameters.items() if _required(p)]
    if missing:
        raise WiringError(
            f"{found.__name__}, the handler of {service.name}, needs {', '.join(missing)}: "
            "create it in app.py."
        )
    return found()


def _listed(failed: Sequence[str]) -> str:
    return "".join(f" Not imported: {reason}." for reason in failed)


def _required(parameter: inspect.Parameter) -> bool:
    variadic = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    return parameter.default is parameter.empty and not variadic


def _leaves(base: type) -> Iterator[type]:
    """The classes in ``handlers/`` that derive from a base and have no such class below them."""
    own = [c for c in _subclasses(base) if c.__module__.startswith(handlers_package.__name__)]
    for candidate in own:
        if not any(other is not candidate and issubclass(other, candidate) for other in own):
            yield candidate


def _subclasses(base: type) -> Iterator[type]:
    found: list[type] = base.__subclasses__()
    for derived in found:
        yield derived
        yield from _subclasses(derived)


def _import_handlers() -> list[str]:
    """Import every module in ``handlers/``; returns what could not be imported, with the reason.

    A handler whose service left the protos must not keep the others from being served.
    """
    failed: list[str] = []
    for module in pkgutil.walk_packages(handlers_package.__path__, f"{handlers_package.__name__}."):
        try:
            importlib.import_module(module.name)
        except Exception as error:
            failed.append(f"{module.name} ({type(error).__name__}: {error})")
            _LOG.warning("not imported", exc_info=error, extra={"module_name": module.name})
    return failed
