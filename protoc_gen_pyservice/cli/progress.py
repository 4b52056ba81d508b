"""A line for whoever wonders whether anything happens."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PROGRESS_DELAY_SECONDS = 1.0
"""Seconds without a word that nobody minds."""


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Say what is being done if it takes more than a second and a person is watching; wiped afterwards."""
    if not sys.stderr.isatty():
        yield
        return
    said = threading.Event()

    def say() -> None:
        said.set()
        print(f"pyservice: {what} ...", end="", flush=True, file=sys.stderr)

    timer = threading.Timer(_PROGRESS_DELAY_SECONDS, say)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if said.is_set():
            print("\r\033[K", end="", flush=True, file=sys.stderr)
