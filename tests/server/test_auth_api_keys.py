"""AUTH_MODE=api_key: keys that are hashed at rest."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.server.auth_service import NOBODY, AuthProject, Refusal, Server, Who, call, code

REFUSED = grpc.StatusCode.UNAUTHENTICATED

ALICE, BACKUP, RENEWED = (hashlib.sha256(name).hexdigest() for name in (b"a", b"b", b"c"))
"""Keys, as they are given away."""


def line(name: str, key: str, *columns: str) -> str:
    """A line of the file."""
    return " ".join((name, hashlib.sha256(key.encode()).hexdigest(), *columns)) + "\n"


FILE = (
    "# who may call\n\n"
    + line("alice", ALICE, "admin,clerk", "vault:read")
    + line("backup", BACKUP, "-", "vault:read,vault:export  # nightly")
    + line("alice", RENEWED)
)


@pytest.fixture(scope="module")
def server(auth_project: AuthProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with three keys."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "keys").write_text(FILE)
    with auth_project.running(folder / "log", AUTH_MODE="api_key", API_KEYS_FILE=folder / "keys") as running:
        yield running
        assert not [key for key in (ALICE, BACKUP, RENEWED) if key in running.said()]


@pytest.fixture(scope="module")
def channel(server: Server) -> Iterator[grpc.Channel]:
    """A channel to it."""
    with grpc.insecure_channel(server.address) as channel:
        yield channel


def key(*values: str) -> list[tuple[str, str]]:
    """The metadata of a call with API keys."""
    return [("x-api-key", value) for value in values]


@pytest.mark.parametrize(
    ("rpc", "metadata", "ended"),
    [
        ("WhoAmI", key(ALICE), Who("alice", ("admin", "clerk"), ("vault:read",))),
        ("WhoAmI", key(BACKUP), Who("backup", (), ("vault:export", "vault:read"))),
        ("WhoAmI", key(RENEWED), Who("alice")),
        ("Open", key(ALICE), Who("alice", ("admin", "clerk"), ("vault:read",))),
        ("Open", key(BACKUP), Refusal(grpc.StatusCode.PERMISSION_DENIED, "requires the role admin or auditor")),
        ("Export", key(BACKUP), Who("backup", (), ("vault:export", "vault:read"))),
        ("WhoAmI", [], Refusal(REFUSED, "exactly one x-api-key is required")),
        ("WhoAmI", key(ALICE, ALICE), Refusal(REFUSED, "exactly one x-api-key is required")),
        ("WhoAmI", key(""), Refusal(REFUSED, "the API key is not valid")),
        ("WhoAmI", key("guess"), Refusal(REFUSED, "the API key is not valid")),
        ("WhoAmI", key(ALICE.upper()), Refusal(REFUSED, "the API key is not valid")),
        ("WhoAmI", key(f"{ALICE}x"), Refusal(REFUSED, "the API key is not valid")),
        ("WhoAmI", key(line("alice", ALICE).split()[1]), Refusal(REFUSED, "the API key is not valid")),
        ("Peek", [], NOBODY),
        ("Peek", key("guess"), NOBODY),
        ("Peek", key(BACKUP), Who("backup", (), ("vault:export", "vault:read"))),
    ],
)
def test_keys(channel: grpc.Channel, rpc: str, metadata: list[tuple[str, str]], ended: "Who | Refusal") -> None:
    """A key authenticates its caller with roles and scopes; its hash, which could be stolen, is refused."""
    assert call(channel, rpc, metadata) == ended


def test_the_file_is_read_again(auth_project: AuthProject, tmp_path: Path) -> None:
    """Keys are added and removed while the service runs; an invalid file changes nothing."""
    file = tmp_path / "keys"
    file.write_text(line("alice", ALICE))
    with (
        auth_project.running(tmp_path / "log", AUTH_MODE="api_key", API_KEYS_FILE=file) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        assert call(channel, "WhoAmI", key(ALICE)) == Who("alice")
        file.write_text(line("backup", BACKUP))
        time.sleep(1.2)
        assert call(channel, "WhoAmI", key(BACKUP)) == Who("backup")
        assert code(call(channel, "WhoAmI", key(ALICE))) is REFUSED
        file.write_text(f"alice {ALICE} admin\nalice oops\n")
        time.sleep(1.2)
        assert call(channel, "WhoAmI", key(BACKUP)) == Who("backup")
        file.unlink()
        time.sleep(1.2)
        assert call(channel, "WhoAmI", key(BACKUP)) == Who("backup")
        said = server.said()
    assert "line 2: the second word is not a SHA-256" in said
    assert ALICE not in said


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("alice", "line 1: the second word is not a SHA-256 in hex."),
        ("# ok\n\nalice s3cret-key admin", "line 3: the second word is not a SHA-256 in hex."),
        (line("a", ALICE) + line("b", ALICE), "line 2 repeats the key of an earlier line."),
        (line("a", ALICE, "admin", "x:read", "more"), "line 1 has more than 4 words."),
    ],
)
def test_a_file_that_is_no_good_stops_the_start(
    auth_project: AuthProject, tmp_path: Path, content: str, problem: str
) -> None:
    """The line is named and never quoted: it may be the key itself."""
    (tmp_path / "keys").write_text(content)
    done = auth_project.check_config(AUTH_MODE="api_key", API_KEYS_FILE=tmp_path / "keys")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"API_KEYS_FILE={tmp_path / 'keys'}: {problem}\n"
