"""The model that templates render: one frozen `Project` and everything in it, names already computed.

It is independent of templates, paths on disk and descriptors.
"""

import json
from typing import NamedTuple

from .. import __version__
from ..inputs.distributions import BUILD, DEV, REDIS, SERVER, Distribution, runtime_distribution, used_for
from ..inputs.options import ASYNC, SYNC, VENDORED
from . import markdown
from .deployment import Deployment
from .reference import Enum, Message
from .services import ASYNC_ITERATOR, PLAIN_ITERATOR, Import, Service

MAX_LINE_COLUMNS = 100
"""Line length of generated Python."""


class Project(NamedTuple):
    """Everything that a template can use."""

    name: str
    package: str
    dns: str
    title: str
    summary: str
    services: tuple[Service, ...]
    messages: tuple[Message, ...]
    enums: tuple[Enum, ...]
    modules: tuple[Import, ...]
    """The message modules that the services use, as ``gen/`` imports them, sorted."""
    service_modules: tuple[str, ...]
    """The modules of the protos that define the services."""
    registry_imports: tuple[str, ...]
    """The import lines of ``gen/registry.py``, below the standard library's, sorted."""
    servicer_imports: tuple[str, ...]
    client_imports: tuple[str, ...]
    sync_imports: tuple[str, ...]
    """The import lines of ``gen/sync_clients.py``."""
    protos: tuple[str, ...]
    roots: tuple[str, ...]
    parts: tuple[str, ...]
    requirements: tuple[Distribution, ...]
    """The distributions that clients and the server need at run time."""
    deployment: Deployment
    buf_modules: tuple[str, ...] = ()
    """The modules that buf has to fetch for imports that are not files of the project."""
    has_own_options: bool = False
    """Whether its protos use pyservice's options; then it has a copy of them."""
    line_length: int = MAX_LINE_COLUMNS
    runtime: str = VENDORED
    ejected: tuple[str, ...] = ()
    """Ejected files of the runtime."""
    handlers: str = ASYNC
    """The style of new methods of handlers."""

    def has(self, part: str) -> bool:
        """Return whether a part of the project is switched on."""
        return part in self.parts

    @property
    def runtime_version(self) -> str:
        """The version of the runtime that ``gen/`` is made for."""
        return __version__

    @property
    def is_vendored(self) -> bool:
        """True if the runtime is copied into the project."""
        return self.runtime == VENDORED

    @property
    def has_plain_handlers(self) -> bool:
        """True if new methods of handlers are plain ``def``."""
        return self.handlers == SYNC

    @property
    def handler_definition(self) -> str:
        """The keywords that begin a new method of a handler."""
        return "def" if self.has_plain_handlers else "async def"

    @property
    def handler_iterator(self) -> str:
        """The type of a stream in a new method of a handler."""
        return PLAIN_ITERATOR if self.has_plain_handlers else ASYNC_ITERATOR

    @property
    def in_other_style(self) -> "Project":
        """The same project with the other style of new methods of handlers."""
        return self._replace(handlers=ASYNC if self.has_plain_handlers else SYNC)

    @property
    def client_requirements(self) -> tuple[Distribution, ...]:
        """The distributions that ``gen/`` and clients need."""
        runtime = () if self.is_vendored else (runtime_distribution(__version__),)
        own = (requirement for requirement in self.requirements if SERVER not in requirement.uses)
        return (*runtime, *own)

    @property
    def server_requirements(self) -> tuple[Distribution, ...]:
        """The distributions that the server needs in addition."""
        if not self.is_vendored:
            return (runtime_distribution(__version__, "server"),)
        return tuple(requirement for requirement in self.requirements if SERVER in requirement.uses)

    @property
    def redis_requirements(self) -> tuple[Distribution, ...]:
        """The distributions that shared rate limits need."""
        return used_for(REDIS)

    @property
    def dev_requirements(self) -> tuple[Distribution, ...]:
        """The distributions that its tests and checks need."""
        return used_for(DEV)

    @property
    def build_requirements(self) -> tuple[Distribution, ...]:
        """The distributions that build its wheel."""
        return used_for(BUILD)

    @property
    def deployed(self) -> bool:
        """True if the project has parts that build an image or deploy it."""
        return self.has("container") or self.has("kubernetes")

    @property
    def sends_again(self) -> bool:
        """True if any generated part retries calls."""
        return any(map(self.has, ("client", "istio", "envoy")))

    @property
    def server_streaming(self) -> bool:
        """True if any RPC streams responses."""
        return any(service.server_streaming for service in self.services)

    @property
    def client_streaming(self) -> bool:
        """True if any RPC streams requests."""
        return any(service.client_streaming for service in self.services)

    @property
    def sends_single(self) -> bool:
        """True if any RPC takes a single request, whose fields can be passed to a client by name."""
        return any(not method.client_streaming for service in self.services for method in service.methods)

    @property
    def streams(self) -> bool:
        """True if any RPC streams in either direction."""
        return self.server_streaming or self.client_streaming

    @property
    def response_protocols(self) -> str:
        """The protocols of responses, as an import names them: of iterators, and of what returns one response."""
        methods = [method for service in self.services for method in service.methods]
        streams = ("AsyncIterator", "Iterator") if self.server_streaming else ()
        singles = () if all(method.server_streaming for method in methods) else ("Awaitable",)
        return ", ".join(sorted((*streams, *singles)))

    @property
    def has_methods(self) -> bool:
        """True if the project has any RPC."""
        return any(service.methods for service in self.services)

    @property
    def summary_toml(self) -> str:
        """The summary as a TOML string, quotes included."""
        return json.dumps(self.summary, ensure_ascii=False)

    @property
    def summary_paragraph(self) -> str:
        """The summary as a Markdown paragraph."""
        return markdown.paragraph(self.summary)
