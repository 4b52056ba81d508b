"""Exceptions that handlers raise and callers see as a status."""


class NotWritten(Exception):
    """An RPC that waits for its logic; the caller sees UNIMPLEMENTED and where to write it."""
