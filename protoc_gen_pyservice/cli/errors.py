"""Exit codes, and how a command ends on a mistake of the user's."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ..errors import GenerationError

DONE, ATTENTION, USAGE = 0, 1, 2
"""Exit codes: done; done, but the user has to act; nothing was done."""


@contextmanager
def exit_on_user_error() -> Iterator[None]:
    """Print a mistake of the user's as its sentence and exit with code 2."""
    try:
        yield
    except GenerationError as error:
        click.echo(f"pyservice: {error}", err=True)
        sys.exit(USAGE)
    except PermissionError as error:
        click.echo(f"pyservice: {error.filename} cannot be read: change its permissions.", err=True)
        sys.exit(USAGE)
