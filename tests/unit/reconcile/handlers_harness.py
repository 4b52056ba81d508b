"""Services before and after a change of their proto, built as a run builds them."""

import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import grpc_tools
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc

from protoc_gen_pyservice.inputs.descriptors import Files
from protoc_gen_pyservice.inputs.options import Options
from protoc_gen_pyservice.inputs.tree import MemoryTree
from protoc_gen_pyservice.model.build import build_project
from protoc_gen_pyservice.model.names import Names
from protoc_gen_pyservice.model.project import Project
from protoc_gen_pyservice.model.services import Service
from protoc_gen_pyservice.ownership import Owner
from protoc_gen_pyservice.reconcile.handlers.records import HandlerResult, Update
from protoc_gen_pyservice.reconcile.handlers.update import update_handlers
from protoc_gen_pyservice.reconcile.service_changes import find_moves, previous_services, removed_modules
from protoc_gen_pyservice.render.files import render
from protoc_gen_pyservice.render.plan import plan

PACKAGE = "shop"
HANDLER = "src/shop/handlers/cart.py"
TEST = "tests/handlers/test_cart.py"

Protos = Mapping[str, str]

_WELL_KNOWN = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")


class Change(NamedTuple):
    """What `update_handlers` is given for one service, and where the message modules went."""

    update: Update
    gone: frozenset[str]


class Outcome(NamedTuple):
    """What became of the files, and what was said."""

    files: dict[str, bytes]
    result: HandlerResult

    def text(self, path: str = HANDLER) -> str:
        """A file as text, its line ends as they are."""
        return self.files[path].decode()


def proto(*rpcs: str, package: str = "shop", service: str = "Cart", imports: str = "") -> str:
    """A proto with one service; the messages that all of them share are below."""
    listed = "".join(f"  {rpc}\n" for rpc in rpcs)
    head = f'syntax = "proto3";\npackage {package};\n{imports}' if package else f'syntax = "proto3";\n{imports}'
    messages = "".join(f"message {name} {{}}\n" for name in ("Item", "Items", "Order", "Nothing"))
    return f"{head}\nservice {service} {{\n{listed}}}\n{messages}"


def rpc(name: str, request: str = "Item", response: str = "Nothing") -> str:
    """One RPC; types may say ``stream``."""
    return f"rpc {name}({request}) returns ({response});"


def change(
    before: Protos | str | None, now: Protos | str, full: str = "shop.Cart", handlers: str = Options().handlers
) -> Change:
    """The update of one service from one set of protos to another; None as the first makes it new."""
    old_names = Names(PACKAGE, PACKAGE)
    old = _project(before, old_names)._replace(handlers=handlers) if before is not None else None
    moves = find_moves(_files(before), _files(now)) if before is not None else {}
    names = Names(PACKAGE, PACKAGE, old_names.snapshot() if old else None, moves)
    new = _project(now, names)._replace(handlers=handlers)
    service = next(service for service in new.services if service.full == full)
    previous = previous_services(old, moves).get(full)
    texts = _texts(new, service)
    old_texts = _texts(old, previous) if old and previous else (None, None, None)
    update = Update(
        service=service,
        previous=previous,
        handler_path=f"src/{PACKAGE}/handlers/{service.module}.py",
        handler=texts[0],
        other_handler=texts[1],
        test_path=f"tests/handlers/test_{service.module}.py",
        test=texts[2],
        previous_handler=old_texts[0],
        previous_other_handler=old_texts[1],
        previous_test=old_texts[2],
    )
    return Change(update, removed_modules(_files(before), _files(now)) if before is not None else frozenset())


def bring(
    given: Change, files: Mapping[str, bytes | str], pending: frozenset[str] = frozenset(), package: str = PACKAGE
) -> Outcome:
    """Update files, and check that a second time changes nothing."""
    content = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    result = update_handlers(given.update, MemoryTree(content), package, pending, given.gone)
    after = {**content, **result.write}
    again = update_handlers(given.update, MemoryTree(after), package, pending, given.gone)
    assert again.write == {}, "the second time, something was written"
    assert set(result.write) == {path for path in after if after[path] != content.get(path)}
    assert [event.path for event in result.events] == list(result.write)
    return Outcome(after, result)


def generated(given: Change) -> dict[str, str]:
    """The files of the service as the last run would have written them, or as this one does if it is new."""
    update = given.update
    if update.previous_handler is None or update.previous_test is None:
        return {update.handler_path: update.handler, update.test_path: new_tests(given)}
    return {update.handler_path: update.previous_handler, update.test_path: update.previous_test}


def new_tests(given: Change) -> str:
    """The tests of the service as they are generated now."""
    assert given.update.test is not None
    return given.update.test


def _texts(project: Project, service: Service) -> tuple[str, str, str]:
    outputs = [o for o in plan(project) if o.owner is Owner.HANDLERS and o.service and o.service.full == service.full]
    handler, test = render(outputs, project)
    other, _ = render(outputs, project.in_other_style)
    return handler.text, other.text, test.text


def _project(protos: Protos | str, names: Names) -> Project:
    files = _files(protos)
    names.register(f"{file.package}.{s.name}".lstrip(".") for file in files.all for s in file.service)
    return build_project(files.all, files.targets, Options(), names, ())


def _files(protos: Protos | str) -> Files:
    texts = {"cart.proto": protos} if isinstance(protos, str) else protos
    files = _compiled(tuple(texts.items()))
    return Files(files, tuple(texts))


@lru_cache(maxsize=256)
def _compiled(protos: tuple[tuple[str, str], ...]) -> tuple[FileDescriptorProto, ...]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in protos:
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        out = os.path.join(folder, "out.binpb")
        flags = [
            f"--descriptor_set_out={out}",
            "--include_imports",
            "--include_source_info",
            f"-I{folder}",
            f"-I{_WELL_KNOWN}",
        ]
        assert protoc.main(["protoc", *flags, *(name for name, _ in protos)]) == 0
        with open(out, "rb") as descriptors:
            return tuple(FileDescriptorSet.FromString(descriptors.read()).file)
