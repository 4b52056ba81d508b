"""Market: a gRPC service."""
