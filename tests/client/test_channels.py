"""Channels are shared, counted and closed once; certificates are renewed under running calls."""

import asyncio
import importlib
from collections import Counter
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.client.harness import DepotProject
from tests.client.proxy import proxied
from tests.server.certificate_authority import LOCALHOST, CertificateAuthority
from tests.server.harness import until


async def test_clients_of_one_target_share_a_channel(depot: DepotProject) -> None:
    """One connection for all that choose alike, until the last of them is closed."""
    open_ones = depot.module("runtime.client.channels").channels()
    async with depot.running() as port, proxied(port) as proxy:
        async with depot.client(proxy.address) as one:
            async with depot.client(proxy.address) as two, depot.client(proxy.address, timeout=1) as other:
                for client in (one, two, other):
                    await client.find(what="x")
                assert len(open_ones) == 2
            assert len(open_ones) == 1
            assert (await one.find(what="x")).text == "x"
        assert len(open_ones) == 0


async def test_a_client_needs_no_block(depot: DepotProject) -> None:
    """It opens with its first call, and a channel that was given to it stays open."""
    async with depot.running() as port, grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        client = depot.client(channel)
        assert (await client.find(what="x")).text == "x"
        await client.close()
        assert (await depot.client(channel).find(what="x")).text == "x"


async def test_more_calls_at_once_than_a_connection_takes(depot: DepotProject, tmp_path: Path) -> None:
    """Calls above MAX_CONCURRENT_STREAMS wait in the client, so that a burst fails no call."""
    with depot.process(tmp_path / "log", MAX_CONCURRENT_STREAMS="50") as depot_process:
        async with depot.client(f"127.0.0.1:{depot_process.port()}") as client:
            await client.put(what="warm")
            calls = [client.put(what="x") for _ in range(2000)]
            ends = await asyncio.gather(*calls, return_exceptions=True)
    assert Counter(type(end).__name__ for end in ends) == {"Receipt": 2000}


async def test_a_certificate_that_is_renewed(depot: DepotProject, tmp_path: Path) -> None:
    """New calls show the new certificate; those in progress go on over the connection that they have."""
    tls = depot.module("runtime.client").Tls
    authority = CertificateAuthority()
    authority.write(tmp_path)
    server = authority.issue("server", LOCALHOST).write(tmp_path, "server")
    mine = authority.issue("caller", LOCALHOST).write(tmp_path, "mine")
    given = {
        "tls_cert_file": server["TLS_CERT_FILE"],
        "tls_key_file": server["TLS_KEY_FILE"],
        "ca_cert_file": tmp_path / "ca.pem",
    }
    chosen = tls(tmp_path / "ca.pem", mine["TLS_CERT_FILE"], mine["TLS_KEY_FILE"])
    async with depot.running(**given) as port, proxied(port) as proxy:
        target = proxy.address.replace("127.0.0.1", "localhost")
        async with depot.client(target, tls=chosen) as client:
            await client.find(what="x")
            slow = asyncio.create_task(client.find(what="sleep", number=4))
            talk = client.talk()
            await talk.send(what="one")
            assert (await anext(talk)).text == "one"
            line = client._shared_channel._current
            authority.issue("caller again", LOCALHOST).write(tmp_path, "mine")
            await asyncio.sleep(1.1)
            assert (await client.find(what="x")).text == "x"
            assert client._shared_channel._current is not line
            assert proxy.connections == 2
            assert line.calls == 2
            await talk.send(what="two")
            assert (await anext(talk)).text == "two"
            talk.cancel()
            assert (await slow).text == "sleep"
            await until(lambda: line.calls == 0)
            with pytest.raises(Exception, match="closed"):
                await line.channel.unary_unary("/x/y")(b"")
            # Half of a pair that does not fit: the one that is in use stays.
            Path(mine["TLS_KEY_FILE"]).write_text("no key")
            await asyncio.sleep(1.1)
            assert (await client.find(what="x")).text == "x"


async def test_a_server_that_is_not_who_it_should_be(depot: DepotProject, tmp_path: Path) -> None:
    """A certificate of another authority, or for another name, is refused; `server_name` says which."""
    tls = depot.module("runtime.client").Tls
    CertificateAuthority().write(tmp_path, "other.pem")
    authority = CertificateAuthority()
    authority.write(tmp_path)
    server = authority.issue("server", LOCALHOST).write(tmp_path, "server")
    given = {"tls_cert_file": server["TLS_CERT_FILE"], "tls_key_file": server["TLS_KEY_FILE"]}
    async with depot.running(**given) as port:
        for choice, works in (
            (tls(tmp_path / "ca.pem", server_name="localhost"), True),
            (tls(tmp_path / "ca.pem"), False),
            (tls(tmp_path / "other.pem", server_name="localhost"), False),
            (tls(), False),
        ):
            async with depot.client(f"127.0.0.1:{port}", tls=choice) as client:
                if works:
                    assert (await client.find(what="x")).text == "x"
                else:
                    with pytest.raises(depot.errors.Unavailable):
                        await client.find(what="x")


