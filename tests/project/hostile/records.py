"""The lock, changed by somebody who knows its format."""

import hashlib
import json
from collections.abc import Mapping

from tests.project.kit import House

LOCK, DESCRIPTORS, PRISTINE = ".pyservice/lock.json", ".pyservice/descriptors.binpb", ".pyservice/pristine/"


def digest(content: bytes) -> str:
    """As the lock has it."""
    return hashlib.sha256(content).hexdigest()[:32]


def with_lines(house: House, lines: Mapping[str, object]) -> None:
    """Change lines of the lock, or add them."""
    lock = {**json.loads(house.text(LOCK)), **lines}
    end = {"end": lock.pop("end")}
    write(house, {**lock, **end})


def write(house: House, lock: Mapping[str, object]) -> None:
    """Write the lock."""
    house.write(LOCK, text(lock))


def text(lock: Mapping[str, object]) -> str:
    """A lock as the engine writes it: a key a line."""
    listed = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in lock.items())
    return f"{{\n{listed}\n}}\n"


def claim(house: House, path: str, owner: str = "machine", content: bytes | None = None) -> None:
    """Say of a file that it was generated, as it stands: so that it goes when it is not any more."""
    text = (house.folder / path).read_bytes() if content is None else content
    with_lines(house, {f"file {path}": f"{owner} {digest(text)}"})


def store(house: House, descriptors: bytes, lines: Mapping[str, object]) -> None:
    """Write descriptors of the last run and lines of the lock."""
    house.write(DESCRIPTORS, descriptors)
    with_lines(house, {"request": "", **lines})


def as_older(house: House, path: str) -> None:
    """Make a file what an older generator would have written, with a line in it that no new one writes."""
    older = {place: house.text(place) + "# older\n" for place in (PRISTINE + path, path)}
    for place, content in older.items():
        house.write(place, content)
    with_lines(house, {"request": "", f"file {path}": f"merged {digest(older[path].encode())}"})
