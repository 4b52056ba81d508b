"""What both ends of a connection have to agree on.

A server that is pinged more often than it permits hangs up (``too_many_pings``), so clients and
server take their numbers from here.
"""

KEEPALIVE_SECONDS = 60.0
"""Seconds after which an idle connection is asked whether it is still there."""

KEEPALIVE_TIMEOUT = 20.0
"""Seconds that the answer may take; then the connection is given up."""
