"""`pyservice completion`: the completion script of this command for a shell."""

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion of this command for a shell.

    For bash: eval "$(pyservice completion bash)" in ~/.bashrc. For fish: pyservice completion fish | source.
    """
    completion_class = get_completion_class(shell)
    root = context.find_root().command
    assert completion_class is not None
    click.echo(completion_class(root, {}, "pyservice", "_PYSERVICE_COMPLETE").source())
