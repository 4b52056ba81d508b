"""The ports that the service listens on."""

import socket

import grpc


class StartError(Exception):
    """The service could not start; the message is one line for the person who started it."""


def bind(
    server: grpc.aio.Server,
    host: str,
    port: int,
    credentials: grpc.ServerCredentials | None = None,
    variables: str = "GRPC_PORT or GRPC_HOST",
) -> int:
    """Take a port, 0 for any free one, with TLS where there are credentials; returns its number.

    Raises StartError, naming the variables to change, if the port cannot be had.
    """
    address = _address(host, port)
    try:
        if credentials is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, credentials)
    except RuntimeError:
        raise _taken(address, variables) from None


def reserved(host: str, port: int) -> socket.socket:
    """Hold a port, 0 for any free one, for processes that share it, until the socket is closed.

    It never listens, so calls come to those who do. Raises StartError if the port cannot be had.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        family, *_, address = found[0]
        with socket.socket(family) as alone:
            # Asked without sharing: another service that shares its port would not be noticed.
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(address)
            address = alone.getsockname()
        held = socket.socket(family)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(address)
    except OSError:
        raise _taken(_address(host, port), "GRPC_PORT or GRPC_HOST") from None
    return held


def _taken(address: str, variables: str) -> StartError:
    return StartError(f"{address} is taken or not an address of this machine: change {variables}.")


def _address(host: str, port: int) -> str:
    if host.startswith("unix:"):
        return host
    # An IPv6 address has colons of its own.
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"
