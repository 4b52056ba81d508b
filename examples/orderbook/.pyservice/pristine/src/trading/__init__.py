"""Trading: a gRPC service."""
