"""`pyservice eject FILE`: make a file of the runtime the user's."""

import os
import sys

import click

from ..errors import OptionError
from ..inputs.options import parse_options, read_settings
from ..inputs.tree import DiskTree
from ..reconcile.lock_check import read_lock
from .errors import ATTENTION, DONE, exit_on_user_error
from .generate import checked, show
from .progress import progress
from .project_folder import project_folder


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def eject(files: tuple[str, ...]) -> None:
    """Make files of the runtime yours, to be merged.

    From then on no run overwrites your edits. An ejected file is a patch that each newer version is merged into; permanent changes go into app.py and
    interceptors/. `pyservice generate --restore FILE` undoes it.

    Exit codes: 0 done, 1 conflicts, 2 not a file of the runtime.
    """
    from .ejected import generate_with, runtime_source

    with exit_on_user_error(), progress("generating"):
        root = project_folder(os.getcwd())
        tree = DiskTree(root)
        lock = read_lock(tree)
        if lock is None:
            raise OptionError("this project was not generated yet: run pyservice generate first.")
        sources = [runtime_source(path, root, lock) for path in files]
        kept = parse_options("", read_settings(tree)).ejected
        report = checked(root, generate_with(root, tuple(dict.fromkeys((*kept, *sources)))).report)
    show(report, as_json=False, whole=False)
    for source in sources:
        click.echo(f"pyservice: {source} is yours now, and merged from now on.", err=True)
    sys.exit(ATTENTION if report.conflicts else DONE)
