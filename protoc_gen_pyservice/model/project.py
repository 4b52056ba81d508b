"""What templates see: one frozen `Project` and everything in it, names already computed.

Nothing here knows a template, a path on disk or a descriptor.
"""

import json
from typing import NamedTuple

from ..inputs.distributions import BUILD, DEV, REDIS, Distribution, used_for
from . import markdown
from .deployment import Deployment
from .reference import Enum, Message
from .services import Import, Service

LINE_LENGTH = 100
"""Columns of generated Python."""


class Project(NamedTuple):
    """Everything a template can ask for."""

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
    """What it needs at run time."""
    deployment: Deployment
    buf_modules: tuple[str, ...] = ()
    """What buf has to fetch for imports that are not among the files of the project."""
    has_own_options: bool = False
    """Whether its protos use our options, of which it has a copy then."""
    line_length: int = LINE_LENGTH

    def has(self, part: str) -> bool:
        """Whether a part of the project is switched on."""
        return part in self.parts

    @property
    def redis_requirements(self) -> tuple[Distribution, ...]:
        """What limits need that replicas share."""
        return used_for(REDIS)

    @property
    def dev_requirements(self) -> tuple[Distribution, ...]:
        """What its tests and checks need."""
        return used_for(DEV)

    @property
    def build_requirements(self) -> tuple[Distribution, ...]:
        """What its wheel is made with."""
        return used_for(BUILD)

    @property
    def deployed(self) -> bool:
        """Whether there is anything to build an image or a deployment from."""
        return self.has("container") or self.has("kubernetes")

    @property
    def sends_again(self) -> bool:
        """Whether anything that is generated makes further attempts of calls."""
        return any(map(self.has, ("client", "istio", "envoy")))

    @property
    def server_streaming(self) -> bool:
        """Whether any RPC answers with a stream."""
        return any(service.server_streaming for service in self.services)

    @property
    def client_streaming(self) -> bool:
        """Whether any RPC takes a stream."""
        return any(service.client_streaming for service in self.services)

    @property
    def sends_single(self) -> bool:
        """Whether any RPC takes one request, whose fields a client can be given by name."""
        return any(not method.client_streaming for service in self.services for method in service.methods)

    @property
    def streams(self) -> bool:
        """Whether any RPC streams in either direction."""
        return self.server_streaming or self.client_streaming

    @property
    def has_methods(self) -> bool:
        """Whether there is any RPC at all."""
        return any(service.methods for service in self.services)

    @property
    def summary_toml(self) -> str:
        """The summary as a TOML string, quotes included."""
        return json.dumps(self.summary, ensure_ascii=False)

    @property
    def summary_paragraph(self) -> str:
        """The summary as a Markdown paragraph."""
        return markdown.paragraph(self.summary)
