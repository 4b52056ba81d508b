"""The command `pyservice`: what one does in a generated project."""

import json
import os
import sys
from collections.abc import Sequence

import click
from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest

from . import __version__
from .apply import alone, apply, recover
from .compiler import below, compile_protos, include_dir
from .errors import GenerationError, OptionError
from .options import SETTINGS, parse_options, read_settings
from .policies import OPTIONS_PROTO
from .reconcile.lock import LOCK
from .reconcile.report import Report, Response
from .run import run
from .sources import find_sources
from .tree import DiskTree

_DONE, _ATTENTION, _USAGE = 0, 1, 2
_FLAG = " restore=", " --restore "


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pyservice")
def main() -> None:
    """Bring a generated gRPC service along with its protos."""


@main.command("include-dir")
def print_include_dir() -> None:
    """Print the -I folder for `import "pyservice/options.proto"`."""
    click.echo(include_dir())


@main.command()
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if anything would change.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on standard output.")
@click.option("--restore", multiple=True, metavar="PATH", help="Bring back a generated file that was deleted.")
@click.option("--conflicts", type=click.Choice(["markers", "keep"]), help="What to do where edits collide.")
@click.option("--project", "folder", default=".", metavar="DIR", help="The project; default: this folder.")
def generate(
    dry_run: bool,
    check: bool,
    as_json: bool,
    restore: tuple[str, ...],
    conflicts: str | None,
    folder: str,
) -> None:
    """Generate anew after an edit of a proto; what you wrote stays.

    Exit codes: 0 done, 1 conflicts or (with --check) drift, 2 a mistake in the call or the protos.
    """
    parameter = ",".join([f"restore={path}" for path in restore] + ([f"conflicts={conflicts}"] if conflicts else []))
    try:
        response = _generate(os.path.abspath(folder), parameter, write=not (dry_run or check))
    except GenerationError as error:
        click.echo(f"pyservice: {error}", err=True)
        sys.exit(_USAGE)
    except PermissionError as error:
        click.echo(f"pyservice: {error.filename} cannot be read: change its permissions.", err=True)
        sys.exit(_USAGE)
    _show(_with_flags(response.report), as_json, whole=dry_run or check)
    drift = check and bool(response.write.keys() - {LOCK} or response.delete)
    sys.exit(_ATTENTION if drift or response.report.conflicts else _DONE)


def _generate(root: str, parameter: str, write: bool) -> Response:
    if not os.path.isfile(os.path.join(root, SETTINGS)):
        raise OptionError(
            f"there is no {SETTINGS} in {root}: run this in a generated project, "
            "or make one with protoc --pyservice_out=DIR FILE.proto."
        )
    with alone(root):
        recover(root)
        tree = DiskTree(root)
        options = parse_options(parameter, read_settings(tree))
        request = compile_protos(root, options.roots, options.protos, f"{parameter},prune=true".strip(","))
        sources = find_sources(root, [include_dir()], [OPTIONS_PROTO] if _uses_options(request) else [])
        response = run(request, tree, sources, can_delete=True)
        if write:
            apply(root, response.write, response.delete)
    return _with_unlisted(response, root, options.roots, [file.name for file in request.proto_file])


def _uses_options(request: CodeGeneratorRequest) -> bool:
    return any(file.name == OPTIONS_PROTO for file in request.proto_file)


def _with_unlisted(response: Response, root: str, roots: Sequence[str], known: Sequence[str]) -> Response:
    """Point out proto files that nobody listed or imports: forgetting one is easy."""
    folders = [os.path.join(root, folder) for folder in roots]
    # One root may be inside another: then the same file has two names.
    seen = {os.path.realpath(os.path.join(folder, name)) for folder in folders for name in known}
    new: list[str] = []
    for folder in folders:
        named = {os.path.realpath(os.path.join(folder, name)): name for name in below([folder])}
        new += [name for path, name in named.items() if path not in seen]
        seen.update(named)
    todo = [f"{name} is not listed in {SETTINGS}; add it to generate.protos to have it served" for name in new]
    return response._replace(report=response.report._replace(todo=(*response.report.todo, *todo)))


def _with_flags(report: Report) -> Report:
    """The report in the words of this command: what is ``restore=PATH`` to protoc is a flag here."""
    events = tuple(event._replace(note=event.note.replace(*_FLAG)) for event in report.events)
    return report._replace(events=events, todo=tuple(item.replace(*_FLAG) for item in report.todo))


def _show(report: Report, as_json: bool, whole: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.document(), indent=2))
        return
    for line in report.lines(whole):
        click.echo(line if line.startswith(" ") else f"pyservice: {line}", err=not whole)
