"""Chat: a gRPC service."""
