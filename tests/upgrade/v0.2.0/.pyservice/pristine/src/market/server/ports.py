"""The ports that the service listens on."""

import socket
from typing import Any

import grpc

_GRPC = "GRPC_PORT or GRPC_HOST"


class StartError(Exception):
    """The service could not start; the message is one line for the person who started it."""


def bind(
    server: grpc.aio.Server,
    host: str,
    port: int,
    credentials: grpc.ServerCredentials | None = None,
    variables: str = _GRPC,
    is_shared: bool = False,
) -> int:
    """Take a port, 0 for any free one, with TLS where there are credentials; returns its number.

    Raises StartError, naming the variables to change, if the port cannot be had.
    """
    if not (is_shared or host.startswith("unix:")):
        # grpc finds out too, but prints lines of its own about it.
        _probe(host, port, variables)
    try:
        if credentials is None:
            return server.add_insecure_port(_address(host, port))
        return server.add_secure_port(_address(host, port), credentials)
    except RuntimeError:
        raise _taken(host, port, variables) from None


def reserved(host: str, port: int) -> socket.socket:
    """Hold a port, 0 for any free one, for processes that share it, until the socket is closed.

    It never listens, so calls come to those who do. Raises StartError if the port cannot be had.
    """
    # Asked without sharing first: another service that shares its port would not be noticed.
    family, address = _probe(host, port, _GRPC)
    held = _socket(family)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind(address)
    return held


def _probe(host: str, port: int, variables: str) -> tuple[int, tuple[Any, ...]]:
    """Family and address of a port that is free. Raises StartError."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        family, *_, address = found[0]
        with _socket(family) as alone:
            alone.bind(address)
            return family, alone.getsockname()
    except OSError:
        raise _taken(host, port, variables) from None


def _socket(family: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    # As grpc does it: what an earlier service left behind does not count.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return made


def _taken(host: str, port: int, variables: str) -> StartError:
    address = _address(host, port)
    return StartError(f"{address} is taken or not an address of this machine: change {variables}.")


def _address(host: str, port: int) -> str:
    if host.startswith("unix:"):
        return host
    # An IPv6 address has colons of its own.
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"
