"""The context of a call, as handlers see it."""

from typing import Any, TypeAlias

import grpc

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
"""Metadata, deadline, peer and status of the call in progress."""
