"""The changes to the services between two runs, which come first in the report."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from google.protobuf.descriptor_pb2 import FileDescriptorProto, ServiceDescriptorProto

from ..inputs.descriptors import Files
from ..inputs.distributions import BUILT_IN_SERVICES, shipped_by
from ..model.modules import RESERVED, module_path
from ..model.project import Project
from ..model.services import Service
from ..render.plan import handler_path


def find_moves(old: Files | None, new: Files) -> dict[str, str]:
    """Return services that moved to another package: old full name -> new full name.

    A removed service and a new one are the same if they have the same name and RPCs, and the match is
    unambiguous.
    """
    if old is None:
        return {}
    before, now = dict(_services(old)), dict(_services(new))
    removed = [full for full in before if full not in now]
    added = [full for full in now if full not in before]
    shapes = [_shape(before[full]) for full in removed], [_shape(now[full]) for full in added]
    return {
        full: added[shapes[1].index(shape)]
        for full, shape in zip(removed, shapes[0], strict=True)
        if shapes[0].count(shape) == 1 and shapes[1].count(shape) == 1
    }


def removed_modules(old: Files | None, new: Files, reserved: frozenset[str] = RESERVED) -> frozenset[str]:
    """Return message modules (dotted, below ``gen/``) that the last run generated and this one does not.

    ``reserved`` are the names that were reserved in the last run.
    """
    return frozenset(_modules(old, reserved)) - frozenset(_modules(new, RESERVED)) if old else frozenset()


def _modules(files: Files, reserved: frozenset[str]) -> Iterator[str]:
    own = (file.name for file in files.all if shipped_by(file.name) is None)
    return (module_path(name, reserved).replace("/", ".") for name in own)


def previous_services(previous: Project | None, moves: Mapping[str, str]) -> dict[str, Service]:
    """Return the services of the last run by the full name they have now."""
    if previous is None:
        return {}
    return {moves.get(service.full, service.full): service for service in previous.services}


def same_methods(service: Service, previous: Service) -> bool:
    """Return whether no change affects a handler."""
    return _signatures(service) == _signatures(previous) and service.handler_imports == previous.handler_imports


def service_changes(previous: Project | None, project: Project, moves: Mapping[str, str]) -> Iterator[str]:
    """Yield lines for services that were added, removed or moved; those of single RPCs come with their handlers."""
    if previous is None:
        return
    before = {service.full: service for service in previous.services}
    now = {service.full for service in project.services}
    for service in project.services:
        if service.full not in before and service.full not in moves.values():
            yield f"+ service {service.full}: {handler_path(project, service)}"
    for full, service in before.items():
        if full in moves:
            yield f"rename service {full} -> {moves[full]}: {service.class_name} stays its handler"
        elif full not in now:
            yield f"- service {full}"


def removed_services(previous: Project, project: Project, moves: Mapping[str, str]) -> list[Service]:
    """Return the services of the last run that were removed and not moved."""
    now = {service.full for service in project.services}
    return [service for service in previous.services if service.full not in now and service.full not in moves]


def _signatures(service: Service) -> list[tuple[str, str, str]]:
    return [(m.name, m.signature, f"{m.request.annotation} {m.response.annotation}") for m in service.methods]


def _services(files: Files) -> Iterator[tuple[str, ServiceDescriptorProto]]:
    for file in _targets(files):
        for service in file.service:
            full = f"{file.package}.{service.name}" if file.package else service.name
            if full not in BUILT_IN_SERVICES:
                yield full, service


def _targets(files: Files) -> Iterable[FileDescriptorProto]:
    return (file for file in files.all if file.name in files.targets)


def _shape(service: ServiceDescriptorProto) -> tuple[str, Sequence[tuple[str, bool, bool]]]:
    return service.name, [(m.name, m.client_streaming, m.server_streaming) for m in service.method]
