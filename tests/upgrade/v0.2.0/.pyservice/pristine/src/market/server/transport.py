"""How connections are kept: every option that the server gives to grpc.

grpc ignores an option whose name it does not know, so a mistyped one does nothing and says nothing.
"""

import grpc

from ..keepalive import KEEPALIVE_SECONDS, KEEPALIVE_TIMEOUT
from ..settings import Settings

COMPRESSION = {
    "none": grpc.Compression.NoCompression,
    "gzip": grpc.Compression.Gzip,
    "deflate": grpc.Compression.Deflate,
}
"""What replies are packed with, by the names of COMPRESSION; callers that cannot unpack get them plain."""

_PENDING = 3000


def server_options(settings: Settings, is_shared: bool = False) -> list[tuple[str, int]]:
    """The options of a server, whose port may be shared by several processes."""
    ping = settings.keepalive_seconds or KEEPALIVE_SECONDS
    options = [
        # On by default: a second server would share the port in silence.
        ("grpc.so_reuseport", int(is_shared)),
        # On, it refuses calls of a client that keeps to max_concurrent_streams: one that has ended
        # counts until all of it is freed, and the next one is sent before that.
        ("grpc.http.overload_protection", 0),
        # Calls that wait for their turn, of all connections; grpc ends what is more with CANCELLED,
        # and by default would do so at random from a third of this on.
        ("grpc.server.max_pending_requests", _PENDING),
        ("grpc.server.max_pending_requests_hard_limit", _PENDING),
        # Requests are measured by the pipeline, which says what is wrong. What is larger than this
        # grpc refuses by itself, and to the pipeline looks like a caller who went away.
        ("grpc.max_receive_message_length", 2 * settings.max_message_bytes),
        ("grpc.max_send_message_length", settings.max_message_bytes),
        # Between two different limits grpc refuses at random.
        ("grpc.max_metadata_size", settings.max_metadata_bytes),
        ("grpc.absolute_max_metadata_size", settings.max_metadata_bytes),
        ("grpc.server_handshake_timeout_ms", _ms(settings.handshake_timeout)),
        # Clients may ping as often as they are generated to, with twice that for clocks that differ.
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", _ms(min(ping, KEEPALIVE_SECONDS) / 2)),
    ]
    if settings.keepalive_seconds:
        options += [
            ("grpc.keepalive_time_ms", _ms(settings.keepalive_seconds)),
            ("grpc.keepalive_timeout_ms", _ms(KEEPALIVE_TIMEOUT)),
            # As many pings as it takes, where nothing else is sent.
            ("grpc.http2.max_pings_without_data", 0),
        ]
    limits = (
        ("grpc.max_connection_age_ms", _ms(settings.max_connection_age)),
        ("grpc.max_connection_age_grace_ms", _ms(settings.max_connection_age_grace)),
        ("grpc.max_connection_idle_ms", _ms(settings.max_connection_idle)),
        ("grpc.max_concurrent_streams", settings.max_concurrent_streams),
        ("grpc.max_allowed_incoming_connections", settings.max_connections),
    )
    return [*options, *((name, limit) for name, limit in limits if limit)]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
