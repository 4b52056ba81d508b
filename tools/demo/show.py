"""How the demo looks: numbered steps with their times, in 90 columns."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count

WIDTH = 90


class Story:
    """Prints one step after the other."""

    def __init__(self) -> None:
        self._numbers = count(1)

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """Print the title, then the time that the body took, then the lines it left in the list."""
        heading = f"{next(self._numbers)}  {title}"
        print(heading, end="", flush=True)
        start = time.perf_counter()
        lines: list[str] = []
        try:
            yield lines
        except BaseException:
            print()
            raise
        seconds = time.perf_counter() - start
        print(f"{f'{seconds:.2f} s':>{WIDTH - len(heading)}}")
        say("", *(f"   {line}".rstrip() for line in lines), "")


def say(*lines: str) -> None:
    """Print lines at once, also into a pipe."""
    print("\n".join(lines), flush=True)


def columns(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Two columns, the second one cut where the line would be too long."""
    table = list(rows)
    wide = max((len(left) for left, _ in table), default=0)
    return [f"{left:<{wide}}  {right}".rstrip() for left, right in table]


def typed(words: Iterable[str]) -> list[str]:
    """A command as one would type it, broken over lines that a shell reads as one."""
    lines = ["$"]
    for word in words:
        if len(lines[-1]) + len(word) > WIDTH - 8:
            lines[-1] += " \\"
            lines.append("     ")
        lines[-1] += f" {word}"
    return lines
