"""The services of a project, as templates see them."""

import json
from typing import NamedTuple

from .comments import Doc


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
    client_streaming: bool
    server_streaming: bool
    doc: Doc
    docstring: str
    deprecated: bool
    policy: Policy = Policy()

    @property
    def kind(self) -> str:
        """A member of the generated ``Kind``."""
        before = "STREAM" if self.client_streaming else "UNARY"
        return f"{before}_{'STREAM' if self.server_streaming else 'UNARY'}"

    @property
    def bidi_streaming(self) -> bool:
        """Whether both sides stream."""
        return self.client_streaming and self.server_streaming

    @property
    def parameter(self) -> str:
        """What a handler calls what it is given."""
        return "requests" if self.client_streaming else "request"

    @property
    def argument(self) -> str:
        """What a generated test passes to a client."""
        return "requests()" if self.client_streaming else "request"

    @property
    def retried(self) -> bool:
        """Whether a proxy may send it again: it is harmless, and its request can be kept."""
        return self.policy.idempotent and not self.client_streaming

    @property
    def routed_alone(self) -> bool:
        """Whether a proxy treats it differently from what is declared about nothing."""
        return self.server_streaming or self.retried or self.policy.public or self.policy.timeout is not None

    @property
    def gateway_timeout(self) -> str:
        """What a proxy waits for it: a second more than the service takes, whose own answer is better."""
        return f"{(self.policy.timeout or 0) + 1:g}s"

    @property
    def signature(self) -> str:
        """The RPC as a proto has it, without comments: ``(stream a.B) returns (c.D)``."""
        request = f"{'stream ' if self.client_streaming else ''}{self.request.full}"
        reply = f"{'stream ' if self.server_streaming else ''}{self.reply.full}"
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
    def server_streaming(self) -> bool:
        """Whether a method answers with a stream."""
        return any(method.server_streaming for method in self.methods)

    @property
    def streams(self) -> bool:
        """Whether a method streams in either direction."""
        return any(method.server_streaming or method.client_streaming for method in self.methods)

    @property
    def client_streaming(self) -> bool:
        """Whether a method takes a stream."""
        return any(method.client_streaming for method in self.methods)