async def test_files_that_are_no_good(depot: DepotProject, tmp_path: Path) -> None:
    """Opening the client says which file and why; half a certificate is refused at once."""
    tls = depot.module("runtime.client").Tls
    (tmp_path / "bad.pem").write_text("nothing")
    with pytest.raises(ValueError, match=r"bad\.pem"):
        await depot.client("localhost:1", tls=tls(tmp_path / "bad.pem")).__aenter__()
    with pytest.raises(FileNotFoundError, match=r"none\.pem"):
        await depot.client("localhost:1", tls=tls(tmp_path / "none.pem")).__aenter__()
    with pytest.raises(ValueError, match="set both or none"):
        tls(certificate_file="x")


SECRETS = [
    ("127.0.0.1:1", True),
    ("localhost:1", True),
    ("[::1]:1", True),
    ("dns:///localhost:1", True),
    ("dns:localhost:1", True),
    ("ipv4:127.0.0.1:1,127.0.0.2:1", True),
    ("unix:/run/s", True),
    ("ipv4:127.0.0.1:1,10.0.0.1:1", False),
    ("orders:1", False),
    ("dns:///orders:1", False),
    ("10.0.0.1:1", False),
    ("xds:///orders", False),
    ("127.0.0.1.example.com:1", False),
]


@pytest.mark.parametrize(("target", "fine"), SECRETS)
def test_no_secret_leaves_this_machine_in_the_open(depot: DepotProject, target: str, fine: bool) -> None:
    """A token without TLS is refused, except with Options(plaintext=True)."""
    auth = depot.module("runtime.client").Token("secret")
    depot.client(target, auth=auth, plaintext=True)
    if fine:
        depot.client(target, auth=auth)
        return
    with pytest.raises(ValueError, match="would be sent unencrypted") as caught:
        depot.client(target, auth=auth)
    assert "secret" not in str(caught.value)


async def test_secrets_in_files_are_read_again(depot: DepotProject, tmp_path: Path) -> None:
    """A token or a key that others renew is the new one a second later."""
    credentials = depot.module("runtime.client")
    path = tmp_path / "secret"
    for kind, key in ((credentials.Token, "authorization='Bearer {}'"), (credentials.ApiKey, "x-api-key='{}'")):
        path.write_text("old\n")
        async with depot.running() as port, depot.client(f"127.0.0.1:{port}", auth=kind.file(path)) as client:
            assert key.format("old") in (await client.find(what="metadata")).text
            path.write_text("renewed\n")
            await asyncio.sleep(1.1)
            assert key.format("renewed") in (await client.find(what="metadata")).text


async def test_a_secret_that_cannot_be_had(depot: DepotProject) -> None:
    """Its function's own exception comes out; the service and its circuit have nothing to do with it."""

    def fetch() -> str:
        raise LookupError("the vault is closed")

    token = depot.module("runtime.client").Token(fetch)
    async with (
        depot.running() as port,
        depot.client(f"127.0.0.1:{port}", auth=token, breaker=depot.breaker(calls=1)) as client,
    ):
        for call in (client.find(what="x"), anext(client.watch(what="x")), client.put_all([]), anext(client.talk([]))):
            with pytest.raises(LookupError, match="the vault is closed"):
                await call
        assert client._rpcs["find"].metrics.running == 0
        assert client._shared_channel._current.calls == 0


def test_every_argument_is_one_that_grpc_knows(depot: DepotProject) -> None:
    """grpc ignores names that it does not know: each is a string of its extension module."""
    content = Path(importlib.import_module("grpc._cython.cygrpc").__file__ or "").read_bytes()
    options = depot.module("runtime.client").Options(compression=grpc.Compression.Gzip)
    registry = depot.module("gen.registry").REGISTRY
    channels = depot.module("runtime.client.channels")
    names = [name for name, _ in channels.channel_options(registry, options, "x")]
    assert len(names) > 10
    assert [name for name in names if name.encode() not in content] == []
    assert b"outlier_detection_experimental" in content


def test_both_ends_agree_on_pings(depot: DepotProject) -> None:
    """The client asks as often as `keepalive.py` says, which the server's permission is made from."""
    registry, options = depot.module("gen.registry").REGISTRY, depot.module("runtime.client").Options()
    chosen: dict[str, Any] = dict(depot.module("runtime.client.channels").channel_options(registry, options, None))
    shared = depot.module("runtime.core.keepalive")
    assert chosen["grpc.keepalive_time_ms"] == shared.KEEPALIVE_SECONDS * 1000
    assert chosen["grpc.keepalive_timeout_ms"] == shared.KEEPALIVE_TIMEOUT_SECONDS * 1000


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"attempts": 6},
        {"keepalive": 0},
        {"max_reconnect_backoff": -1},
        {"watch_health": True, "balancing": "pick_first"},
    ],
)
def test_what_cannot_be_chosen(depot: DepotProject, wrong: dict[str, Any]) -> None:
    """A choice that grpc would not follow is refused by name."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        depot.module("runtime.client").Options(**wrong)
