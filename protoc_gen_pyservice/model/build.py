"""Descriptors in, `Project` out.

Reads `FileDescriptorProto`s (with source info where protoc gives it) and never a file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)

from .. import identifiers
from ..inputs.distributions import BUILT_IN_SERVICES, Distribution
from ..inputs.options import Options
from .comments import Doc, docstring, parse_comment
from .deployment import deployment
from .imports import TypeTable, import_lines
from .names import Names
from .policies import PolicyTable
from .project import Project
from .reference import Enum, Field, Message, Value
from .services import Import, Method, Service, Type

# Field numbers in descriptor.proto, which paths in SourceCodeInfo are made of.
_FILE_MESSAGE, _FILE_ENUM, _FILE_SERVICE = 4, 5, 6
_MESSAGE_FIELD, _MESSAGE_NESTED, _MESSAGE_ENUM = 2, 3, 4
_ENUM_VALUE = 2
_SERVICE_METHOD = 2

_Path = tuple[int, ...]
_Docs = Mapping[_Path, Doc]
_NO_DOC = Doc()
_RUNTIME = "..runtime"
"""The runtime's module, relative to the modules beside it."""
_CLASS_INDENT, _METHOD_INDENT = 4, 8
"""Columns by which the docstrings of classes and of methods are indented."""


def build_project(
    files: Sequence[FileDescriptorProto],
    targets: Sequence[str],
    options: Options,
    names: Names,
    requirements: Sequence[Distribution],
) -> Project:
    """Build the model of one run.

    ``files`` are the targets and all their imports, each after its own imports; ``targets`` are the
    names of the files to generate, in order. ``names`` allocates, and remembers, every name.
    """
    wanted = set(targets)
    own = [file for file in files if file.name in wanted]
    types = TypeTable(files, names)
    policies = PolicyTable(files, options.methods)
    services = tuple(_services(own, types, names, policies))
    policies.check_all_used(method.path[1:] for service in services for method in service.methods)
    messages, enums = _reference(own)
    modules = {t.module for s in services for m in s.methods for t in (m.request, m.response)}
    files_served = {service.file for service in services}
    serving = sorted(types.module(file) for file in own if file.name in files_served)
    return Project(
        name=names.project,
        package=names.package,
        dns=identifiers.dns_name(names.project),
        title=names.project.replace("-", " ").replace("_", " ").capitalize(),
        summary=_summary(names.project, services),
        services=services,
        messages=messages,
        enums=enums,
        modules=tuple(sorted(modules, key=lambda module: (module.module, module.name))),
        service_modules=tuple(module.alias for module in serving),
        registry_imports=_registry_imports({*modules, *serving}, services),
        servicer_imports=_servicer_imports(services),
        client_imports=_client_imports(services),
        sync_imports=_sync_imports(services),
        protos=options.protos,
        roots=options.roots,
        parts=options.parts,
        runtime=options.runtime,
        ejected=options.ejected,
        handlers=options.handlers,
        requirements=tuple(requirements),
        deployment=deployment(identifiers.dns_name(names.project), services),
    )


def _summary(project: str, services: Sequence[Service]) -> str:
    """Return one line for pyproject.toml and the head of the README."""
    if len(services) == 1 and services[0].doc.summary:
        return services[0].doc.summary
    names_text = ", ".join(service.name for service in services[:5])
    more = f" and {len(services) - 5} more" if len(services) > 5 else ""
    return f"gRPC service {project}: {names_text}{more}." if services else f"gRPC service {project}."


def _registry_imports(modules: Iterable[Import], services: Sequence[Service]) -> tuple[str, ...]:
    names = {"Registry", "Service"}
    names |= {"Kind", "Method", "Policy"} if any(service.methods for service in services) else set()
    own = [(".", "servicers"), (".service_info", "INFO"), *((f"{_RUNTIME}.core", name) for name in names)]
    return import_lines(modules, ".", own)


def _servicer_imports(services: Sequence[Service]) -> tuple[str, ...]:
    methods = [method for service in services for method in service.methods]
    names = [(f"{_RUNTIME}.core", "Servicer")] if services else []
    names += [(f"{_RUNTIME}.core", "Context")] if methods else []
    names += [(f"{_RUNTIME}.core", "RequestIterator")] if any(method.client_streaming for method in methods) else []
    return _annotating([type_ for method in methods for type_ in _types(method)], ".", names)


