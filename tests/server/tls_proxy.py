"""Speaks TLS for a plaintext client, in a version that the test chooses: grpc's own client takes no orders."""

import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VERSIONS = {  # the old ones by number: their names warn
    "1.0": ssl.TLSVersion(0x0301),
    "1.1": ssl.TLSVersion(0x0302),
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


def connect(port: int, authorities: Path, version: str) -> ssl.SSLSocket:
    """A TLS connection of exactly this version. Raises OSError where the server wants another."""
    context = ssl.create_default_context(cafile=str(authorities))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = VERSIONS[version]
    context.set_alpn_protocols(["h2"])
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 5), server_hostname="localhost")


@contextmanager
def tls_proxy(port: int, authorities: Path, version: str) -> Iterator[str]:
    """An address whose plaintext goes through TLS to a port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, port, authorities, version), daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def _accept(listener: socket.socket, port: int, authorities: Path, version: str) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        with plain, connect(port, authorities, version) as secure:
            _copy(plain, secure)


def _copy(plain: socket.socket, secure: ssl.SSLSocket) -> None:
    while True:
        ready = [secure] if secure.pending() else select.select([plain, secure], [], [], 10)[0]
        for source, target in ((plain, secure), (secure, plain)):
            if source in ready:
                data = source.recv(65536)
                if not data:
                    return
                target.sendall(data)
