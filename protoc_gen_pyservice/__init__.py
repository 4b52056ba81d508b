"""Generate a complete, production-grade Python gRPC service from .proto files."""

__version__ = "0.2.0"