def _client_imports(services: Sequence[Service]) -> tuple[str, ...]:
    methods = [method for service in services for method in service.methods]
    base = {"Auth", "BaseClient", "Options", "Target", "Tls"}
    base |= {"CallOptions", "Compression", "Metadata"} if methods else set()
    for method in methods:
        base |= {"RequestIterable"} if method.client_streaming else set()
        base.add(_CLIENT_KINDS[method.client_streaming, method.server_streaming])
    base.discard("")
    names = [(".registry", "REGISTRY"), *((f"{_RUNTIME}.client", name) for name in base)]
    return _annotating([type_ for method in methods for type_ in _types(method)], ".", names)


def _sync_imports(services: Sequence[Service]) -> tuple[str, ...]:
    methods = [method for service in services for method in service.methods]
    sync = {"BaseSyncClient"}
    for method in methods:
        sync |= {"iterate_in_thread"} if method.client_streaming else set()
        sync |= {"SyncBidiStream" if method.bidi_streaming else "SyncResponseStream"} if method.server_streaming else set()
    sync |= {"Compression", "Metadata"} if methods else set()
    names = [(".", "clients"), *((f"{_RUNTIME}.client", name) for name in sync)]
    return _annotating([type_ for method in methods for type_ in _types(method)], ".", names)


_CLIENT_KINDS = {
    (False, False): "",
    (False, True): "ResponseStream",
    (True, False): "client_stream_call",
    (True, True): "BidiStream",
}
"""The imports that the client of each kind of method needs, by whether requests and responses are streams."""


def _annotating(
    types: Iterable[Type], gen: str, names: Iterable[tuple[str, str]]
) -> tuple[str, ...]:
    """Return the imports of a file that has these types in annotations."""
    types = list(types)
    modules = {type_.module for type_ in types if type_.named}
    return import_lines(modules, gen, names, not all(type_.named for type_ in types))


def _types(method: Method) -> tuple[Type, Type]:
    return method.request, method.response


# ------------------------------------------------------------------------------------------ services


def _services(
    files: Iterable[FileDescriptorProto], types: TypeTable, names: Names, policies: PolicyTable
) -> Iterator[Service]:
    for file in files:
        docs = _comments(file)
        for index, descriptor in enumerate(file.service):
            full = _join(file.package, descriptor.name)
            if full not in BUILT_IN_SERVICES:
                yield _service(file, descriptor, full, (_FILE_SERVICE, index), docs, types, names, policies)


def _service(
    file: FileDescriptorProto,
    descriptor: ServiceDescriptorProto,
    full: str,
    path: _Path,
    docs: _Docs,
    types: TypeTable,
    names: Names,
    policies: PolicyTable,
) -> Service:
    given = names.service(full)
    methods = tuple(
        _method(method, full, docs.get((*path, _SERVICE_METHOD, i), _NO_DOC), types, names)._replace(
            policy=policies.policy(full, descriptor, method)
        )
        for i, method in enumerate(descriptor.method)
    )
    doc = docs.get(path, _NO_DOC)
    return Service(
        name=descriptor.name,
        full=full,
        file=file.name,
        class_name=given.class_name,
        servicer=f"{given.class_name}Servicer",
        client=f"{given.class_name}Client",
        module=given.module,
        variable=given.module,
        methods=methods,
        handler_imports=_handler_imports(given.class_name, methods),
        test_imports=_test_imports(names.package, given.class_name, methods),
        doc=doc,
        docstring=docstring(doc, f"The service {full}.", _CLASS_INDENT),
        deprecated=descriptor.options.deprecated,
    )


def _handler_imports(class_name: str, methods: Sequence[Method]) -> tuple[str, ...]:
    names = [("..gen.servicers", f"{class_name}Servicer")]
    names += [(f"{_RUNTIME}.server", "Context")] if methods else []
    return _annotating([type_ for method in methods for type_ in _types(method)], "..gen", names)


