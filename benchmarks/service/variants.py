"""The servers that are timed beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SERVERS = Path(__file__).with_name("servers")

BARE, USUAL, OURS = "bare", "usual", "ours"
LOOPS = ("asyncio", "uvloop")


@dataclass(frozen=True, slots=True)
class Variant:
    """One server on one event loop."""

    server: str
    loop: str

    @property
    def name(self) -> str:
        """``ours+uvloop``; without a loop it is asyncio's own."""
        return self.server if self.loop == "asyncio" else f"{self.server}+{self.loop}"

    @property
    def command(self) -> list[str]:
        """The arguments of Python that start it."""
        if self.server == OURS:
            return ["-m", "echo"]
        return [str(SERVERS / f"{self.server}.py"), self.loop]

    def variables(self, common: Mapping[str, str]) -> dict[str, str]:
        """Its settings."""
        return {**common, "EVENT_LOOP": self.loop}


VARIANTS = tuple(Variant(server, loop) for server in (BARE, USUAL, OURS) for loop in LOOPS)
