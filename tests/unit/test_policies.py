"""What is declared about methods: how it comes together, and what is refused."""

import re
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import MethodDescriptorProto, ServiceDescriptorProto

from protoc_gen_pyservice.errors import OptionError, ProtoError
from protoc_gen_pyservice.inputs.compiler import include_dir
from protoc_gen_pyservice.model.policies import KINDS, PolicyTable
from protoc_gen_pyservice.model.services import Policy


def policy(**tables: dict[str, Any]) -> Policy:
    """The policy of a.S/M with tables of pyservice.toml: ``service`` for ``a.S/*``, ``method`` for ``a.S/M``."""
    names = {"service": "a.S/*", "method": "a.S/M"}
    table = PolicyTable([], {names[key]: value for key, value in tables.items()})
    return table.policy("a.S", ServiceDescriptorProto(name="S"), MethodDescriptorProto(name="M"))


@pytest.mark.parametrize(
    ("service", "method", "merged"),
    [
        ({"roles": ["a"]}, {"roles": ["b"]}, Policy(roles=("b",))),
        ({"roles": ["a"]}, {"scopes": ["x"]}, Policy(roles=("a",), scopes=("x",))),
        ({"roles": ["a"], "timeout": 5}, {"public": True}, Policy(public=True, timeout=5)),
        ({"public": True}, {"roles": ["a"]}, Policy(roles=("a",))),
        ({"public": True}, {"scopes": ["x"]}, Policy(scopes=("x",))),
        ({"public": True}, {"public": False}, Policy()),
        ({"roles": ["a"]}, {"public": False}, Policy(roles=("a",))),
        ({"attempts": 5}, {"idempotent": True}, Policy(idempotent=True, attempts=5)),
        ({"attempts": 5}, {"timeout": 1}, Policy(timeout=1)),
    ],
)
def test_a_method_goes_before_its_service(service: dict[str, Any], method: dict[str, Any], merged: Policy) -> None:
    """Who may call is one statement: `public` and roles or scopes undo each other."""
    assert policy(service=service, method=method) == merged


def test_a_method_completes_its_service() -> None:
    """Key by key, what a method declares goes before what its service declares."""
    merged = policy(service={"rate": 5, "concurrency": 2}, method={"burst": 10, "concurrency": 3})
    assert merged == Policy(rate=5, burst=10, concurrency=3)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"rate": 0}, "a.S/M is declared with rate 0: it has to be a finite number greater than 0."),
    ({"timeout": -1}, "a.S/M is declared with timeout -1: it has to be a finite number greater than 0."),
    ({"concurrency": 0}, "a.S/M is declared with concurrency 0: it has to be a finite number greater than 0."),
    ({"rate": float("inf")}, "a.S/M is declared with rate inf: it has to be a finite number greater than 0."),
    ({"rate": float("nan")}, "a.S/M is declared with rate nan: it has to be a finite number greater than 0."),
    ({"attempts": 0}, "a.S/M is declared with attempts 0: gRPC allows 1 to 5."),
    ({"attempts": 6, "idempotent": True}, "a.S/M is declared with attempts 6: gRPC allows 1 to 5."),
    (
        {"attempts": 2},
        "a.S/M is declared with attempts 2 and is not idempotent: "
        "declare it idempotent too if repeating a call is safe.",
    ),
    ({"burst": 5}, "a.S/M is declared with a burst but no rate: declare the rate too."),
    (
        {"rate": 5, "burst": 0.5},
        "a.S/M is declared with burst 0.5: no call would ever be allowed; it has to be at least 1.",
    ),
    (
        {"public": True, "roles": ["a"]},
        "a.S/M is declared public and with roles or scopes, in one place: remove one of the two.",
    ),
]


@pytest.mark.parametrize(("declared", "words"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_meant_is_refused(declared: dict[str, Any], words: str) -> None:
    """A declaration that contradicts itself or could never let a call through is one sentence."""
    with pytest.raises(ProtoError) as refused:
        policy(method=declared)
    assert str(refused.value) == words


OPTIONS = Path(include_dir()) / "pyservice" / "v1" / "options.proto"
REGISTRY = Path(__file__).parents[2] / "templates" / "runtime" / "pyservice_runtime" / "core" / "registry.py"


def test_the_proto_and_the_registry_have_the_same_policies() -> None:
    """What a proto can declare is what the model and a generated Policy hold, in one order and of one type."""
    types = {"double": float | None, "bool": bool, "repeated string": tuple[str, ...], "uint32": int | None}
    message = OPTIONS.read_text().partition("message Policy {")[2].partition("\n}")[0]
    declared = re.findall(r"^  (?:optional )?((?:repeated )?\w+) (\w+) = \d+;", message, re.M)
    assert {name: types[kind] for kind, name in declared} == Policy.__annotations__
    assert [name for _, name in declared] == list(Policy._fields)
    generated = REGISTRY.read_text().partition("class Policy:")[2].partition("\n\n\n")[0]
    fields = re.findall(r"^    (\w+): (.+) = (.+)$", generated, re.M)
    assert {name: eval(kind) for name, kind, _ in fields} == Policy.__annotations__
    assert {name: eval(default) for name, _, default in fields} == Policy._field_defaults
    assert [name for name, _, _ in fields] == list(Policy._fields)


@pytest.mark.parametrize("name", Policy._fields)
def test_a_value_of_another_kind_is_refused(name: str) -> None:
    """The key, what it must be and what was said are named."""
    values: dict[str, Any] = {
        "a list of strings": [[1], "a"],
        "true or false": [1, "yes"],
        "a number": [True, "1"],
        "a whole number": [1.5, True],
    }
    wanted = KINDS[name].wanted
    for value in values[wanted]:
        with pytest.raises(OptionError, match=rf"{name} must be {wanted}, not {re.escape(repr(value))}\."):
            policy(method={name: value})
