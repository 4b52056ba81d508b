"""``GET /metrics`` for Prometheus: as much of HTTP as a scrape needs, on the service's own loop."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client.exposition import choose_encoder

from ..interceptors.metrics import Metrics
from ..settings import Settings
from .exposition import Exposition
from .ports import StartError

_LOG = logging.getLogger(__name__)

_LONGEST = 16 * 1024
"""Bytes that the head of a request may have."""
_PATIENCE = 5.0
"""Seconds that a client may take to ask, and to read the answer."""
_AT_ONCE = 20
"""Connections served at once; a scrape takes one, for milliseconds."""


@asynccontextmanager
async def metrics_endpoint(metrics: Metrics, settings: Settings) -> AsyncIterator[int]:
    """Serve metrics while the context is open; yields the port. Raises StartError if taken."""
    endpoint = _Endpoint(Exposition(metrics, settings))
    # A socket file has no second port: the numbers stay on this machine then.
    here = settings.grpc_host.startswith("unix:")
    host = "127.0.0.1" if here else settings.grpc_host.strip("[]")
    port = settings.metrics_port
    try:
        server = await asyncio.start_server(endpoint.answer, host, port, limit=_LONGEST)
    except OSError:
        raise StartError(
            f"{host}:{port} is taken or not an address of this machine: change METRICS_PORT."
        ) from None
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


class _Endpoint:
    """Answers one request a connection."""

    def __init__(self, exposition: Exposition) -> None:
        self._exposition = exposition
        self._open = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Called for each connection; whatever a client does, it ends here."""
        self._open += 1
        try:
            if self._open <= _AT_ONCE:
                async with asyncio.timeout(_PATIENCE):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(self._response(head.decode("latin-1")))
                    await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # no scraper: it did not ask, or did not wait for the answer
        except Exception:
            _LOG.exception("metrics could not be collected")
        finally:
            self._open -= 1
            writer.close()

    def _response(self, head: str) -> bytes:
        first, *lines = head.split("\r\n")
        method, _, rest = first.partition(" ")
        if method not in ("GET", "HEAD"):
            return _http("405 Method Not Allowed", b"Only GET is answered.\n")
        if rest.partition(" ")[0].partition("?")[0] != "/metrics":
            return _http("404 Not Found", b"There is only /metrics.\n")
        headers = dict(line.lower().split(":", 1) for line in lines if ":" in line)
        encode, content_type = choose_encoder(headers.get("accept", ""))
        body = encode(self._exposition)
        return _http("200 OK", body, content_type, with_body=method == "GET")


def _http(
    status: str,
    body: bytes,
    content_type: str = "text/plain; charset=utf-8",
    with_body: bool = True,
) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (body if with_body else b"")
