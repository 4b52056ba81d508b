"""The command `pyservice`."""

import click

from .. import __version__
from ..inputs.compiler import include_dir
from .completion import completion
from .explain import explain
from .generate import generate
from .new import new, start

_CODES = """\b
Exit codes:
  0  done
  1  done, but a person has to look: conflicts, or (with --check) drift
  2  a mistake in the call, the settings or the protos; nothing was changed
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=_CODES)
@click.version_option(__version__, prog_name="pyservice")
def main() -> None:
    """Make Python gRPC services out of protos, and bring them along."""


@main.command("include-dir")
def print_include_dir() -> None:
    """Print the -I folder of pyservice/v1/options.proto."""
    click.echo(include_dir())


for command in (new, start, generate, explain, completion):
    main.add_command(command)
