"""hypothesis strategies for the messages of any proto, read from its descriptors."""

from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .fuzz import odd_values
from .messages import Tree, build, entry, sample_tree
from .rules import BOUNDS, is_map, is_open

_DEEP = 3
_MOST = 3
"""Items of a list, entries of a map."""


def messages(kind: type[Message]) -> SearchStrategy[Message]:
    """Messages of a type: a sensible one with some fields drawn anew, or all of them."""
    descriptor: Any = kind.DESCRIPTOR
    sensible = sample_tree(descriptor)
    return trees(descriptor).flatmap(
        lambda drawn: st.sampled_from([{**sensible, **drawn}, drawn]).map(
            lambda tree: build(descriptor, _one_of_each(descriptor, tree, drawn))
        )
    )


def trees(descriptor: Descriptor, depth: int = 0) -> SearchStrategy[Tree]:
    """The fields of a message: the required ones, and any of the others."""
    fields = [field for field in descriptor.fields if depth < _DEEP or field.message_type is None]
    needed = {field.name: values(field, depth) for field in fields if field.is_required}
    others = {field.name: values(field, depth) for field in fields if not field.is_required}
    drawn = st.fixed_dictionaries(needed, optional=others)
    return drawn.map(lambda tree: _one_of_each(descriptor, tree, {}))


def values(field: Field, depth: int) -> SearchStrategy[Any]:
    """What one field may hold on the wire."""
    if is_map(field):
        key, value = entry(field)
        return st.dictionaries(single(key, depth), single(value, depth), max_size=_MOST)
    if field.is_repeated:
        return st.lists(single(field, depth), max_size=_MOST)
    return single(field, depth)


def single(field: Field, depth: int) -> SearchStrategy[Any]:
    """One value of a field: an odd one as likely as any other."""
    if field.message_type is not None:
        inner = field.message_type
        odd = [value for value in odd_values(field) if isinstance(value, dict)]
        return st.deferred(lambda: trees(inner, depth + 1)) | st.sampled_from(odd or [{}])
    if field.enum_type is not None:
        members = st.sampled_from([value.number for value in field.enum_type.values])
        return members | st.integers(*BOUNDS[Field.CPPTYPE_INT32]) if is_open(field) else members
    if field.cpp_type in BOUNDS:
        low, high = BOUNDS[field.cpp_type]
        return st.sampled_from([low, high, 0, 1]) | st.integers(low, high)
    if field.cpp_type == Field.CPPTYPE_BOOL:
        return st.booleans()
    if field.type == Field.TYPE_BYTES:
        return st.binary(max_size=50)
    if field.type == Field.TYPE_STRING:
        return st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
    return st.floats(width=32 if field.cpp_type == Field.CPPTYPE_FLOAT else 64)


def _one_of_each(descriptor: Descriptor, tree: Tree, drawn: Tree) -> Tree:
    """Keep one field of each oneof, one that was drawn if there is any."""
    kept = dict(tree)
    for oneof in descriptor.oneofs:
        there = [field.name for field in oneof.fields if field.name in kept]
        there.sort(key=lambda name: name not in drawn)
        for name in there[1:]:
            del kept[name]
    return kept
