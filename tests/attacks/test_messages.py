"""Well-formed but absurd messages: the service responds to all of them."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from tests.attacks.harness import ServerUnderAttack, call
from tests.attacks.targets import SECURE_DATA, Method

_EACH = 150
"""Messages for each method."""
_DEEPEST = 4

_TEXTS = (
    *(
        "",
        " ",
        "a",
        "\0",
        "\n",
        "\ud7ff",
        "'; DROP TABLE resources; --",
        "../../etc/passwd",
        "${jndi:x}",
        "%s%n",
        "{0}",
    ),
    *("x" * 5000, "\u202eevil", "é" * 300, "-1", "null", "[" * 5000, "ACME", "00000000-0000-4000-8000-000000000000"),
)
_NUMBERS = (0, 1, 2, 7, 100, 2**31 - 1)
_FLOATS = (0.0, -0.0, 1.0, 10.01, 0.001, -1.0, 1e308, 5e-324, float("nan"), float("inf"), float("-inf"))
_LIMITS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1, -1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1, -1),
    FieldDescriptor.CPPTYPE_UINT32: (2**32 - 1,),
    FieldDescriptor.CPPTYPE_UINT64: (2**64 - 1,),
}


class Odd:
    """Messages filled with what code stumbles over, the same in each run."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def message(self, message: Message, depth: int = 0) -> Message:
        """Fill about half of the fields."""
        for field in message.DESCRIPTOR.fields:
            if self._random.random() < 0.6:
                self._fill(message, field, depth)
        return message

    def _fill(self, message: Any, field: Any, depth: int) -> None:
        place = getattr(message, field.name)
        entry = field.message_type if field.message_type and field.message_type.GetOptions().map_entry else None
        if entry is not None:
            if entry.fields_by_name["value"].message_type is None:
                key, value = (entry.fields_by_name[name] for name in ("key", "value"))
                place[self._value(key)] = self._value(value)
        elif field.is_repeated and field.message_type is None:
            place.extend(self._value(field) for _ in range(self._random.randrange(4)))
        elif field.is_repeated:
            for _ in range(self._random.randrange(4) if depth < _DEEPEST else 0):
                self.message(place.add(), depth + 1)
        elif field.message_type is None:
            setattr(message, field.name, self._value(field))
        elif depth < _DEEPEST:
            place.SetInParent()
            self.message(place, depth + 1)

    def _value(self, field: Any) -> Any:
        match field.cpp_type:
            case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
                return self._random.choice(_TEXTS).encode("utf-8", "surrogatepass") + b"\xff"
            case FieldDescriptor.CPPTYPE_STRING:
                return self._random.choice(_TEXTS)
            case FieldDescriptor.CPPTYPE_BOOL:
                return self._random.random() < 0.5
            case FieldDescriptor.CPPTYPE_DOUBLE | FieldDescriptor.CPPTYPE_FLOAT:
                return self._random.choice(_FLOATS)
            case FieldDescriptor.CPPTYPE_ENUM:
                return self._random.choice((0, 1, 99))
            case kind:
                return self._random.choice(_NUMBERS + _LIMITS[kind])


def odd_calls(server: ServerUnderAttack) -> Iterator[tuple[str, Method]]:
    """Each method of the target with requests that differ each time."""
    for seed, (method, make) in enumerate(server.project.methods()):
        odd = Odd(seed)
        for _ in range(_EACH):
            yield method.path, Method(
                method.path,
                method.client_streaming,
                method.server_streaming,
                tuple(odd.message(make()).SerializeToString() for _ in range(2 if method.client_streaming else 1)),
            )


def test_no_message_is_too_odd_for_an_answer(server: ServerUnderAttack) -> None:
    """No call ends with INTERNAL, which would be a bug that a caller can set off."""
    bugs = []
    with server.channel() as channel:
        for path, method in odd_calls(server):
            ended = call(channel, method, server.authorization, timeout=0.5 if method.server_streaming else 10)
            if ended[0] in ("INTERNAL", "UNKNOWN", "UNAVAILABLE", "DATA_LOSS"):
                bugs.append((path, ended, method.requests))
    assert not bugs, f"{len(bugs)}: {bugs[:5]}"


JSON = {
    "deep": "[" * 60_000,
    "deep objects": '{"a":' * 10_000,
    "long numbers": "1" * 60_000,
    "no number": '{"a": NaN}',
    "half a character": '"\\ud800"',
    "the same key twice": '{"a": 1, "a": 2}',
    "nothing": "",
    "infinity": "1e999",
}


@pytest.mark.parametrize("project", [SECURE_DATA], indirect=True, ids=str)
@pytest.mark.parametrize("case", JSON)
def test_json_that_no_parser_likes(server: ServerUnderAttack, case: str) -> None:
    """It is stored or refused, and never the end of a parser."""
    path = "securedata.v1.SecureDataService/CreateResource"
    method = server.project.of(path, [{"resource": {"displayName": "x", "jsonData": JSON[case]}}])
    with server.channel() as channel:
        assert call(channel, method, server.authorization)[0] in ("OK", "INVALID_ARGUMENT")


@pytest.mark.parametrize("project", [SECURE_DATA], indirect=True, ids=str)
def test_a_rule_that_takes_too_long_is_the_requests_fault(server: ServerUnderAttack) -> None:
    """An update of a hundred thousand fields: the rule about them gives up, without details for the caller."""
    path = "securedata.v1.SecureDataService/UpdateResource"
    resource = {"id": "00000000-0000-4000-8000-000000000000", "etag": "a", "displayName": "x"}
    method = server.project.of(path, [{"resource": resource, "updateMask": ",".join(["labels"] * 25_000)}])
    with server.channel() as channel:
        ended = call(channel, method, server.authorization)
    assert ended == ("INVALID_ARGUMENT", "cannot be checked against its rules")
