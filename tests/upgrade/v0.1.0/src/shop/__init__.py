"""Shop: a gRPC service."""
