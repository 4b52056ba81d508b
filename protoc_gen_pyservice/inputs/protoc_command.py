"""The output folder and the proto roots, from the command line of the calling process.

protoc passes neither to a plugin. If the system does not show that command line, or it is ambiguous,
the answer is None and the run stays on the safe side.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_ARCHIVES = (".zip", ".jar", ".srcjar")
_MAX_ANCESTOR_COUNT = 4
"""Ancestor processes to inspect: there may be a launcher script or two between protoc and the plugin."""


class ProtocCommand(NamedTuple):
    """The relevant parts of the compiler's command line; all paths absolute."""

    out: str | None
    """The project's folder; None if the output goes into an archive."""
    roots: tuple[str, ...]
    """The ``-I`` folders in order."""
    cleans: bool = False
    """Whether it is buf, which deletes the output folder before it writes."""


def find_protoc_command() -> ProtocCommand | None:
    """Return the compiler call with ``--pyservice_out`` among the ancestor processes; None if there is none."""
    pid = os.getppid()
    for _ in range(_MAX_ANCESTOR_COUNT):
        arguments = _command_line(pid)
        folder = _folder(pid)
        if arguments is None or folder is None:
            return None
        command = parse_command(arguments, folder)
        if command is None and _is_buf(arguments):
            return ProtocCommand(None, (), _cleans(arguments, folder))
        if command is not None or _writes_elsewhere(arguments, folder):
            return command
        parent = _parent(pid)
        if parent is None or parent <= 1:
            return None
        pid = parent
    return None


def parse_command(arguments: Sequence[str], folder: str) -> ProtocCommand | None:
    """Parse a compiler's argument list; relative paths are relative to ``folder``.

    Returns None if it has no ``--pyservice_out``, or several, so that this run is ambiguous.
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
    """Return whether this is a compiler without an output folder for pyservice: then no ancestor has one either."""
    flags = (argument.partition("=")[0] for argument in _expand(arguments, folder))
    return any(flag.startswith("--") and flag.endswith("_out") for flag in flags)


def _is_buf(arguments: Sequence[str]) -> bool:
    return bool(arguments) and os.path.splitext(os.path.basename(arguments[0]))[0] == "buf"


def _cleans(arguments: Sequence[str], folder: str) -> bool:
    """Return whether a call of buf deletes the folders that it generates into, by a flag or in its template."""
    flags = [argument.partition("=") for argument in arguments if argument.partition("=")[0] == "--clean"]
    if flags:
        return flags[-1][2].lower() in ("", "1", "t", "true")
    given = _values(arguments, ("--template",))
    templates = given[-1:] or _TEMPLATES
    return any(_has_clean(_template(template, folder)) for template in templates)


_TEMPLATES = ("buf.gen.yaml", "buf.gen.yml", "buf.gen.json")


def _template(template: str, folder: str) -> str:
    """Return the text of a buf template, which may also be on the command line itself."""
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
    """Return the folder on disk of a root: ``-Ivirtual=disk`` maps a virtual folder onto one."""
    return root.rpartition("=")[2] or "."


def _values(arguments: Sequence[str], flags: tuple[str, ...]) -> list[str]:
    """Return the values of a flag in all its spellings: ``--flag=V``, ``--flag V``, ``-IV``, ``-I V``."""
    values: list[str] = []
    for i, argument in enumerate(arguments):
        for flag in flags:
            if argument == flag and i + 1 < len(arguments):
                values.append(arguments[i + 1])
            elif argument.startswith(f"{flag}="):
                values.append(argument[len(flag) + 1 :])
            elif not flag.startswith("--") and argument.startswith(flag) and argument != flag:
                values.append(argument[len(flag) :])
    return values


def _expand(arguments: Sequence[str], folder: str) -> Iterator[str]:
    """Yield the arguments with each ``@file`` replaced by the lines of the file, as protoc does."""
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
    """Return the command line as BSD's ps shows it, for macOS; blanks inside arguments are ambiguous."""
    if sys.platform != "darwin":
        return None
    import subprocess

    listing = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True)
    return listing.stdout.split() if listing.returncode == 0 else None


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
