"""How commands end that cannot do what they were asked."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ..errors import GenerationError

DONE, ATTENTION, USAGE = 0, 1, 2
"""Exit codes: all is well; a person has to look; nothing was done."""


@contextmanager
def exit_on_user_error() -> Iterator[None]:
    """Turn a mistake of the user's into its sentence and exit code 2."""
    try:
        yield
    except GenerationError as error:
        click.echo(f"pyservice: {error}", err=True)
        sys.exit(USAGE)
    except PermissionError as error:
        click.echo(f"pyservice: {error.filename} cannot be read: change its permissions.", err=True)
        sys.exit(USAGE)
