"""What templates see: one frozen `Project` and everything in it, names already computed.

Nothing here knows a template, a path on disk or a descriptor.
"""

import json
from typing import NamedTuple

from . import markdown
from .deployment import Deployment
from .distributions import BUILD, DEV, REDIS, Distribution, used_for
from .docs import Doc

LINE_LENGTH = 100
"""Columns of generated Python."""


class Import(NamedTuple):
    """``from <module> import <name>`` (``as <alias>`` where it differs), seen from `origin`."""

    module: str
    name: str
    alias: str
    distribution: str | None = None
    """The distribution that ships the module; None for a module below ``gen/``."""

    @property
    def clause(self) -> str:
        """What stands behind ``import``."""
        return self.name if self.alias == self.name else f"{self.name} as {self.alias}"


class Type(NamedTuple):
    """A message as Python code refers to it."""

    full: str
    module: Import
    expression: str
    """The class at run time: ``orders_pb2.Order``."""
    annotation: str
    """The class in an annotation; ``Message`` where Python has no way to name it."""

    @property
    def named(self) -> bool:
        """Whether Python can name it in an annotation."""
        return self.annotation == self.expression


class Policy(NamedTuple):
    """What is declared about a method; the fields and defaults of the generated ``Policy``."""

    timeout: float | None = None
    idempotent: bool = False
    public: bool = False
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    rate: float | None = None
    burst: float | None = None
    concurrency: int | None = None
    audit: bool = False
    attempts: int | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """The keyword arguments of what differs from the defaults, as Python."""
        plain = Policy()
        return tuple(
            f"{name}={_python(value)}"
            for name, value, default in zip(self._fields, self, plain, strict=True)
            if value != default
        )


def _python(value: object) -> str:
    """A literal as black writes it."""
    if isinstance(value, tuple):
        inner = ", ".join(json.dumps(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


class Method(NamedTuple):
    """One RPC."""

    name: str
    path: str
    """The HTTP/2 path: ``/orders.v1.OrderBook/PlaceOrder``."""
    attribute: str
    """The method of handler and client: ``place_order``."""
    request: Type
    reply: Type
    streams_requests: bool
    streams_replies: bool
    doc: Doc
    docstring: str
    deprecated: bool
    policy: Policy = Policy()

    @property
    def kind(self) -> str:
        """A member of the generated ``Kind``."""
        before = "STREAM" if self.streams_requests else "UNARY"
        return f"{before}_{'STREAM' if self.streams_replies else 'UNARY'}"

    @property
    def converses(self) -> bool:
        """Whether both sides stream."""
        return self.streams_requests and self.streams_replies

    @property
    def parameter(self) -> str:
        """What a handler calls what it is given."""
        return "requests" if self.streams_requests else "request"

    @property
    def argument(self) -> str:
        """What a generated test passes to a client."""
        return "requests()" if self.streams_requests else "request"

    @property
    def retried(self) -> bool:
        """Whether a proxy may send it again: it is harmless, and its request can be kept."""
        return self.policy.idempotent and not self.streams_requests

    @property
    def routed_alone(self) -> bool:
        """Whether a proxy treats it differently from what is declared about nothing."""
        return self.streams_replies or self.retried or self.policy.public or self.policy.timeout is not None

    @property
    def gateway_timeout(self) -> str:
        """What a proxy waits for it: a second more than the service takes, whose own answer is better."""
        return f"{(self.policy.timeout or 0) + 1:g}s"

    @property
    def signature(self) -> str:
        """The RPC as a proto has it, without comments: ``(stream a.B) returns (c.D)``."""
        request = f"{'stream ' if self.streams_requests else ''}{self.request.full}"
        reply = f"{'stream ' if self.streams_replies else ''}{self.reply.full}"
        return f"({request}) returns ({reply})"


class Service(NamedTuple):
    """One service and the names of everything that is generated for it."""

    name: str
    full: str
    file: str
    class_name: str
    servicer: str
    client: str
    module: str
    variable: str
    """A local name for its client: ``order_book``."""
    methods: tuple[Method, ...]
    handler_imports: tuple[str, ...]
    """The import lines of its handler file, below the standard library's, sorted."""
    test_imports: tuple[str, ...]
    doc: Doc
    docstring: str
    deprecated: bool

    @property
    def routed_alone(self) -> tuple[Method, ...]:
        """The methods that a proxy treats differently from the others."""
        return tuple(method for method in self.methods if method.routed_alone)

    @property
    def streams_replies(self) -> bool:
        """Whether a method answers with a stream."""
        return any(method.streams_replies for method in self.methods)

    @property
    def streams(self) -> bool:
        """Whether a method streams in either direction."""
        return any(method.streams_replies or method.streams_requests for method in self.methods)

    @property
    def streams_requests(self) -> bool:
        """Whether a method takes a stream."""
        return any(method.streams_requests for method in self.methods)


class Field(NamedTuple):
    """One field of a message, for the reference."""

    name: str
    number: int
    type: str
    doc: Doc
    deprecated: bool


class Message(NamedTuple):
    """One message, for the reference; nested ones stand beside their parents."""

    full: str
    fields: tuple[Field, ...]
    doc: Doc
    deprecated: bool


class Value(NamedTuple):
    """One value of an enum."""

    name: str
    number: int
    doc: Doc
    deprecated: bool


class Enum(NamedTuple):
    """One enum, for the reference."""

    full: str
    values: tuple[Value, ...]
    doc: Doc
    deprecated: bool


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
    def streams_replies(self) -> bool:
        """Whether any RPC answers with a stream."""
        return any(service.streams_replies for service in self.services)

    @property
    def streams_requests(self) -> bool:
        """Whether any RPC takes a stream."""
        return any(service.streams_requests for service in self.services)

    @property
    def sends_single(self) -> bool:
        """Whether any RPC takes one request, whose fields a client can be given by name."""
        return any(not method.streams_requests for service in self.services for method in service.methods)

    @property
    def streams(self) -> bool:
        """Whether any RPC streams in either direction."""
        return self.streams_replies or self.streams_requests

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
