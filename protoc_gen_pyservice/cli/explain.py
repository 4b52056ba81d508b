"""`pyservice explain PATH`: the owner of a file, and what happens to edits."""

import json
import os
import sys

import click
from click.shell_completion import CompletionItem

from ..errors import GenerationError
from ..inputs.options import parse_options, read_settings
from ..inputs.tree import DiskTree
from ..reconcile.lock_check import read_lock
from .errors import DONE, exit_on_user_error
from .project_folder import project_folder


def _generated(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the generated files, for the completion of a shell."""
    try:
        root = project_folder(os.getcwd())
        lock = read_lock(DiskTree(root))
    except GenerationError:
        return []
    folder = os.path.relpath(os.getcwd(), root)
    paths = (os.path.relpath(path, folder) for path in (lock.files if lock else ()))
    return [CompletionItem(path) for path in paths if path.startswith(incomplete)]


@click.command()
@click.argument("path", metavar="PATH", shell_complete=_generated)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def explain(path: str, as_json: bool) -> None:
    """Explain who owns a file, and what happens to edits of it.

    Exit codes: 0 done, 2 not a file of a generated project.
    """
    # Imported only now: the other commands do not need the manifest.
    from .explanation import explain as look_up

    with exit_on_user_error():
        root = project_folder(os.path.dirname(os.path.abspath(path)))
        inside = os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/")
        tree = DiskTree(root)
        explanation = look_up(inside, tree, read_lock(tree), parse_options("", read_settings(tree)))
    click.echo(json.dumps(explanation.document(), indent=2) if as_json else "\n".join(explanation.lines()))
    sys.exit(DONE)
