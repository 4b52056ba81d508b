"""Messages for tests: complete, valid by what the protos say, and the same every time.

    sample(order_pb2.Order)                  a valid value in every field
    sample(order_pb2.Order, quantity=3)      with fields of your choice; None leaves one out

What only you know, such as an id that exists, say in `SAMPLE_VALUES`. This file is yours.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ._runtime.samples import Samples

SAMPLE_VALUES: Mapping[str, Mapping[str, Any]] = {
    # "files.v1.FileServiceRequest": {"symbol": "ACME", "quantity": 5, "note": None},
}
"""Fields by the full name of their message; None leaves a field out."""

RELATED_FIELDS: Sequence[frozenset[str]] = ()
"""Fields whose rules depend on each other, such as ``frozenset({"start", "end"})``: an error about
one of them may name another."""

SAMPLES = Samples(SAMPLE_VALUES, RELATED_FIELDS)
sample = SAMPLES.sample
