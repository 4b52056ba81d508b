"""`pyservice explain PATH`: whose a file is, and what happens to edits."""

import json
import os
import sys

import click
from click.shell_completion import CompletionItem

from ..errors import GenerationError, OptionError
from ..inputs.options import SETTINGS, parse_options, read_settings
from ..inputs.tree import DiskTree
from ..reconcile.lock_check import read_lock
from .errors import DONE, exit_on_user_error


def _generated(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The generated files, for the completion of a shell."""
    try:
        root = _root(os.getcwd())
        lock = read_lock(DiskTree(root))
    except GenerationError:
        return []
    here = os.path.relpath(os.getcwd(), root)
    paths = (os.path.relpath(path, here) for path in (lock.files if lock else ()))
    return [CompletionItem(path) for path in paths if path.startswith(incomplete)]


@click.command()
@click.argument("path", metavar="PATH", shell_complete=_generated)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def explain(path: str, as_json: bool) -> None:
    """Say who owns a file, and what happens to edits of it.

    Exit codes: 0 done, 2 no such file or no project.
    """
    # Only now: the other commands need no table of all files.
    from .explanation import explain as look_up

    with exit_on_user_error():
        root = _root(os.path.dirname(os.path.abspath(path)))
        inside = os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/")
        tree = DiskTree(root)
        found = look_up(inside, tree, read_lock(tree), parse_options("", read_settings(tree)))
    click.echo(json.dumps(found.document(), indent=2) if as_json else "\n".join(found.lines()))
    sys.exit(DONE)


def _root(folder: str) -> str:
    """The project that a folder, which need not exist, is in. Raises OptionError."""
    place = folder
    while not os.path.isfile(os.path.join(place, SETTINGS)):
        if place == os.path.dirname(place):
            raise OptionError(f"{folder} is in no generated project: none of the folders above has a {SETTINGS}.")
        place = os.path.dirname(place)
    return place
