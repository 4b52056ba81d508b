"""What is declared about each method: in the protos, and in pyservice.toml where one cannot edit them.

From weak to strong: the standard options, our option on the service, our option on the method,
``[methods."pkg.Service/*"]`` and ``[methods."pkg.Service/Method"]`` in pyservice.toml.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from google.protobuf.descriptor_pb2 import (
    FileDescriptorProto,
    MethodDescriptorProto,
    MethodOptions,
    ServiceDescriptorProto,
)
from google.protobuf.message import Message

from .errors import OptionError, ProtoError
from .model import Policy
from .options_proto import OPTIONS_PROTO

_ON_SERVICES, _ON_METHODS = "pyservice.v1.service", "pyservice.v1.method"

_TOML = "pyservice.toml"
_TEXTS = frozenset({"roles", "scopes"})
_FLAGS = frozenset({"idempotent", "public", "audit"})
_WHOLE = frozenset({"concurrency", "attempts"})
_MOST_ATTEMPTS = 5
"""gRPC makes no more, whatever it is told."""


class PolicyTable:
    """Answers with the policy of a method."""

    def __init__(self, files: Iterable[FileDescriptorProto], declared: Mapping[str, Mapping[str, Any]]) -> None:
        """``declared`` are the ``[methods."..."]`` tables of pyservice.toml by their names."""
        self._read = _OptionReader(list(files))
        self._declared = {name: dict(_checked(name, table)) for name, table in declared.items()}
        self._used: set[str] = set()

    def policy(self, full: str, service: ServiceDescriptorProto, method: MethodDescriptorProto) -> Policy:
        """The merged policy of a method of the service called ``full``. Raises ProtoError for a contradiction."""
        values: dict[str, Any] = {}
        if method.options.idempotency_level != MethodOptions.IDEMPOTENCY_UNKNOWN:
            values["idempotent"] = True
        values = _over(values, self._read(service.options, _ON_SERVICES))
        own = self._read(method.options, _ON_METHODS)
        values = _over(values, own)
        for name in (f"{full}/*", f"{full}/{method.name}"):
            if name in self._declared:
                self._used.add(name)
                values = _over(values, self._declared[name])
        own = own | self._declared.get(f"{full}/{method.name}", {})
        if "attempts" not in own and not values.get("idempotent"):
            # What a service says about attempts is meant for those of its methods that allow any.
            values.pop("attempts", None)
        policy = Policy(**values)
        _check(f"{full}/{method.name}", policy)
        return policy

    def check_all_used(self, known: Iterable[str]) -> None:
        """Raises OptionError for a table of pyservice.toml that names no method; ``known`` are all paths."""
        for name in self._declared:
            if name not in self._used:
                import difflib

                close = difflib.get_close_matches(name, list(known), n=1)
                hint = f"; did you mean {close[0]!r}?" if close else ": write package.Service/Method."
                raise OptionError(f"{_TOML}: [methods.{name!r}] names no method of these protos{hint}")


def _over(weak: dict[str, Any], strong: Mapping[str, Any]) -> dict[str, Any]:
    """Both declarations, the strong one first.

    Who may call is one statement: `public` undoes the roles and scopes that were declared more
    weakly, and roles or scopes undo such a `public`.
    """
    undone: frozenset[str] = frozenset()
    if strong.get("public"):
        undone = _TEXTS
    elif any(strong.get(name) for name in _TEXTS):
        undone = frozenset({"public"})
    return {**{name: value for name, value in weak.items() if name not in undone}, **strong}


def _check(method: str, policy: Policy) -> None:
    if policy.public and (policy.roles or policy.scopes):
        raise ProtoError(
            f"{method} is declared public and needs roles or scopes too, in one place: take one of the two away."
        )
    if (policy.attempts or 1) > 1 and not policy.idempotent:
        raise ProtoError(
            f"{method} is declared with attempts {policy.attempts} and is not idempotent: "
            "declare it idempotent too if a second call changes nothing more."
        )
    if policy.attempts is not None and not 1 <= policy.attempts <= _MOST_ATTEMPTS:
        raise ProtoError(f"{method} is declared with attempts {policy.attempts}: gRPC makes 1 to {_MOST_ATTEMPTS}.")
    for name in ("timeout", "rate", "burst", "concurrency"):
        value = getattr(policy, name)
        if value is not None and not 0 < value < math.inf:
            raise ProtoError(f"{method} is declared with {name} {value:g}: it has to be a number more than 0.")
    if policy.burst is not None and policy.rate is None:
        raise ProtoError(f"{method} is declared with a burst and without a rate: declare the rate too.")
    if policy.burst is not None and policy.burst < 1:
        raise ProtoError(
            f"{method} is declared with burst {policy.burst:g}: no call would ever be allowed; it has to be at least 1."
        )


# ----------------------------------------------------------------------------------- pyservice.toml


def _checked(name: str, table: object) -> Iterator[tuple[str, Any]]:
    if not isinstance(table, Mapping):
        raise OptionError(f"{_TOML}: [methods.{name!r}] must be a table.")
    for key, value in table.items():
        if key not in Policy._fields:
            known = ", ".join(Policy._fields)
            raise OptionError(f"{_TOML}: [methods.{name!r}] has an unknown key {key!r}; there are {known}.")
        right, convert = _kind(key)
        if not right(value):
            raise OptionError(f"{_TOML}: [methods.{name!r}] {key} must be {_WANTED[key]}, not {value!r}.")
        yield key, convert(value)


def _kind(key: str) -> tuple[Callable[[object], bool], Callable[[Any], Any]]:
    if key in _TEXTS:
        return (lambda v: isinstance(v, list) and all(isinstance(item, str) for item in v)), tuple
    if key in _FLAGS:
        return (lambda v: isinstance(v, bool)), bool
    number = int if key in _WHOLE else float
    kinds = (int,) if key in _WHOLE else (int, float)
    return (lambda v: isinstance(v, kinds) and not isinstance(v, bool)), number


_WANTED = {
    **dict.fromkeys(_TEXTS, "a list of strings"),
    **dict.fromkeys(_FLAGS, "true or false"),
    **dict.fromkeys(("timeout", "rate", "burst"), "a number"),
    **dict.fromkeys(_WHOLE, "a whole number"),
}


# -------------------------------------------------------------------------------------- our options


class _OptionReader:
    """Reads our options out of descriptors that were parsed without knowing them.

    The definition of the options comes with every request that imports it; a message class made from
    it reads the same bytes again, now with the options in them. The numbers are those of the definition:
    known here are names.
    """

    def __init__(self, files: list[FileDescriptorProto]) -> None:
        self._pool: Any = None
        if any(file.name == OPTIONS_PROTO for file in files):
            self._pool = _pool(files)

    def __call__(self, options: Message, extension: str) -> dict[str, Any]:
        if self._pool is None:
            return {}
        from google.protobuf.message_factory import GetMessageClass

        descriptor = self._pool.FindMessageTypeByName(options.DESCRIPTOR.full_name)
        field = self._pool.FindExtensionByName(extension)
        parsed: Any = GetMessageClass(descriptor).FromString(options.SerializeToString())
        if not parsed.HasExtension(field):
            return {}
        values = {f.name: _plain(f.name, value) for f, value in parsed.Extensions[field].ListFields()}
        for name in values.keys() - set(Policy._fields):
            raise ProtoError(
                f"{OPTIONS_PROTO} has a policy {name!r}, which this generator does not know: "
                "upgrade protoc-gen-pyservice, or take it out of the proto."
            )
        return values


def _pool(files: list[FileDescriptorProto]) -> Any:
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message_factory import GetMessageClass

    pool = DescriptorPool()
    by_name = {file.name: file for file in files}
    try:
        for name in ("google/protobuf/descriptor.proto", OPTIONS_PROTO):
            pool.Add(by_name[name])
        for extension in (_ON_SERVICES, _ON_METHODS):
            # Making the class of the options registers the extension with it.
            field: Any = pool.FindExtensionByName(extension)
            GetMessageClass(field.message_type)
    except (KeyError, TypeError):
        raise ProtoError(
            f"{OPTIONS_PROTO} does not define {_ON_SERVICES} and {_ON_METHODS}, so it is another file than the one of "
            "protoc-gen-pyservice: put -I $(pyservice include-dir) ahead of the folder that it was found in."
        ) from None
    return pool


def _plain(name: str, value: Any) -> Any:
    return tuple(value) if name in _TEXTS else value