def _test_imports(package: str, class_name: str, methods: Sequence[Method]) -> tuple[str, ...]:
    if not methods:
        return ()
    lines = import_lines(
        {method.request.module for method in methods},
        f"{package}.gen",
        [(f"{package}.gen.clients", f"{class_name}Client")],
        unnamed=not all(method.request.named for method in methods if method.client_streaming),
        plain=("grpc",),
    )
    return (*lines, "", "from ..samples import sample")


def _method(descriptor: MethodDescriptorProto, service: str, doc: Doc, types: TypeTable, names: Names) -> Method:
    path = f"/{service}/{descriptor.name}"
    return Method(
        name=descriptor.name,
        path=path,
        attribute=names.method(service, descriptor.name),
        request=types[descriptor.input_type],
        response=types[descriptor.output_type],
        client_streaming=descriptor.client_streaming,
        server_streaming=descriptor.server_streaming,
        doc=doc,
        docstring=docstring(doc, f"Answer ``{service}/{descriptor.name}``.", _METHOD_INDENT),
        deprecated=descriptor.options.deprecated,
    )


# ----------------------------------------------------------------------------------------- reference


def _reference(files: Iterable[FileDescriptorProto]) -> tuple[tuple[Message, ...], tuple[Enum, ...]]:
    messages: list[Message] = []
    enums: list[Enum] = []

    def walk(scope: str, descriptor: DescriptorProto, path: _Path, docs: _Docs) -> None:
        full = _join(scope, descriptor.name)
        messages.append(_message(full, descriptor, path, docs))
        for i, nested in enumerate(descriptor.nested_type):
            if not nested.options.map_entry:
                walk(full, nested, (*path, _MESSAGE_NESTED, i), docs)
        for i, enum in enumerate(descriptor.enum_type):
            enums.append(_enum(full, enum, (*path, _MESSAGE_ENUM, i), docs))

    for file in files:
        docs = _comments(file)
        for i, message in enumerate(file.message_type):
            walk(file.package, message, (_FILE_MESSAGE, i), docs)
        for i, enum in enumerate(file.enum_type):
            enums.append(_enum(file.package, enum, (_FILE_ENUM, i), docs))
    return tuple(messages), tuple(enums)


def _message(full: str, descriptor: DescriptorProto, path: _Path, docs: _Docs) -> Message:
    entries = {nested.name: nested for nested in descriptor.nested_type if nested.options.map_entry}
    return Message(
        full=full,
        fields=tuple(
            Field(
                name=field.name,
                number=field.number,
                type=_field_type(field, entries),
                doc=docs.get((*path, _MESSAGE_FIELD, i), _NO_DOC),
                deprecated=field.options.deprecated,
            )
            for i, field in enumerate(descriptor.field)
        ),
        doc=docs.get(path, _NO_DOC),
        deprecated=descriptor.options.deprecated,
    )


def _field_type(field: FieldDescriptorProto, entries: Mapping[str, DescriptorProto]) -> str:
    entry = entries.get(field.type_name.rsplit(".", 1)[-1]) if field.type_name else None
    if entry is not None:
        key, value = entry.field
        return f"map<{_scalar(key)}, {_scalar(value)}>"
    label = "repeated " if field.label == FieldDescriptorProto.LABEL_REPEATED else ""
    return label + _scalar(field)


def _scalar(field: FieldDescriptorProto) -> str:
    if field.type_name:
        return field.type_name.lstrip(".")
    return FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()


def _enum(scope: str, descriptor: EnumDescriptorProto, path: _Path, docs: _Docs) -> Enum:
    values = tuple(
        Value(v.name, v.number, docs.get((*path, _ENUM_VALUE, i), _NO_DOC), v.options.deprecated)
        for i, v in enumerate(descriptor.value)
    )
    return Enum(_join(scope, descriptor.name), values, docs.get(path, _NO_DOC), descriptor.options.deprecated)


# ------------------------------------------------------------------------------------------ comments


def _comments(file: FileDescriptorProto) -> _Docs:
    """Return the comment of each element: the one above it, else the one behind it."""
    docs: dict[_Path, Doc] = {}
    for location in file.source_code_info.location:
        doc = parse_comment(location.leading_comments) or parse_comment(location.trailing_comments)
        if doc:
            docs[tuple(location.path)] = doc
    return docs


def _join(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name
