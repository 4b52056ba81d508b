"""Securedata: a gRPC service."""
