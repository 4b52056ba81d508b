"""docs/reference.md, written from the tables in the code by `make docs`."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import click
import yaml

from protoc_gen_pyservice.cli import main as command
from protoc_gen_pyservice.inputs.options import PARTS
from protoc_gen_pyservice.manifest import COMPONENTS, FILES, runtime_path
from protoc_gen_pyservice.ownership import Owner
from pyservice_runtime.settings import ServiceSettings
from pyservice_runtime.settings.help import described
from tools.readme import options

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference.md"

_PROTO = ROOT / "protoc_gen_pyservice" / "include" / "pyservice" / "v1" / "options.proto"
_PROJECT_README = ROOT / "templates" / "service" / "README.md.jinja"
_VARIABLES = ("| variable | default | |", "|---|---|---|")
"""The head of the table of Envoy's settings, whose rows are in the README of a project."""
_OWNERS = {
    Owner.GENERATED: "generated",
    Owner.MERGED: "you, merged",
    Owner.HANDLERS: "you, stubs are added",
    Owner.CONTRACT: "you, merged",
    Owner.SETTINGS: "you, values are updated",
}


def main() -> None:
    """Bring the page up to date."""
    PAGE.write_text(content(), encoding="utf-8")


def content() -> str:
    """The whole page."""
    parts = {
        "The command": _commands(),
        "Questions of a new project": _questions(),
        "Options of the generator": options().splitlines(),
        "Policies of a method": _policies(),
        "Settings of a service": _settings(),
        "Files of a project": _files(),
    }
    head = "# Reference\n\nWritten from the code by `make docs`.\n"
    return head + "".join(f"\n## {title}\n\n" + "\n".join(rows) + "\n" for title, rows in parts.items())


def _commands() -> Iterator[str]:
    yield from ("| `pyservice` | |", "|---|---|")
    context = click.Context(command, info_name="pyservice")
    for name in command.list_commands(context):
        found = command.commands[name]
        if found.hidden:
            continue
        words = " ".join([name, *(p.make_metavar(context) for p in found.params if isinstance(p, click.Argument))])
        yield f"| `{_cell(words)}` | {_cell((found.help or '').splitlines()[0])} |"
        for parameter in found.params:
            if isinstance(parameter, click.Option) and parameter.help:
                shown = " ".join(filter(None, (", ".join(parameter.opts), parameter.metavar)))
                yield f"| &emsp;`{_cell(shown)}` | {_cell(parameter.help)} |"
    yield ""
    yield from ("| exit code | |", "|---|---|")
    for code, meaning in re.findall(r"^  (\d)  (.+)$", command.epilog or "", re.MULTILINE):
        yield f"| {code} | {meaning} |"


def _questions() -> Iterator[str]:
    yield from ("| question | | answers |", "|---|---|---|")
    # The names that YAML has to include are not questions.
    text = re.sub(r"^---\n.*?^---\n", "", (ROOT / "copier.yml").read_text(encoding="utf-8"), flags=re.M | re.S)
    for name, question in yaml.safe_load(text).items():
        if not name.startswith("_") and question.get("when") is not False:
            choices = ", ".join(f"`{value}`" for value in question.get("choices", {}).values())
            yield f"| `{name}` | {question['help']} | {choices or {'bool': '`true`, `false`'}.get(question['type'], '')} |"


def _policies() -> Iterator[str]:
    yield "In a proto as fields of `(pyservice.v1.service)` and `(pyservice.v1.method)`, in pyservice.toml as keys of"
    yield '`[methods."package.Service/Method"]` or `[methods."package.Service/*"]`; the latter win.'
    yield ""
    yield from ("| policy | type | |", "|---|---|---|")
    body = re.search(r"^message \w+ \{\n(.*?)^\}", _PROTO.read_text(encoding="utf-8"), re.M | re.S)
    assert body
    pattern = r"((?:  //.*\n)+)  (?:optional |repeated )?(\w+) (\w+) = \d+"
    for comment, kind, name in re.findall(pattern, body[1]):
        meaning = " ".join(line.strip().removeprefix("//").strip() for line in comment.splitlines())
        yield f"| `{name}` | {kind} | {_cell(meaning)} |"


def _settings() -> Iterator[str]:
    yield "Environment variables. `python -m <package> --help-settings` describes them too, the project's own first. Wrong values"
    yield "stop the start with a line for each. A project may have other defaults, which follow from its protos."
    for group, settings in groupby(described(ServiceSettings), lambda setting: setting.group):
        yield from ("", f"### {group}", "", "| variable | type | default | |", "|---|---|---|---|")
        for setting in settings:
            default = re.sub("^default: (?!empty$)(.+)", r"`\1`", setting.default).removeprefix("default: ")
            text = setting.text.replace("``", "`")
            yield f"| `{setting.variable}` | {_cell(setting.type)} | {_cell(default)} | {_cell(text)} |"
    yield from ("", "### Envoy", "", "Read by `deploy/envoy/render.py`.", "", *_VARIABLES)
    yield from re.findall(r"^\| `GATEWAY_.*", _PROJECT_README.read_text(encoding="utf-8"), re.M)


def _files() -> Iterable[str]:
    yield f"`pyservice explain PATH` explains one file. Parts are {', '.join(f'`{part}`' for part in PARTS)}."
    yield ""
    yield from ("| file | owner | part |", "|---|---|---|")
    for entry in FILES:
        yield f"| `{entry.path}` | {_OWNERS[entry.owner]} | {entry.part or ''} |"
    for folder, part in COMPONENTS.items():
        place = runtime_path(f"{folder}/" if folder else "", "{package}")
        yield f"| `{place}` | {_OWNERS[Owner.GENERATED]} | {part or ''} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
