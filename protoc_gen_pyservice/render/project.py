"""The project of a run as this generator renders it, without the existing files."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from ..errors import OptionError
from ..inputs.options_proto import OPTIONS_PROTO
from ..inputs.places import check_names
from ..inputs.sources import COPIES, Sources, buf_modules
from ..manifest import runtime_part, runtime_path
from ..model.build import build_project
from ..model.generation import Generation
from ..model.modules import module_path
from ..model.project import Project
from ..ownership import Owner
from .files import Rendered, render
from .pb2 import HEADER, Compiled, compile_modules
from .plan import Output, plan
from .reexports import reexports
from .requirements import requirements
from .templates import runtime_sources


class RenderedProject(NamedTuple):
    """The model and the text of every file."""

    project: Project
    outputs: tuple[Output, ...]
    rendered: tuple[Rendered, ...]


def render_project(generation: Generation) -> RenderedProject:
    """Compile, build and render; returns the rendered project. Raises GenerationError."""
    check_names(f"{module_path(file.name)}_grpc.py" for file in generation.files.all)
    compiled = compile_modules(generation.files.all, generation.files.targets)
    imports = {file.name for file in generation.files.all}
    project = build_project(
        generation.files.all,
        generation.files.targets,
        generation.options,
        generation.names,
        requirements(generation.files, compiled),
    )._replace(
        buf_modules=buf_modules(imports, generation.options.roots, generation.sources, generation.tree),
        has_own_options=OPTIONS_PROTO in imports,
    )
    outputs = plan(project)
    rendered = (
        *render(outputs, project),
        *_runtime(project),
        *_modules(project, compiled),
        *_contract(generation.sources),
    )
    return RenderedProject(project, outputs, rendered)


def _runtime(project: Project) -> Iterator[Rendered]:
    """Yield the files of the runtime's components that the project uses: copies, or modules that import them."""
    if not project.services:
        return
    used = {
        source: text
        for source, text in runtime_sources().items()
        if (part := runtime_part(source)) is None or project.has(part)
    }
    _check_ejected(project, used)
    files = used if project.is_vendored else reexports(used)
    for source, text in files.items():
        owner = Owner.MERGED if source in project.ejected else Owner.GENERATED
        yield Rendered(runtime_path(source, project.package), text.encode(), owner)


def _check_ejected(project: Project, used: Collection[str]) -> None:
    """Raise OptionError for a file that cannot be ejected."""
    for source in project.ejected:
        if source not in used:
            raise OptionError(
                f"pyservice.toml: generate.ejected has {source}, which is not a file of this project's runtime: remove it."
            )
        if not project.is_vendored:
            raise OptionError(
                f"pyservice.toml: generate.ejected has {source}, but runtime=package has no such file here: "
                "remove it, or use runtime=vendored."
            )


def _modules(project: Project, compiled: Compiled) -> Iterator[Rendered]:
    """Yield the compiler's modules, and an ``__init__.py`` in every folder that holds one."""
    gen = f"src/{project.package}/gen"
    folders: set[str] = set()
    for path, text in compiled.files.items():
        yield Rendered(f"{gen}/{path}", text.encode(), Owner.GENERATED)
        while "/" in path:
            path = path.rpartition("/")[0]
            folders.add(path)
    for folder in sorted(folders):
        yield Rendered(f"{gen}/{folder}/__init__.py", HEADER.encode(), Owner.GENERATED)


def _contract(sources: Sources) -> Iterator[Rendered]:
    """Yield the protos from outside the project."""
    for proto, content in sorted(sources.outside.items()):
        yield Rendered(f"{COPIES}/{proto}", content, Owner.CONTRACT)
