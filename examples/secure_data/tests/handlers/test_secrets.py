"""What is kept here stays here: no log, audit event or refusal repeats it."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import grpc
import pytest

from securedata.runtime.server import JsonFormatter
from securedata.settings import Settings

from .callers import Caller, item, refused

SECRET = "the combination is 36-24-36"
CODE = grpc.StatusCode


@pytest.fixture
def log() -> Iterator["Log"]:
    """Every line that the service logs, as it is in production, with nothing left out."""
    root, now = logging.getLogger(), Log()
    level = root.level
    root.addHandler(now.handler)
    root.setLevel(logging.DEBUG)
    yield now
    root.removeHandler(now.handler)
    root.setLevel(level)


class Log:
    """What the service has said."""

    def __init__(self) -> None:
        self._lines = StringIO()
        self.handler = logging.StreamHandler(self._lines)
        self.handler.setFormatter(JsonFormatter())

    @property
    def text(self) -> str:
        """All of it so far."""
        return self._lines.getvalue()

    @property
    def audit(self) -> list[dict[str, Any]]:
        """The audit events so far."""
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line["logger"] == "audit"]


async def test_data_is_in_no_log(log: Log, alice: Caller) -> None:
    """Whether a call ends well or is refused, whichever of its messages has the data."""
    resource = await alice.create("a", raw_data=SECRET.encode())
    await alice.update(resource, json_data=json.dumps(SECRET))
    with refused(CODE.ABORTED):
        await alice.update(resource, json_data=json.dumps(SECRET))
    with refused(CODE.INVALID_ARGUMENT):
        await alice.create("a\n", raw_data=SECRET.encode())
    with refused(CODE.INVALID_ARGUMENT, "it is no JSON"):
        await alice.create(json_data=f"{{{SECRET}")
    await alice.bring([item("b", raw_data=SECRET.encode())])
    assert [event["code"] for event in log.audit] == [
        "OK",
        "OK",
        "ABORTED",
        "INVALID_ARGUMENT",
        "INVALID_ARGUMENT",
        "OK",
    ]
    assert "36-24-36" not in log.text
    assert "MzYtMjQtMzY" not in log.text, "nor in base64"
    assert alice.token not in log.text


async def test_a_write_leaves_an_audit_event(log: Log, alice: Caller, bob: Caller) -> None:
    """Who, what and how it ended; refused ones too, and reads leave none."""
    resource = await alice.create("plans", labels={"a": "1"}, raw_data=SECRET.encode())
    await alice.get(resource.id)
    with refused(CODE.NOT_FOUND):
        await bob.delete(resource.id)
    created, deleted = log.audit
    assert (created["principal"], created["code"]) == ("alice", "OK")
    assert created["rpc"] == "securedata.v1.SecureDataService/CreateResource"
    assert "plans" in json.dumps(created["request"])
    assert (deleted["principal"], deleted["code"]) == ("bob", "NOT_FOUND")


def test_the_database_password_is_not_shown(settings: Settings) -> None:
    """Not by anything that prints the settings."""
    url = f"postgresql://user:{SECRET}@localhost/name"
    given = Settings.model_validate({**settings.model_dump(), "database_url": url})
    assert SECRET not in f"{given!r} {given} {given.model_dump(mode='json')}"
