"""Requests that nobody thought of, made from the descriptors, and what may never come of them.

Three kinds: a sensible request with one odd value in it, requests at random (hypothesis makes a
found one as small as it can), and bytes that were damaged on their way. Whatever arrives, an RPC
never ends with INTERNAL or UNKNOWN, and an INVALID_ARGUMENT names the field that is wrong.
"""

import asyncio
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message import Message

from market.gen.registry import Method

from .calls import End, begin, finish, names_a_field, serialize
from .messages import Tree, build, entry, sample, sample_tree
from .rules import ABSENT, BOUNDS, breaking, fitting, is_map, is_open, rules_of, unknown
from .service import forget, still_running

RELATED: Sequence[frozenset[str]] = ()
"""Fields whose rules depend on each other, such as ``frozenset({"start", "end"})``.

An error about one of them may name another. TODO(you): name yours.
"""

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
"""Random requests to each RPC."""

SECONDS = float(os.environ.get("FUZZ_SECONDS", "2"))
"""How long each test may go on with one RPC: a slow one gets fewer odd requests."""

_PATIENCE = 0.1
"""Seconds after which a stream that says nothing is left alone."""

_MOST = 300
_DEEP = 3

_TEXTS = (
    "",
    " ",
    "\0",
    "\N{GRINNING FACE}e\N{COMBINING ACUTE ACCENT}",
    "' --",
    "%s{}",
    "x" * 10_000,
)
_FLOATS = (0.0, -0.0, -1.0, 5e-324, 1.7e308, float("inf"), float("-inf"), float("nan"))
_SINGLES = (0.0, -1.0, 1e-45, 3.4e38, float("inf"), float("nan"))

_KNOWN: dict[str, tuple[Any, ...]] = {
    "google.protobuf.Timestamp": ({"seconds": 2**63 - 1}, {"seconds": -(2**63)}, {"nanos": -1}),
    "google.protobuf.Duration": (
        {"seconds": 2**63 - 1},
        {"seconds": 1, "nanos": -1},
        {"seconds": -1},
    ),
    "google.protobuf.FieldMask": ({"paths": [""]}, {"paths": ["no_such.field"]}, {"paths": ["*"]}),
    "google.protobuf.Any": ({"type_url": "x/no.Such", "value": b"\xff"}, {"type_url": "\0"}),
    "google.protobuf.Value": ({"null_value": 0}, {"number_value": float("nan")}),
}
"""What the types of Google's allow on the wire, whatever their comments say."""


class Odd(NamedTuple):
    """A request in which one value is odd."""

    path: str
    value: Any
    message: Message

    def __str__(self) -> str:
        shown = "unset" if self.value is ABSENT else repr(self.value)
        return f"{self.path} = {shown if len(shown) < 60 else f'{shown[:50]}...'}"


# --------------------------------------------------------------------------------------- odd values


def odd_requests(kind: type[Message]) -> Iterator[Odd]:
    """A sensible request many times, each time with another odd value; outer fields come first."""
    descriptor: Any = kind.DESCRIPTOR
    tree = sample_tree(descriptor)
    outer_first = sorted(places(descriptor, tree), key=lambda place: len(place.steps))
    chosen = [(place, value) for place in outer_first for value in odd_values(place.field)]
    for place, value in chosen[:_MOST]:
        message = build(descriptor, replaced(tree, place.steps, value))
        yield Odd(place.path, value, message)


def wrong_requests(kind: type[Message]) -> Iterator[tuple[str, Odd]]:
    """A sensible request with one rule of its proto broken, and the name of the rule."""
    descriptor: Any = kind.DESCRIPTOR
    tree = sample_tree(descriptor)
    for place in places(descriptor, tree):
        oneof = place.field.containing_oneof
        for rule, value in breaking(place.field, rules_of(place.field)):
            path = place.path
            if value is ABSENT and oneof is not None and len(oneof.fields) > 1:
                path = f"{path.rpartition('.')[0]}.{oneof.name}".lstrip(".")
            broken = replaced(tree, place.steps, value)
            yield rule, Odd(path, value, build(descriptor, broken))


class Place(NamedTuple):
    """One field, somewhere in a tree."""

    path: str
    steps: tuple[Any, ...]
    field: Field


def places(
    descriptor: Descriptor, tree: Tree, steps: tuple[Any, ...] = (), path: str = ""
) -> Iterator[Place]:
    """Every field of a tree's messages, those that are not set included."""
    for field in descriptor.fields:
        if field.containing_oneof is not None and field.name not in tree and steps:
            continue
        place = f"{path}{field.name}"
        yield Place(place, (*steps, field.name), field)
        value = tree.get(field.name)
        if not value or len(steps) > 2 * _DEEP:
            continue
        for inner, key, index in _messages(field, value):
            deeper = (*steps, field.name) if key is None else (*steps, field.name, key)
            item = value if key is None else value[key]
            yield from places(inner, item, deeper, f"{place}{index}.")


