"""Translate Jinja templates into plain Python functions, ahead of time.

Templates print names, loop over the model, test flags and include each other, and nothing else. That
much of Jinja is a few lines of Python: a run that renders with them does not import Jinja, which would
cost more than rendering. A test compares the results with those of Jinja itself.
"""

from collections.abc import Iterator, Mapping

from jinja2 import Environment, StrictUndefined, nodes

NAMES = ("project", "service")
"""The variables of every template."""


def new_environment() -> Environment:
    """Return the Jinja environment of the templates."""
    return Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def function(name: str, number: int, sources: Mapping[str, str]) -> str:
    """Return a Python function ``t<number>`` that renders a template; ``sources`` are all templates by name.

    Raises TypeError for a template with an unsupported construct.
    """
    body = _Translation(sources).template(name, {given: given for given in NAMES}, "    ")
    return "\n".join((f"def t{number}({', '.join(NAMES)}):", "    out = []", *body, "    return ''.join(out)", ""))


_Scope = Mapping[str, str]
"""The names in scope in a template, and their Python names."""


class _Translation:
    """Translates one function; the variables of a loop are not visible after it."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._loops = 0
        self._name = ""

    def template(self, name: str, scope: _Scope, indent: str) -> Iterator[str]:
        """Yield the lines of a template, or of one that is included."""
        outer, self._name = self._name, name
        tree = new_environment().parse(self._sources[name], name)
        yield from self._block(tree.body, scope, indent)
        self._name = outer

    def _block(self, body: list[nodes.Node], scope: _Scope, indent: str) -> Iterator[str]:
        if not body:
            yield f"{indent}pass"
        for node in body:
            match node:
                case nodes.Output():
                    parts = ", ".join(self._printed(part, scope) for part in node.nodes)
                    yield f"{indent}out += ({parts},)"
                case nodes.If():
                    yield from self._if(node, scope, indent)
                case nodes.For(target=nodes.Name(), recursive=False, test=None, else_=[]):
                    yield from self._for(node, scope, indent)
                case nodes.Include(template=nodes.Const(value=str() as name)):
                    yield from self.template(name, scope, indent)
                case _:
                    raise self._unknown(node)

    def _if(self, node: nodes.If, scope: _Scope, indent: str) -> Iterator[str]:
        branches = ((word, case.test, case.body) for word, case in _cases(node))
        for word, test, body in branches:
            yield f"{indent}{word} {self._value(test, scope)}:"
            yield from self._block(body, scope, f"{indent}    ")
        if node.else_:
            yield f"{indent}else:"
            yield from self._block(node.else_, scope, f"{indent}    ")

    def _for(self, node: nodes.For, scope: _Scope, indent: str) -> Iterator[str]:
        self._loops += 1
        assert isinstance(node.target, nodes.Name)
        item, items = f"{node.target.name}_{self._loops}", self._value(node.iter, scope)
        inside = {**scope, node.target.name: item, "loop": f"loop_{self._loops}"}
        if any(name.name == "loop" for part in node.body for name in _names(part)):
            yield f"{indent}for loop_{self._loops}, {item} in loop({items}):"
        else:
            yield f"{indent}for {item} in {items}:"
        yield from self._block(node.body, inside, f"{indent}    ")

    def _printed(self, node: nodes.Node, scope: _Scope) -> str:
        if isinstance(node, nodes.TemplateData):
            return repr(node.data)
        return f"str({self._value(node, scope)})"

    def _value(self, node: nodes.Node, scope: _Scope) -> str:
        match node:
            case nodes.Name(name=name) if name in scope:
                return scope[name]
            case nodes.Getattr():
                return f"{self._value(node.node, scope)}.{node.attr}"
            case nodes.Getitem(arg=nodes.Const(value=int() as index)):
                return f"{self._value(node.node, scope)}[{index}]"
            case nodes.Not():
                return f"(not {self._value(node.node, scope)})"
            case nodes.Call(args=[nodes.Const(value=str() as given)], kwargs=[], dyn_args=None, dyn_kwargs=None):
                return f"{self._value(node.node, scope)}({given!r})"
        raise self._unknown(node)

    def _unknown(self, node: nodes.Node) -> TypeError:
        what = f"the name {node.name!r}" if isinstance(node, nodes.Name) else type(node).__name__
        return TypeError(f"{self._name}:{node.lineno}: templates cannot use {what}; see templates/README.md")


def _cases(node: nodes.If) -> Iterator[tuple[str, nodes.If]]:
    yield "if", node
    for case in node.elif_:
        yield "elif", case


def _names(node: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(node, nodes.Name):
        yield node
    yield from node.find_all(nodes.Name)
