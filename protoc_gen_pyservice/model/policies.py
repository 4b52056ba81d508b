"""The policy of each method: declared in the protos, and in pyservice.toml if they cannot be edited.

From weak to strong: the standard options, pyservice's option on the service, the one on the method,
``[methods."pkg.Service/*"]`` and ``[methods."pkg.Service/Method"]`` in pyservice.toml.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from google.protobuf.descriptor_pb2 import (
    FileDescriptorProto,
    MethodDescriptorProto,
    MethodOptions,
    ServiceDescriptorProto,
)
from google.protobuf.message import Message

from ..errors import OptionError, ProtoError
from ..inputs.options_proto import OPTIONS_PROTO
from .services import Policy

_ON_SERVICES, _ON_METHODS = "pyservice.v1.service", "pyservice.v1.method"

_TOML = "pyservice.toml"
_MAX_ATTEMPT_COUNT = 5
"""gRPC's own limit."""


class _Kind(NamedTuple):
    """The type of a policy in pyservice.toml: in words, as Python types, and its conversion."""

    wanted: str
    types: tuple[type, ...]
    convert: Callable[[Any], Any]

    def takes(self, value: object) -> bool:
        """Return whether a value is of this kind."""
        if self is _TEXTS and isinstance(value, list):
            return all(isinstance(item, str) for item in value)
        # In Python, True is a number.
        return isinstance(value, self.types) and isinstance(value, bool) == (self is _FLAG)


_TEXTS = _Kind("a list of strings", (list,), tuple)
_FLAG = _Kind("true or false", (bool,), bool)
_NUMBER = _Kind("a number", (int, float), float)
_WHOLE = _Kind("a whole number", (int,), int)
_BY_TYPE = {tuple[str, ...]: _TEXTS, bool: _FLAG, float | None: _NUMBER, int | None: _WHOLE}

KINDS = {name: _BY_TYPE[type_] for name, type_ in Policy.__annotations__.items()}
"""The kind of each policy, from the fields of the model's `Policy`."""

_CALLERS = frozenset(name for name, kind in KINDS.items() if kind is _TEXTS)
"""The policies that restrict who may call."""


class PolicyTable:
    """Looks up the policy of a method."""

    def __init__(self, files: Iterable[FileDescriptorProto], declared: Mapping[str, Mapping[str, Any]]) -> None:
        """``declared`` are the ``[methods."..."]`` tables of pyservice.toml by their names."""
        self._read = _OptionReader(list(files))
        self._declared = {name: dict(_checked(name, table)) for name, table in declared.items()}
        self._used: set[str] = set()

    def policy(self, full: str, service: ServiceDescriptorProto, method: MethodDescriptorProto) -> Policy:
        """Return the merged policy of a method of the service called ``full``. Raises ProtoError for a contradiction."""
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
            # A service's attempts apply to those of its methods that allow retries.
            values.pop("attempts", None)
        policy = Policy(**values)
        _check(f"{full}/{method.name}", policy)
        return policy

    def check_all_used(self, known: Iterable[str]) -> None:
        """Raise OptionError for a table of pyservice.toml that names no method; ``known`` are all paths."""
        for name in self._declared:
            if name not in self._used:
                import difflib

                close = difflib.get_close_matches(name, list(known), n=1)
                hint = f"; did you mean {close[0]!r}?" if close else ": write package.Service/Method."
                raise OptionError(f"{_TOML}: [methods.{name!r}] names no method of these protos{hint}")


def _over(weak: dict[str, Any], strong: Mapping[str, Any]) -> dict[str, Any]:
    """Return both declarations merged; the strong one wins.

    Access is one declaration: `public` removes the roles and scopes that were declared more weakly,
    and roles or scopes remove such a `public`.
    """
    undone: frozenset[str] = frozenset()
    if strong.get("public"):
        undone = _CALLERS
    elif any(strong.get(name) for name in _CALLERS):
        undone = frozenset({"public"})
    return {**{name: value for name, value in weak.items() if name not in undone}, **strong}


def _check(method: str, policy: Policy) -> None:
    if policy.public and (policy.roles or policy.scopes):
        raise ProtoError(f"{method} is declared public and with roles or scopes, in one place: remove one of the two.")
    if (policy.attempts or 1) > 1 and not policy.idempotent:
        raise ProtoError(
            f"{method} is declared with attempts {policy.attempts} and is not idempotent: "
            "declare it idempotent too if repeating a call is safe."
        )
    if policy.attempts is not None and not 1 <= policy.attempts <= _MAX_ATTEMPT_COUNT:
        raise ProtoError(
            f"{method} is declared with attempts {policy.attempts}: gRPC allows 1 to {_MAX_ATTEMPT_COUNT}."
        )
    for name, kind in KINDS.items():
        value = getattr(policy, name)
        if kind in (_NUMBER, _WHOLE) and value is not None and not 0 < value < math.inf:
            raise ProtoError(
                f"{method} is declared with {name} {value:g}: it has to be a finite number greater than 0."
            )
    if policy.burst is not None and policy.rate is None:
        raise ProtoError(f"{method} is declared with a burst but no rate: declare the rate too.")
    if policy.burst is not None and policy.burst < 1:
        raise ProtoError(
            f"{method} is declared with burst {policy.burst:g}: no call would ever be allowed; it has to be at least 1."
        )


# ----------------------------------------------------------------------------------- pyservice.toml


def _checked(name: str, table: object) -> Iterator[tuple[str, Any]]:
    if not isinstance(table, Mapping):
        raise OptionError(f"{_TOML}: [methods.{name!r}] must be a table.")
    for key, value in table.items():
        kind = KINDS.get(key)
        if kind is None:
            known = ", ".join(KINDS)
            raise OptionError(f"{_TOML}: [methods.{name!r}] has an unknown key {key!r}; the keys are {known}.")
        if not kind.takes(value):
            raise OptionError(f"{_TOML}: [methods.{name!r}] {key} must be {kind.wanted}, not {value!r}.")
        yield key, kind.convert(value)


# -------------------------------------------------------------------------------- pyservice's options


class _OptionReader:
    """Reads pyservice's options from descriptors that were parsed without knowing them.

    Every request that imports the options contains their definition; a message class made from it
    parses the same bytes again, now with the options. Field numbers come from the definition; only
    names are known here.
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
        values = {f.name: value for f, value in parsed.Extensions[field].ListFields()}
        for name in values.keys() - KINDS.keys():
            raise ProtoError(
                f"{OPTIONS_PROTO} has a policy {name!r}, which this generator does not know: "
                "upgrade protoc-gen-pyservice, or remove it from the proto."
            )
        return {name: KINDS[name].convert(value) for name, value in values.items()}


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
            f"{OPTIONS_PROTO} does not define {_ON_SERVICES} and {_ON_METHODS}, so it is not the file of "
            "protoc-gen-pyservice: put -I $(pyservice include-dir) before the folder that it was found in."
        ) from None
    return pool