def _messages(field: Field, value: Any) -> Iterator[tuple[Descriptor, Any, str]]:
    """The message in a field, or the first of many: its type, its key, and how a path names it."""
    if is_map(field):
        inner, key = entry(field)[1].message_type, next(iter(value))
        if inner is not None and isinstance(value[key], dict):
            yield inner, key, f"[{json_key(key)}]"
    elif field.message_type is not None and field.is_repeated:
        if isinstance(value[0], dict):
            yield field.message_type, 0, "[0]"
    elif field.message_type is not None and isinstance(value, dict):
        yield field.message_type, None, ""


def json_key(key: Any) -> str:
    """The key of a map as a path has it."""
    return f'"{key}"' if isinstance(key, str) else str(key).lower()


def replaced(tree: Any, steps: Sequence[Any], value: Any) -> Any:
    """A copy of a tree with another value at one place."""
    first, *rest = steps
    copy = list(tree) if isinstance(tree, list) else dict(tree)
    copy[first] = replaced(copy[first], rest, value) if rest else value
    return copy


def odd_values(field: Field) -> list[Any]:
    """Values that are legal on the wire and seldom thought of."""
    if is_map(field):
        key, value = entry(field)
        inner = {} if value.message_type is not None else fitting(value, {})
        keys = ("", "\0") if key.cpp_type == Field.CPPTYPE_STRING else (0,)
        return [ABSENT, *({one: inner} for one in keys)]
    single = _odd_single(field)
    if field.is_repeated:
        return [ABSENT, *([one] for one in single), [single[0]] * 2]
    return single if field.is_required else [*single, ABSENT]


def _odd_single(field: Field) -> list[Any]:
    if field.message_type is not None:
        return [{}, *_KNOWN.get(field.message_type.full_name, ())]
    if field.enum_type is not None:
        members = [value.number for value in field.enum_type.values][:8]
        return [*members, unknown(field), -1] if is_open(field) else members
    if field.cpp_type == Field.CPPTYPE_STRING:
        return [text.encode() for text in _TEXTS] + [b"\xff"] if _is_bytes(field) else list(_TEXTS)
    if field.cpp_type == Field.CPPTYPE_BOOL:
        return [False, True]
    if field.cpp_type in BOUNDS:
        low, high = BOUNDS[field.cpp_type]
        return sorted({low, max(low, -1), 0, 1, high})
    return list(_SINGLES if field.cpp_type == Field.CPPTYPE_FLOAT else _FLOATS)


def _is_bytes(field: Field) -> bool:
    return field.type == Field.TYPE_BYTES


# ------------------------------------------------------------------------------- what may not be


def problem(method: Method, end: End, changed: str | None = None) -> str | None:
    """What is wrong with how a call ended; ``changed`` is the one field that was odd."""
    if end.code in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN):
        return f"{end.code.name}: {end.details} (the log below has the traceback)"
    if end.code is grpc.StatusCode.UNIMPLEMENTED:
        return f"UNIMPLEMENTED: {end.details}"
    if end.code is not grpc.StatusCode.INVALID_ARGUMENT:
        return None
    if not end.violations:
        return f"INVALID_ARGUMENT names no field (raise errors.InvalidArgument): {end.details}"
    for path in end.violations:
        if path and not names_a_field(method.request, _within(method, path)):
            return f"INVALID_ARGUMENT names {path!r}, which {method.request.__name__} has not"
    named = [_within(method, path) for path in end.violations]
    if changed is not None and not any(_concerns(path, changed, method) for path in named):
        listed = ", ".join(named)
        return f"INVALID_ARGUMENT names {listed}, and all that is odd is {changed} (see RELATED)"
    return None


def _within(method: Method, path: str) -> str:
    """A path in one request; of a stream, an error may count them: ``orders[3].price``."""
    head, dot, rest = path.partition(".")
    numbered = method.kind.streams_requests and "[" in head
    known = names_a_field(method.request, path)
    return rest if numbered and dot and not known else path


def _concerns(named: str, changed: str, method: Method) -> bool:
    """Whether an error that names one field is about another, or about one related to it."""
    if not named or changed.startswith(named) or named.startswith(changed):
        return True
    if any({named, changed} <= related for related in RELATED):
        return True
    oneofs = method.request.DESCRIPTOR.oneofs_by_name
    members = {f.name for f in oneofs[named].fields} if named in oneofs else set()
    group = next((one for one in oneofs.values() if changed in {f.name for f in one.fields}), None)
    return changed in members or (group is not None and named.partition(".")[0] in _names(group))


def _names(oneof: Any) -> set[str]:
    return {oneof.name, *(field.name for field in oneof.fields)}


def in_time(requests: Iterator[Odd]) -> Iterator[Odd]:
    """As many as are made within SECONDS: those of a large message take their time."""
    end = time.perf_counter() + SECONDS
    for request in requests:
        yield request
        if time.perf_counter() > end:
            return


