"""The ports that the service listens on."""

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
        raise StartError(
            f"{address} is taken or not an address of this machine: change {variables}."
        ) from None


def _address(host: str, port: int) -> str:
    if host.startswith("unix:"):
        return host
    # An IPv6 address has colons of its own.
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"
