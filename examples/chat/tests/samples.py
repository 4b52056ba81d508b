"""Messages for tests: complete, valid by the rules of the protos, and deterministic.

    sample(order_pb2.Order)                  a valid value in every field
    sample(order_pb2.Order, quantity=3)      with fields of your choice; None omits one

Set values that cannot be derived, such as an existing id, in `SAMPLE_VALUES`. This file is yours.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ._runtime.samples import Samples

SAMPLE_VALUES: Mapping[str, Mapping[str, Any]] = {
    # "chat.v1.ChatServiceRequest": {"symbol": "ACME", "quantity": 5, "note": None},
}
"""Fields by the full name of their message; None omits a field."""

RELATED_FIELDS: Sequence[frozenset[str]] = ()
"""Fields whose rules depend on each other, such as ``frozenset({"start", "end"})``: an error about
one of them may name another."""

SAMPLES = Samples(SAMPLE_VALUES, RELATED_FIELDS)
sample = SAMPLES.sample