# ------------------------------------------------------------------------------- the three kinds


async def odd(channel: grpc.aio.Channel, method: Method) -> list[str]:
    """Send each odd request; returns a line for each that ended as it may not."""
    first = await _send(channel, method, sample(method.request))
    found = [f"a sensible request: {told}"] if (told := problem(method, first)) else []
    end = time.perf_counter() + SECONDS
    for one in odd_requests(method.request):
        if time.perf_counter() > end or len(found) > 9:
            break
        ended = await _send(channel, method, one.message)
        told = problem(method, ended, one.path if first.is_accepted else None)
        late = grpc.StatusCode.DEADLINE_EXCEEDED
        if ended.code is late and first.code is not late:
            told = "no answer"
        found += [f"{one}: {told}"] if told else []
    return found


async def damaged(channel: grpc.aio.Channel, method: Method) -> list[str]:
    """Send what was a sensible request once; returns a line for each that ended as it may not."""
    raw = serialize(sample(method.request))
    await _send(channel, method, raw)
    found: list[str] = []
    end = time.perf_counter() + SECONDS
    for mutant in mutants(raw, random.Random(method.path)):
        if time.perf_counter() > end or len(found) > 9:
            break
        told = problem(method, await _send(channel, method, mutant))
        found += [f"{mutant!r}: {told}"] if told else []
    return found


def mutants(raw: bytes, chance: random.Random) -> Iterator[bytes]:
    """Bytes cut off, flipped, doubled, replaced and made up."""
    yield from (b"\xff", b"\x00", raw + b"\x0a\xff\xff\xff\x7f", raw * 2)
    for _ in range(EXAMPLES if raw else 0):
        at = chance.randrange(len(raw))
        yield raw[:at]
        yield raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :]
        yield raw[:at] + chance.randbytes(chance.randrange(1, 9)) + raw[at:]


async def at_random(channel: grpc.aio.Channel, method: Method) -> None:
    """Send what hypothesis makes up; its smallest example stands at the end of a failure."""
    began = time.perf_counter()
    await _send(channel, method, sample(method.request))
    took = time.perf_counter() - began
    # Not at the top: a project without logic has no use for it yet, and importing it takes long.
    from hypothesis import HealthCheck, Phase, given, settings

    from .strategies import messages

    loop = asyncio.get_running_loop()
    smaller = [Phase.shrink] if took < 0.05 else []

    @settings(
        max_examples=max(1, min(EXAMPLES, int(SECONDS / took))),
        phases=[Phase.reuse, Phase.generate, *smaller],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(messages(method.request))
    def ends_well(request: Message) -> None:
        survives(request)
        sent = asyncio.run_coroutine_threadsafe(_send(channel, method, request), loop)
        assert (told := problem(method, sent.result(30))) is None, told

    # The server answers in this loop while hypothesis, which cannot wait, runs beside it.
    await asyncio.to_thread(ends_well)


def survives(message: Message) -> None:
    """A message is the same after a way through bytes, and through JSON where JSON can say it."""
    kind = type(message)
    raw = kind.SerializePartialToString(message, deterministic=True)
    again = kind()
    kind.MergeFromString(again, raw)
    assert kind.SerializePartialToString(again, deterministic=True) == raw, "changed as bytes"
    if "DESCRIPTOR" in kind.DESCRIPTOR.fields_by_name:
        return  # such a field hides what json_format asks a message for
    try:
        text = json_format.MessageToJson(message)
    except (json_format.SerializeToJsonError, AttributeError, TypeError, ValueError, OverflowError):
        # JSON has no words for a date beyond the year 9999 or an Any of an unknown type, and the
        # library none for a message whose field hides a method.
        return
    read = json_format.Parse(text, kind())
    # The entries of a map come in any order.
    assert json.loads(json_format.MessageToJson(read)) == json.loads(text), "changed as JSON"


async def ignores_cancellation(channel: grpc.aio.Channel, method: Method) -> str | None:
    """Go away in the middle of a call; returns what still runs a second later."""
    before = asyncio.all_tasks()
    started = begin(channel, method, [sample(method.request)], timeout=None)
    done = asyncio.ensure_future(finish(started, patience=_PATIENCE))
    await asyncio.wait([done], timeout=_PATIENCE)
    if done.done():
        done.result().skip_if_unwritten()
    started.cancel()
    done.cancel()
    left = await still_running(before, within=1)
    forget(left)
    return f"{method.attribute} still runs when its caller has gone" if left else None


async def _send(channel: grpc.aio.Channel, method: Method, *requests: Message | bytes) -> End:
    patience = _PATIENCE if method.kind.streams_replies else 5
    end = await finish(begin(channel, method, requests), patience, most=3)
    # After each call: on a busy machine the first one may have heard nothing in time.
    end.skip_if_unwritten()
    return end
