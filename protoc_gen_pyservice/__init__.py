"""Generate a complete, production-grade Python gRPC service from .proto files."""

__version__ = "0.3.0.dev0"
