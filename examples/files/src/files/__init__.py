"""Files: a gRPC service."""
