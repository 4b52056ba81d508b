"""`pyservice generate`: generate a project again after an edit of a proto."""

import json
import os
import sys

import click

from ..inputs.lock import LOCK
from ..inputs.objects import is_object_path
from ..inputs.options import parse_options, read_settings
from ..inputs.tree import DiskTree
from ..manifest import is_runtime_path, runtime_path
from ..outputs.notes import EntryPoint
from ..outputs.report import Changeset, Report
from ..reconcile.lock_check import read_lock
from ..regenerate import generate as run
from .errors import ATTENTION, DONE, exit_on_user_error
from .progress import progress


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would happen and write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if anything would change.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on standard output.")
@click.option("--restore", multiple=True, metavar="PATH", help="Restore a generated file that was deleted.")
@click.option("--conflicts", type=click.Choice(["markers", "keep"]), help="What to do where edits collide.")
@click.option(
    "--project",
    "folder",
    default=".",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="The project; default: this folder.",
)
def generate(
    dry_run: bool,
    check: bool,
    as_json: bool,
    restore: tuple[str, ...],
    conflicts: str | None,
    folder: str,
) -> None:
    """Generate again after an edit of a proto; your edits stay.

    Exit codes: 0 done, 1 conflicts or (with --check) drift, 2 a mistake in the call or the protos.
    """
    parameter = ",".join([f"restore={path}" for path in restore] + ([f"conflicts={conflicts}"] if conflicts else []))
    root = os.path.abspath(folder)
    with exit_on_user_error(), progress("generating"):
        response = _restore_ejected(root, restore) if restore and not (dry_run or check) else None
        response = response or run(root, parameter, write=not (dry_run or check), verify=check)
        report = response.report if dry_run or check else checked(root, response.report)
    show(report, as_json, whole=dry_run or check)
    drift = check and _has_drift(response)
    sys.exit(ATTENTION if drift or report.conflicts else DONE)


def _has_drift(response: Changeset) -> bool:
    """Return whether a file would change; objects that protoc cannot delete are not drift."""
    deleted = [path for path in response.delete if not is_object_path(path)]
    return bool(response.write.keys() - {LOCK} or deleted)


def _restore_ejected(root: str, paths: tuple[str, ...]) -> Changeset | None:
    """Restore ejected files of the runtime; returns None if no path is one.

    Raises OutputError if edits would be lost.
    """
    tree = DiskTree(root)
    ejected = parse_options("", read_settings(tree)).ejected
    lock = read_lock(tree)
    if not ejected or lock is None:
        return None
    from .ejected import check_no_edits, generate_with

    package = lock.package or ""
    restored = [source for source in ejected if {source, runtime_path(source, package)}.intersection(paths)]
    if not restored:
        return None
    for source in restored:
        check_no_edits(root, source, package)
    return generate_with(root, [source for source in ejected if source not in restored])


def checked(root: str, report: Report) -> Report:
    """Return a report with the problems of the runtime, if it has ejected files and this run changed it."""
    if not report.ejected or not any(is_runtime_path(event.path) for event in report.events):
        return report
    from .ejected import find_problems

    return report._replace(todo=(*report.todo, *find_problems(root, report.ejected)))


def show(report: Report, as_json: bool, whole: bool) -> None:
    """Print a report in the words of this command."""
    if as_json:
        click.echo(json.dumps(report.document(EntryPoint.PYSERVICE), indent=2))
        return
    for line in report.lines(EntryPoint.PYSERVICE, whole):
        click.echo(line if line.startswith(" ") else f"pyservice: {line}", err=not whole)
