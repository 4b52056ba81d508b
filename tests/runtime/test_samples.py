"""Messages that tests of a service are made from: sensible ones, odd ones, and such as break a rule."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from google.protobuf import any_pb2, field_mask_pb2, timestamp_pb2, wrappers_pb2
from google.protobuf.message import Message
from hypothesis import given

from pyservice_runtime.core.call import ServerCall
from pyservice_runtime.errors import InvalidArgument
from pyservice_runtime.interceptors.validation.validation import Validation
from pyservice_runtime.testing.odd_requests import odd_requests, wrong_requests
from pyservice_runtime.testing.samples import Samples, build
from pyservice_runtime.testing.strategies import messages

from .probe_fields import field_types
from .probe_messages import TYPES, Item, Order, types
from .probe_rules import ruled_types
from .probe_service import ECHO, method

VALUES: dict[str, dict[str, Any]] = {
    # What contains itself, what two bounds exclude, and a pattern that Python has no word for.
    "pyservice.probe.v1.Item": {"order": None},
    "pyservice.probe.v1.Fields": {"f9": "", "f23": 1},
}
SAMPLES = Samples(VALUES)

OLD = types("""
name: "pyservice/probe/v1/old.proto" package: "pyservice.probe.v1" syntax: "proto2"
dependency: "google/protobuf/any.proto"
enum_type { name: "Shade" value { name: "LIGHT" number: 2 } value { name: "DARK" number: 4 } }
message_type { name: "Old"
  field { name: "id" number: 1 type: TYPE_STRING label: LABEL_REQUIRED }
  field { name: "shade" number: 2 type: TYPE_ENUM type_name: "Shade" }
  field { name: "read_mask" number: 3 type: TYPE_STRING }
  field { name: "raw" number: 4 type: TYPE_BYTES }
  field { name: "single" number: 5 type: TYPE_FLOAT }
  field { name: "packed" number: 6 type: TYPE_MESSAGE type_name: "google.protobuf.Any" } }
""")["Old"]
"""A message in proto2."""


def violations(request: Message) -> tuple[str, ...]:
    """The fields that the server calls wrong."""
    check = Validation().hooks(method("Checked", request=type(request))).on_request
    try:
        if check is not None:
            check(ServerCall(ECHO.path, ()), request)
    except InvalidArgument as error:
        return tuple(error.violations)
    return ()


KINDS: dict[str, Callable[[], Mapping[str, Any]]] = {
    "Fields": field_types,
    "Bounded": ruled_types,
    "Simple": ruled_types,
    "Whole": ruled_types,
    "Order": lambda: TYPES,
    "Item": lambda: TYPES,
}


@pytest.mark.parametrize("name", KINDS)
def test_a_sample_is_valid(name: str) -> None:
    """And the same every time."""
    kind = KINDS[name]()[name]
    assert violations(SAMPLES.sample(kind)) == ()
    assert SAMPLES.sample(kind) == SAMPLES.sample(kind)


@pytest.mark.parametrize("name", KINDS)
def test_a_broken_rule_is_found(name: str) -> None:
    """The server refuses it, and names the field."""
    found = list(wrong_requests(SAMPLES, KINDS[name]()[name]))
    assert found
    for rule, wrong in found:
        assert any(path.startswith(wrong.path) for path in violations(wrong.message)), (rule, str(wrong))


def test_many_rules_are_broken() -> None:
    """Each of these at least once, so that none of them is forgotten."""
    rules = {rule for rule, _ in wrong_requests(SAMPLES, field_types()["Fields"])}
    lengths = {"len", "min_len", "max_len", "min_bytes", "max_bytes", "min_items", "min_pairs"}
    texts = {"prefix", "suffix", "contains", "pattern", "email", "uuid", "hostname", "ipv4", "uri"}
    numbers = {"gt", "gte", "lt", "lte", "const", "in", "not_in", "finite", "defined_only", "required"}
    assert rules == lengths | texts | numbers


def test_fields_of_your_choice() -> None:
    """They go before all others; None leaves one out, and of a oneof the one that was chosen stays."""
    assert SAMPLES.sample(Order, name="n", count=None) == Order(
        **{
            field.name: value
            for field, value in SAMPLES.sample(Order).ListFields()
            if field.name not in ("name", "count")
        },
        name="n",
    )
    chosen = Samples({**VALUES, "pyservice.probe.v1.Order": {"mail": "m", "main": Item(label="l")}}).sample(Order)
    assert (chosen.WhichOneof("way"), chosen.mail, chosen.main.label) == ("mail", "m", "l")
    assert SAMPLES.sample(timestamp_pb2.Timestamp).seconds > 0
    assert SAMPLES.sample(any_pb2.Any) == any_pb2.Any()
    assert SAMPLES.sample(wrappers_pb2.StringValue).value


def test_conventional_fields_are_left_alone() -> None:
    """A made-up mask would name fields that are not there."""
    sample = SAMPLES.sample(Order)
    assert not sample.HasField("update_mask")
    assert not SAMPLES.sample(OLD).read_mask


@pytest.mark.parametrize("name", ["Order", "Item", "Old", "Fields", "FieldMask", "Any"])
def test_odd_requests(name: str) -> None:
    """One value is odd in each, and most fields are odd in several ways."""
    known = {**TYPES, "Old": OLD, **field_types(), "FieldMask": field_mask_pb2.FieldMask, "Any": any_pb2.Any}
    kind = known[name]
    samples = Samples({})
    sample = samples.sample(kind)
    found = list(odd_requests(samples, kind))
    assert sum(one.message != sample for one in found) > len(found) / 2
    assert max(Counter(one.path for one in found).values()) > 1
    assert all(len(str(one)) < 200 for one in found)
    assert len({one.path for one in found}) >= len(kind.DESCRIPTOR.fields)


@given(messages(SAMPLES, Order))
def test_random_messages(message: Order) -> None:
    """They can be sent, and at most one member of a oneof is there."""
    assert Order.FromString(message.SerializeToString()) == message


@given(messages(SAMPLES, OLD))
def test_random_messages_are_complete(message: Message) -> None:
    """What a message has to have is there."""
    assert message.IsInitialized()


def test_random_values_of_every_kind() -> None:
    """Each field is set in some of them."""
    seen: set[str] = set()

    @given(messages(SAMPLES, field_types()["Fields"]))
    def look(message: Message) -> None:
        seen.update(field.name for field, _ in message.ListFields())

    look()
    assert len(seen) == len(field_types()["Fields"].DESCRIPTOR.fields)


def test_a_message_is_built_from_the_inside_out() -> None:
    """From trees of fields, or from messages where there are some already."""
    item = Item(label="a")
    assert build(Item.DESCRIPTOR, item) is item
    built = build(Order.DESCRIPTOR, {"items": [{"label": "a"}, item], "named": {"x": {"label": "a"}}, "counts": {1: 1}})
    assert built == Order(items=[item, item], named={"x": item}, counts={1: 1})
