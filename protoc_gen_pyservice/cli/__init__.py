"""The command `pyservice`."""

import click

from .. import __version__
from ..inputs.compiler import include_dir
from .completion import completion
from .eject import eject
from .explain import explain
from .generate import generate
from .new import new, start

_CODES = """\b
Exit codes:
  0  done
  1  done, but you have to act: conflicts, or (with --check) drift
  2  a mistake in the call, the settings or the protos; nothing was changed
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=_CODES)
@click.version_option(__version__, prog_name="pyservice")
def main() -> None:
    """Generate Python gRPC services from protos, and keep them up to date."""


@main.command("include-dir")
def print_include_dir() -> None:
    """Print the -I folder of pyservice/v1/options.proto."""
    click.echo(include_dir())


for command in (new, start, generate, eject, explain, completion):
    main.add_command(command)
