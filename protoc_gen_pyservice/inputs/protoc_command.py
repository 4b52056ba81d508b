"""What the process that called us says about itself: the output folder and the proto roots.

protoc tells a plugin neither; its command line does. Where the system does not show that command
line, or it is not clear, the answer is None and the run stays on the safe side.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_ARCHIVES = (".zip", ".jar", ".srcjar")
_GENERATIONS = 4
"""How many ancestors to ask: a launcher script or two may stand between protoc and us."""


class ProtocCommand(NamedTuple):
    """The compiler's call, as far as it concerns us; all paths absolute."""

    out: str | None
    """The project's folder; None when the output goes into an archive."""
    roots: tuple[str, ...]
    """The ``-I`` folders in order."""
    cleans: bool = False
    """Whether it is buf, which deletes the output folder before it writes."""


def find_protoc_command() -> ProtocCommand | None:
    """Ask the ancestors for a compiler call with ``--pyservice_out``; None when there is none."""
    pid = os.getppid()
    for _ in range(_GENERATIONS):
        arguments = _command_line(pid)
        folder = _folder(pid)
        if arguments is None or folder is None:
            return None
        found = parse_command(arguments, folder)
        if found is None and _is_buf(arguments):
            return ProtocCommand(None, (), _cleans(arguments, folder))
        if found is not None or _writes_elsewhere(arguments, folder):
            return found
        parent = _parent(pid)
        if parent is None or parent <= 1:
            return None
        pid = parent
    return None


def parse_command(arguments: Sequence[str], folder: str) -> ProtocCommand | None:
    """Read a compiler's argument list; relative paths are seen from ``folder``.

    Returns None when it has no ``--pyservice_out``, or several, so that it cannot be told which one
    this run is.
    """
    expanded = list(_expand(arguments, folder))
    outs = _values(expanded, ("--pyservice_out",))
    if len(outs) != 1:
        return None
    out = outs[0]
    head, colon, tail = out.partition(":")
    if colon and not (os.name == "nt" and len(head) == 1):
        out = tail
    roots = [root for value in _values(expanded, ("--proto_path", "-I")) for root in value.split(os.pathsep)]
    return ProtocCommand(
        out=None if out.endswith(_ARCHIVES) else os.path.normpath(os.path.join(folder, out)),
        roots=tuple(os.path.normpath(os.path.join(folder, _disk_part(root))) for root in roots or ["."]),
    )


def _writes_elsewhere(arguments: Sequence[str], folder: str) -> bool:
    """Whether this is what compiles, but does not say where to for us: then no ancestor knows either."""
    flags = (argument.partition("=")[0] for argument in _expand(arguments, folder))
    return any(flag.startswith("--") and flag.endswith("_out") for flag in flags)


def _is_buf(arguments: Sequence[str]) -> bool:
    return bool(arguments) and os.path.splitext(os.path.basename(arguments[0]))[0] == "buf"


def _cleans(arguments: Sequence[str], folder: str) -> bool:
    """Whether a call of buf deletes the folders that it generates into: a flag says so, or its template."""
    said = [argument.partition("=") for argument in arguments if argument.partition("=")[0] == "--clean"]
    if said:
        return said[-1][2].lower() in ("", "1", "t", "true")
    given = _values(arguments, ("--template",))
    templates = given[-1:] or _TEMPLATES
    return any(_has_clean(_template(template, folder)) for template in templates)


_TEMPLATES = ("buf.gen.yaml", "buf.gen.yml", "buf.gen.json")


def _template(template: str, folder: str) -> str:
    """The text of a template of buf's, which may also stand on the command line itself."""
    if not template.endswith((".yaml", ".yml", ".json")):
        return template
    try:
        with open(os.path.join(folder, template), encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError):
        return ""


def _has_clean(template: str) -> bool:
    if "clean" not in template:
        return False
    import yaml

    try:
        document = yaml.safe_load(template)
    except (yaml.YAMLError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("clean") is True


def _disk_part(root: str) -> str:
    """``-Ivirtual=disk`` maps a virtual folder onto one on disk."""
    return root.rpartition("=")[2] or "."


def _values(arguments: Sequence[str], flags: tuple[str, ...]) -> list[str]:
    """The values of a flag in all its spellings: ``--flag=V``, ``--flag V``, ``-IV``, ``-I V``."""
    found: list[str] = []
    for i, argument in enumerate(arguments):
        for flag in flags:
            if argument == flag and i + 1 < len(arguments):
                found.append(arguments[i + 1])
            elif argument.startswith(f"{flag}="):
                found.append(argument[len(flag) + 1 :])
            elif not flag.startswith("--") and argument.startswith(flag) and argument != flag:
                found.append(argument[len(flag) :])
    return found


def _expand(arguments: Sequence[str], folder: str) -> Iterator[str]:
    """Replace each ``@file`` by the lines of the file, as protoc does."""
    for argument in arguments:
        if not argument.startswith("@"):
            yield argument
            continue
        try:
            with open(os.path.join(folder, argument[1:]), encoding="utf-8", errors="surrogateescape") as file:
                yield from file.read().splitlines()
        except OSError:
            yield argument


# ------------------------------------------------------------------------------- asking the system


def _command_line(pid: int) -> list[str] | None:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return [os.fsdecode(part) for part in file.read().split(b"\0")[:-1]]
    except OSError:
        return _ask_ps(pid)


def _ask_ps(pid: int) -> list[str] | None:
    """The BSD way, for macOS; a blank in an argument cannot be told from one between two."""
    if sys.platform != "darwin":
        return None
    import subprocess

    found = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True)
    return found.stdout.split() if found.returncode == 0 else None


def _folder(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return os.getcwd() if sys.platform == "darwin" else None


def _parent(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None
