"""The services of a project, for templates."""

import json
from typing import NamedTuple

from .comments import Doc

ASYNC_ITERATOR, PLAIN_ITERATOR = "AsyncIterator", "Iterator"
"""The type of a stream in a handler's method: in an ``async def`` one, and in a plain ``def`` one."""


class Import(NamedTuple):
    """``from <module> import <name>`` (``as <alias>`` if it differs), relative to `origin`."""

    module: str
    name: str
    alias: str
    distribution: str | None = None
    """The distribution that ships the module; None for a module below ``gen/``."""

    @property
    def clause(self) -> str:
        """The text after ``import``."""
        return self.name if self.alias == self.name else f"{self.name} as {self.alias}"


class Type(NamedTuple):
    """The Python expressions of a message."""

    full: str
    module: Import
    expression: str
    """The class at run time: ``orders_pb2.Order``."""
    annotation: str
    """The class in an annotation; ``Message`` if Python cannot name it."""

    @property
    def named(self) -> bool:
        """True if Python can name it in an annotation."""
        return self.annotation == self.expression


class Policy(NamedTuple):
    """The policy of a method; the fields and defaults of the generated ``Policy``."""

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
        """The keyword arguments that differ from the defaults, as Python."""
        plain = Policy()
        return tuple(
            f"{name}={_python(value)}"
            for name, value, default in zip(self._fields, self, plain, strict=True)
            if value != default
        )


def _python(value: object) -> str:
    """Return a literal as black formats it."""
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
    response: Type
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
        """True if both sides stream."""
        return self.client_streaming and self.server_streaming

    @property
    def parameter(self) -> str:
        """The name of a handler's parameter for the request or requests."""
        return "requests" if self.client_streaming else "request"

    @property
    def argument(self) -> str:
        """The argument that a generated test passes to a client."""
        return "requests()" if self.client_streaming else "request"

    @property
    def retried(self) -> bool:
        """True if a proxy may retry it: it is idempotent, and its request can be buffered."""
        return self.policy.idempotent and not self.client_streaming

    @property
    def routed_alone(self) -> bool:
        """True if it needs a proxy route of its own."""
        return self.server_streaming or self.retried or self.policy.public or self.policy.timeout is not None

    @property
    def gateway_timeout(self) -> str:
        """The proxy's timeout: a second longer than the service's, whose error is more precise."""
        return f"{(self.policy.timeout or 0) + 1:g}s"

    @property
    def signature(self) -> str:
        """The RPC as a proto has it, without comments: ``(stream a.B) returns (c.D)``."""
        request = f"{'stream ' if self.client_streaming else ''}{self.request.full}"
        response = f"{'stream ' if self.server_streaming else ''}{self.response.full}"
        return f"({request}) returns ({response})"


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
        """The methods that need a proxy route of their own."""
        return tuple(method for method in self.methods if method.routed_alone)

    @property
    def server_streaming(self) -> bool:
        """True if a method streams responses."""
        return any(method.server_streaming for method in self.methods)

    @property
    def streams(self) -> bool:
        """True if a method streams in either direction."""
        return any(method.server_streaming or method.client_streaming for method in self.methods)

    @property
    def client_streaming(self) -> bool:
        """True if a method streams requests."""
        return any(method.client_streaming for method in self.methods)
