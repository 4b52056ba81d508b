"""The project of a job as this generator would write it today, without a look at what stands there."""

from collections.abc import Iterator
from typing import NamedTuple

from .build import build_project
from .job import Job
from .model import Project
from .modules import module_path
from .options_proto import OPTIONS_PROTO
from .owner import Owner
from .pb2 import HEADER, Compiled, compile_modules
from .places import check_names
from .plan import Output, plan
from .render import Rendered, render
from .requirements import requirements
from .sources import COPIES, Sources, buf_modules


class Made(NamedTuple):
    """The model and the text of every file."""

    project: Project
    outputs: tuple[Output, ...]
    rendered: tuple[Rendered, ...]


def make(job: Job) -> Made:
    """Compile, build and render. Raises GenerationError."""
    check_names(f"{module_path(file.name)}_grpc.py" for file in job.files.all)
    compiled = compile_modules(job.files.all, job.files.targets)
    imports = {file.name for file in job.files.all}
    project = build_project(
        job.files.all,
        job.files.targets,
        job.options,
        job.names,
        requirements(job.files, compiled),
    )._replace(
        buf_modules=buf_modules(imports, job.options.roots, job.sources, job.tree),
        has_own_options=OPTIONS_PROTO in imports,
    )
    outputs = plan(project)
    rendered = (*render(outputs, project), *_modules(project, compiled), *_contract(job.sources))
    return Made(project, outputs, rendered)


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
