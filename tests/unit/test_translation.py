"""What templates become is what Jinja makes of them."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import DictLoader

from protoc_gen_pyservice.render.translation import function, new_environment

PROJECT = SimpleNamespace(
    name="orders",
    services=(SimpleNamespace(name="Orders", methods=("get", "put")), SimpleNamespace(name="Empty", methods=())),
    number=3,
    on=True,
    off=False,
    has=lambda part: part == "client",
)

TEXTS = {
    "plain": "no tag, 'quotes', \"more\", \\n and {braces}\n",
    "a name": "{{ project.name }} and {{ project.number }}\n",
    "an item": "{{ project.services[0].name }}\n",
    "a loop": "{% for s in project.services %}\n- {{ s.name }}\n{% endfor %}\n",
    "a loop with separators": "[{% for s in project.services %}{{ s.name }}{% if not loop.last %}, {% endif %}{% endfor %}]",
    "loop.first of the outer loop behind the inner": (
        "{% for s in project.services %}{% for m in s.methods %}{{ m }}{% if loop.first %}!{% endif %}{% endfor %}"
        "{% if loop.first %}?{% endif %}{% endfor %}"
    ),
    "a name that a loop hides": "{% for project in project.services %}{{ project.name }}{% endfor %}{{ project.name }}",
    "if": "{% if project.on %}\nyes\n{% endif %}\n{% if project.off %}\nno\n{% endif %}\n",
    "else": "{% if project.off %}a{% elif project.on %}b{% else %}c{% endif %}",
    "not": "{% if not project.off %}a{% endif %}",
    "empty branches": "{% if project.on %}{% endif %}{% for s in project.services %}{% endfor %}|",
    "a part": "{% if project.has('client') %}client{% endif %}{% if project.has('ci') %}ci{% endif %}",
    "raw": "{% raw %}${{ github.ref }}{% endraw %}\n",
    "an include in a loop": "{% for s in project.services %}{% include '_one' %}{% endfor %}",
    "blanks kept": "a {%+ if project.on %}b{% endif +%}\nc\n",
    "_one": "{{ s.name }} of {{ project.name }}\n",
}


def translated(name: str) -> Callable[..., str]:
    """The function that a text of the table becomes."""
    found: dict[str, Any] = {}
    head = "from protoc_gen_pyservice.render._compiled import loop\n"
    exec(head + function(name, 1, TEXTS), found)
    made: Callable[..., str] = found["t1"]
    return made


@pytest.mark.parametrize("name", [name for name in TEXTS if not name.startswith("_")])
def test_it_says_what_jinja_says(name: str) -> None:
    """Both render the same text."""
    environment = new_environment()
    environment.loader = DictLoader(TEXTS)
    expected = environment.get_template(name).render(project=PROJECT, service=None)
    assert translated(name)(PROJECT, None) == expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{{ name }}", "the name 'name'"),
        ("{% set a = 1 %}", "Assign"),
        ("{{ project.name | upper }}", "Filter"),
        ("\n{{ 1 + 2 }}", "Add"),
        ("{% for s in project.services if s.name %}{% endfor %}", "For"),
        ("{{ project.has(1) }}", "Call"),
    ],
)
def test_what_templates_may_not_do_is_refused(text: str, what: str) -> None:
    """The message names the template, the line and the construct."""
    line = text.count("\n") + 1
    with pytest.raises(TypeError) as caught:
        function("a/b.jinja", 1, {"a/b.jinja": text})
    assert str(caught.value) == f"a/b.jinja:{line}: templates cannot use {what}; see templates/README.md"


def test_a_name_that_the_model_lacks_is_an_error() -> None:
    """A misspelt name does not render as empty text."""
    with pytest.raises(AttributeError, match="nmae"):
        exec(function("x", 1, {"x": "{{ project.nmae }}"}) + "t1(project, None)", {"project": PROJECT})
