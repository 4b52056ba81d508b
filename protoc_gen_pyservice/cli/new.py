"""`pyservice new`: a project from a few answers; `pyservice start` is its second half, for copier."""

import json
import os
import sys
from typing import Any

import click

from ..errors import OptionError
from ..outputs.notes import EntryPoint
from ..scaffold.first_run import Started
from ..scaffold.starters import OWN_PROTO, STARTS
from .errors import ATTENTION, DONE, exit_on_user_error
from .generate import show
from .progress import progress


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--proto", metavar="FILE", type=click.Path(), help="Start from this proto of yours.")
@click.option("--defaults", is_flag=True, help="Ask nothing: use defaults for what is not given.")
@click.option("-d", "--data", multiple=True, metavar="KEY=VALUE", help="Answer one question.")
@click.option("--data-file", metavar="FILE", type=click.Path(), help="Take answers from this YAML file.")
@click.option("--no-git", is_flag=True, help="Create no git repository.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on standard output.")
def new(
    folder: str,
    proto: str | None,
    defaults: bool,
    data: tuple[str, ...],
    data_file: str | None,
    no_git: bool,
    as_json: bool,
) -> None:
    """Create a new project in DIR from your answers to questions.

    The questions are name, package, start (mine, unary, server_stream, client_stream, both_streams or
    orderbook), proto, handlers (async or sync), auth (none, jwt, api_key or mtls), deploy (a list of
    container, kubernetes, istio, envoy, monitoring, canary and load), ci and git.

    Exit codes: 0 done, 2 a mistake in the call or the proto; then nothing is created.
    """
    # Imported only now: the questions need a library that no other command needs.
    from ..scaffold.new import new as create

    with exit_on_user_error():
        answers = _answers(data, data_file)
        answers |= {"start": OWN_PROTO, "proto": os.path.abspath(proto)} if proto else {}
        answers |= {"git": False} if no_git else {}
        started = create(folder, answers, defaults, progress("creating the project"))
    _show(started, as_json, folder)


@click.command(hidden=True)
@click.option("--from", "kind", type=click.Choice(STARTS), required=True)
@click.option("--proto", default="")
@click.option("--git/--no-git", default=True)
def start(kind: str, proto: str, git: bool) -> None:
    """Create the project of the pyservice.toml in this folder; copier calls it."""
    from ..scaffold.first_run import start as generate_first

    with exit_on_user_error(), progress("creating the project"):
        started = generate_first(os.getcwd(), kind, proto, git)
    _show(started, as_json=False, folder=os.path.basename(os.getcwd()))


def _answers(data: tuple[str, ...], data_file: str | None) -> dict[str, Any]:
    """Return the answers given on the command line. Raises OptionError."""
    answers = _from_file(data_file) if data_file else {}
    for item in data:
        key, equals, value = item.partition("=")
        if not equals:
            raise OptionError(f"--data {item} is not possible: write --data {item}=VALUE.")
        answers[key] = value
    return answers


def _from_file(path: str) -> dict[str, Any]:
    import yaml

    try:
        with open(path, encoding="utf-8") as file:
            answers = yaml.safe_load(file)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise OptionError(f"--data-file {path} cannot be read ({' '.join(str(error).split())}): correct it.") from None
    if not isinstance(answers, dict):
        raise OptionError(f"--data-file {path} has no answers: write a line `name: orders` for each.")
    return answers


def _show(started: Started, as_json: bool, folder: str) -> None:
    report = started.response.report
    if as_json:
        document = {
            **report.document(EntryPoint.PYSERVICE),
            "repository": started.repository,
            "next": list(started.next),
        }
        click.echo(json.dumps(document, indent=2))
    else:
        show(report, as_json=False, whole=False)
        if started.repository:
            click.echo(f"pyservice: {started.repository}", err=True)
        if started.next:
            click.echo(f"\nNext, in {folder}:", err=True)
        for line in started.next:
            click.echo(f"  {line}", err=True)
    sys.exit(ATTENTION if report.conflicts else DONE)
