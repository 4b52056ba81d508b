"""The project of a job as this generator would write it today, without a look at what stands there."""

from collections.abc import Iterator
from typing import NamedTuple

from ..inputs.options_proto import OPTIONS_PROTO
from ..inputs.places import check_names
from ..inputs.sources import COPIES, Sources, buf_modules
from ..model.build import build_project
from ..model.generation import Generation
from ..model.modules import module_path
from ..model.project import Project
from ..ownership import Owner
from .files import Rendered, render
from .pb2 import HEADER, Compiled, compile_modules
from .plan import Output, plan
from .requirements import requirements


class RenderedProject(NamedTuple):
    """The model and the text of every file."""

    project: Project
    outputs: tuple[Output, ...]
    rendered: tuple[Rendered, ...]


def render_project(generation: Generation) -> RenderedProject:
    """Compile, build and render. Raises GenerationError."""
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
    rendered = (*render(outputs, project), *_modules(project, compiled), *_contract(generation.sources))
    return RenderedProject(project, outputs, rendered)


def _modules(project: Project, compiled: Compiled) -> Iterator[Rendered]:
    """The compiler's modules, and an ``__init__.py`` in every folder that holds one."""
    gen = f"src/{project.package}/gen"
    folders: set[str] = set()
    for path, text in compiled.files.items():
        yield Rendered(f"{gen}/{path}", text.encode(), Owner.MACHINE)
        while "/" in path:
            path = path.rpartition("/")[0]
            folders.add(path)
    for folder in sorted(folders):
        yield Rendered(f"{gen}/{folder}/__init__.py", HEADER.encode(), Owner.MACHINE)


def _contract(sources: Sources) -> Iterator[Rendered]:
    """The protos from outside the project."""
    for proto, content in sorted(sources.outside.items()):
        yield Rendered(f"{COPIES}/{proto}", content, Owner.CONTRACT)
