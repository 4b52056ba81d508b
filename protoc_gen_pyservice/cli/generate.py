"""`pyservice generate`: bring a project along with its protos."""

import json
import os
import sys

import click

from ..inputs.lock import LOCK
from ..outputs.report import Report
from ..regenerate import generate as run
from .errors import ATTENTION, DONE, exit_on_user_error
from .progress import progress

_FLAG = " restore=", " --restore "


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if anything would change.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on standard output.")
@click.option("--restore", multiple=True, metavar="PATH", help="Bring back a generated file that was deleted.")
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
    """Generate anew after an edit of a proto; what you wrote stays.

    Exit codes: 0 done, 1 conflicts or (with --check) drift, 2 a mistake in the call or the protos.
    """
    parameter = ",".join([f"restore={path}" for path in restore] + ([f"conflicts={conflicts}"] if conflicts else []))
    with exit_on_user_error(), progress("generating"):
        response = run(os.path.abspath(folder), parameter, write=not (dry_run or check))
    show(response.report, as_json, whole=dry_run or check)
    drift = check and bool(response.write.keys() - {LOCK} or response.delete)
    sys.exit(ATTENTION if drift or response.report.conflicts else DONE)


def show(report: Report, as_json: bool, whole: bool) -> None:
    """Print a report in the words of this command: what is ``restore=PATH`` to protoc is a flag here."""
    events = tuple(event._replace(note=event.note.replace(*_FLAG)) for event in report.events)
    report = report._replace(events=events, todo=tuple(item.replace(*_FLAG) for item in report.todo))
    if as_json:
        click.echo(json.dumps(report.document(), indent=2))
        return
    for line in report.lines(whole):
        click.echo(line if line.startswith(" ") else f"pyservice: {line}", err=not whole)
