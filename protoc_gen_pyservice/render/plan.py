"""The files of one project, from the manifest."""

from collections.abc import Iterator
from typing import NamedTuple

from ..errors import ProtoError
from ..manifest import FILES, HANDLER, HANDLER_TEST, MESSAGES_ONLY, Entry, Scope
from ..model.project import Project
from ..model.services import Service
from ..ownership import Owner


class Output(NamedTuple):
    """One file to render."""

    path: str
    template: str
    owner: Owner
    service: Service | None = None


def handler_path(project: Project, service: Service) -> str:
    """Return the path of the handler of a service."""
    return HANDLER.format(package=project.package, service=service.module)


def test_path(service: Service) -> str:
    """Return the path of the tests of a handler."""
    return HANDLER_TEST.format(service=service.module)


def plan(project: Project, only: Service | None = None) -> tuple[Output, ...]:
    """Return the files of a project, or only those for one service.

    Raises ProtoError if two of them would have the same path.
    """
    entries = FILES if project.services else MESSAGES_ONLY
    outputs = tuple(
        output
        for entry in entries
        if entry.part is None or project.has(entry.part)
        for output in _outputs(entry, project, only)
    )
    _check_distinct(outputs)
    return outputs


def _outputs(entry: Entry, project: Project, only: Service | None) -> Iterator[Output]:
    if entry.scope is Scope.PROJECT:
        if only is None:
            yield Output(entry.path.format(package=project.package), entry.template, entry.owner)
        return
    for service in project.services if only is None else (only,):
        path = entry.path.format(package=project.package, service=service.module)
        yield Output(path, entry.template, entry.owner, service)


def _check_distinct(outputs: tuple[Output, ...]) -> None:
    seen: set[str] = set()
    for output in outputs:
        if output.path.lower() in seen:
            raise ProtoError(f"two files would both be {output.path}: rename one of their services.")
        seen.add(output.path.lower())
