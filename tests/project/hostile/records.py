"""The lock, changed by an attacker who knows its format."""

import base64
import hashlib
import json
from collections.abc import Mapping

from protoc_gen_pyservice.inputs.objects import encode
from tests.project.harness import Project

LOCK, OBJECTS = ".pyservice/lock.json", ".pyservice/objects"


def digest(content: bytes) -> str:
    """As the lock has it."""
    return hashlib.sha256(content).hexdigest()


def named(project: Project, key: str) -> str:
    """The object that a line of the lock names."""
    found: str = json.loads(project.text(LOCK))[key].split()[-1]
    return f"{OBJECTS}/{found}"


def content(project: Project, key: str) -> bytes:
    """What is in the object that a line of the lock names."""
    return base64.b64decode(project.text(named(project, key)))


def add_object(project: Project, content: bytes) -> str:
    """Add an object as a run writes it; its digest."""
    project.write(f"{OBJECTS}/{digest(content)}", encode(content))
    return digest(content)


def with_lines(project: Project, lines: Mapping[str, object]) -> None:
    """Change lines of the lock, or add them."""
    lock = {**json.loads(project.text(LOCK)), **lines}
    end = {"end": lock.pop("end")}
    write(project, {**lock, **end})


def write(project: Project, lock: Mapping[str, object]) -> None:
    """Write the lock."""
    project.write(LOCK, text(lock))


def text(lock: Mapping[str, object]) -> str:
    """A lock as the engine writes it: a key a line."""
    listed = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in lock.items())
    return f"{{\n{listed}\n}}\n"


def claim(project: Project, path: str, owner: str = "generated", content: bytes | None = None) -> None:
    """Claim that a file was generated as it is, so that it is deleted when it no longer is."""
    text = (project.folder / path).read_bytes() if content is None else content
    with_lines(project, {f"file {path}": f"{owner} {digest(text)}"})


def descriptors(project: Project) -> dict[str, bytes]:
    """The descriptors of the last run by the name of their proto."""
    keys = (key for key in json.loads(project.text(LOCK)) if key.startswith("descriptor "))
    return {key.partition(" ")[2]: content(project, key) for key in keys}


def store(project: Project, files: Mapping[str, bytes], lines: Mapping[str, object]) -> None:
    """Write descriptors of the last run, with their digests, and lines of the lock."""
    named = {f"descriptor {name}": add_object(project, file) for name, file in files.items()}
    with_lines(project, {"request": "", **named, **lines})


def as_older(project: Project, path: str) -> None:
    """Make a file what an older generator would have written, with a line in it that no new one writes."""
    older = content(project, f"file {path}") + b"# older\n"
    (project.folder / named(project, f"file {path}")).unlink()
    project.write(path, project.text(path) + "# older\n")
    with_lines(project, {"request": "", f"file {path}": f"merged {add_object(project, older)}"})
