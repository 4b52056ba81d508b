"""Templates loop and test flags; whatever has to be computed is computed before, where it can be tested."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import DictLoader, nodes

from protoc_gen_pyservice.formatting import needs_black
from protoc_gen_pyservice.make import make
from protoc_gen_pyservice.owner import Owner
from protoc_gen_pyservice.plan import HOUSE
from protoc_gen_pyservice.run import understand
from protoc_gen_pyservice.sources import Sources
from protoc_gen_pyservice.templating import is_partial, template_files
from protoc_gen_pyservice.translation import NAMES, new_environment
from protoc_gen_pyservice.tree import MemoryTree
from tests.support.requests import request

EXAMPLE = Path(__file__).parents[1] / "examples" / "orderbook" / "proto" / "orderbook.proto"

TEMPLATES = {name: Path(path).read_text(encoding="utf-8") for name, path in template_files()}

ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.For,
    nodes.If,
    nodes.Include,
    nodes.Name,
    nodes.Getattr,
    nodes.Not,
    nodes.Const,
)
"""What templates are made of; ``raw`` leaves no node."""

each_template = pytest.mark.parametrize("name", TEMPLATES)


def parsed(name: str) -> nodes.Template:
    """The syntax tree of a template."""
    return new_environment().parse(TEMPLATES[name])


def walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """A node and all below it."""
    yield node
    for child in node.iter_child_nodes():
        yield from walk(child)


def is_flag(node: nodes.Node) -> bool:
    """Whether a node is ``project.has("part")``, the one call that templates may make."""
    match node:
        case nodes.Call(
            node=nodes.Getattr(node=nodes.Name(name="project"), attr="has"),
            args=[nodes.Const()],
            kwargs=[],
            dyn_args=None,
            dyn_kwargs=None,
        ):
            return True
    return False


def is_first(node: nodes.Node) -> bool:
    """Whether a node is ``project.services[0]``: an example in a text needs some service."""
    match node:
        case nodes.Getitem(
            node=nodes.Getattr(node=nodes.Name(name="project"), attr="services"), arg=nodes.Const(value=0)
        ):
            return True
    return False


def included(name: str) -> Iterator[str]:
    """The templates that one includes, directly or through others."""
    for node in parsed(name).find_all(nodes.Include):
        assert isinstance(node.template, nodes.Const), f"{name}:{node.lineno} includes what only a run can tell"
        yield node.template.value
        yield from included(node.template.value)


@each_template
def test_no_logic(name: str) -> None:
    """for, if, include, names and their attributes: no assignment, filter, comparison, arithmetic or call."""
    found = [
        f"{name}:{node.lineno}: {type(node).__name__}"
        for node in walk(parsed(name))
        if not (isinstance(node, ALLOWED) or is_flag(node) or is_first(node))
    ]
    assert found == []


@each_template
def test_loops_go_over_the_model(name: str) -> None:
    """A loop takes a list of the model as it is: no condition, no recursion, no unpacking."""
    for loop in parsed(name).find_all(nodes.For):
        assert isinstance(loop.iter, nodes.Getattr), f"{name}:{loop.lineno}"
        assert isinstance(loop.target, nodes.Name), f"{name}:{loop.lineno}"
        assert (loop.test, loop.recursive, loop.else_) == (None, False, []), f"{name}:{loop.lineno}"


def test_every_planned_file_has_a_template() -> None:
    """What the table of contents lists can be rendered."""
    assert {entry.template for entry in HOUSE} - TEMPLATES.keys() == set()


def test_every_template_is_used() -> None:
    """A template is in the table of contents, or included by one that is."""
    planned = {entry.template for entry in HOUSE}
    used = planned | {partial for name in planned for partial in included(name)}
    assert TEMPLATES.keys() - used == set()


def test_a_partial_is_marked() -> None:
    """A template that is only included has a name that begins with an underscore."""
    planned = {entry.template for entry in HOUSE}
    for name in TEMPLATES:
        assert (name not in planned) == is_partial(name), name


def test_no_template_ends_in_the_middle_of_a_line() -> None:
    """Each file ends with one line end, or is empty."""
    wrong = [name for name, text in TEMPLATES.items() if text and (not text.endswith("\n") or text.endswith("\n\n"))]
    assert wrong == []


def test_what_runs_is_what_jinja_renders(tmp_path: Path) -> None:
    """The functions that a run uses and Jinja itself make the same texts of a project."""
    shutil.copy(EXAMPLE, tmp_path)
    asked = request(tmp_path, EXAMPLE.name)
    made = make(understand(asked, MemoryTree(), Sources(), can_delete=False))
    jinja = new_environment()
    jinja.loader = DictLoader(TEMPLATES)
    for output, file in zip(made.outputs, made.rendered, strict=False):
        text = jinja.get_template(output.template).render(project=made.project, service=output.service)
        assert file.text == text, output.path


def test_black_is_not_needed(tmp_path: Path) -> None:
    """No template has a line of code that only black could break: importing it costs a run more than all else."""
    shutil.copy(EXAMPLE, tmp_path)
    made = make(understand(request(tmp_path, EXAMPLE.name), MemoryTree(), Sources(), can_delete=False))
    python = [file for _, file in zip(made.outputs, made.rendered, strict=False) if file.path.endswith(".py")]
    assert [file.path for file in python if needs_black(file.text, made.project.line_length)] == []


README = (Path(__file__).parents[1] / "templates" / "README.md").read_text(encoding="utf-8")


def test_the_contract_is_written_down() -> None:
    """The README names what templates are given, and where each name is to be had."""
    assert tuple(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)) == NAMES
    assert [str(owner.name) for owner in Owner if f"`{owner.name}`" not in README] == []
    attributes = set(re.findall(r"`(?:doc|loop)\.(\w+)`", README)) | set(re.findall(r"`(summary_\w+)`", README))
    used = {node.attr for name in TEMPLATES for node in parsed(name).find_all(nodes.Getattr)}
    assert attributes - used == set()
    partials = {Path(name).name for name in TEMPLATES if is_partial(name)}
    assert {found for found in re.findall(r"`(_\w[\w.]*\.jinja)`", README) if not found.startswith("__")} <= partials
