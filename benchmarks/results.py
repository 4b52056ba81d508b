"""What came out of measuring one input: figures of each variant, or the reason there are none."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """Median wall time of a whole protoc run, peak memory of the plugin in it, files written."""

    wall_ms: float
    peak_mb: float | None
    files: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """The variant did not do this input: crashed, refused, not installed, or did too little."""

    reason: str


Outcome = Figures | Refusal


@dataclass(frozen=True, slots=True)
class Result:
    """The outcomes of one input by the name of the variant, in the order they were run."""

    input: str
    shape: str
    rounds: int
    outcomes: Mapping[str, Outcome]

    def times(self, variant: str, base: str) -> float | None:
        """How many times as long as `base` the variant takes; None if either has no figures."""
        ours, theirs = self.outcomes.get(variant), self.outcomes.get(base)
        if isinstance(ours, Figures) and isinstance(theirs, Figures):
            return ours.wall_ms / theirs.wall_ms
        return None

    def peak_mb(self, variant: str) -> float | None:
        """The peak memory of the variant; None if it has no figures or is not a plugin."""
        outcome = self.outcomes.get(variant)
        return outcome.peak_mb if isinstance(outcome, Figures) else None
