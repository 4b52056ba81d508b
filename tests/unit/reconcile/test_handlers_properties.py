"""Whatever the user made of a handler file and whatever becomes of the proto: no line is lost."""

import ast
import string
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.support.stubs import STUB

from .handlers_harness import HANDLER, TEST, Change, bring, change, generated, new_tests, proto, rpc

PROFILE = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

TYPES = ("Item", "Items", "Order", "Nothing", "stream Item", "stream Order")
Rpc = tuple[str, str, str]


@st.composite
def services(draw: st.DrawFn) -> tuple[list[Rpc], list[Rpc]]:
    """The RPCs of a service before and after random edits."""
    names = draw(st.lists(st.sampled_from(string.ascii_uppercase), unique=True, min_size=1, max_size=5))
    types = st.tuples(st.sampled_from(TYPES), st.sampled_from(TYPES))
    before = [(f"Do{name}", *draw(types)) for name in names]
    after: list[Rpc] = []
    for number, (name, request, response) in enumerate(before):
        what = draw(st.sampled_from(["same", "same", "rename", "change", "drop"]))
        if what == "rename":
            after.append((f"New{number}", request, response))
        elif what == "change":
            after.append((name, *draw(types)))
        elif what == "same":
            after.append((name, request, response))
        if draw(st.integers(0, 3)) == 0:
            after.append((f"Added{number}", *draw(types)))
    return before, after or [("Only", *draw(types))]


def made(services: tuple[list[Rpc], list[Rpc]]) -> Change:
    """The change of a service from its RPCs before to those after."""
    before, after = services
    return change(proto(*(rpc(*one) for one in before)), proto(*(rpc(*one) for one in after)))


def parses(text: str) -> bool:
    """Whether the user's file is Python at all."""
    try:
        ast.parse(text.encode())
    except SyntaxError:
        return False
    return True


EDITS: dict[str, Callable[[str, str], str]] = {
    "comment in bodies": lambda text, mine: text.replace(f"        {STUB}\n", f"        {mine}\n        {STUB}\n"),
    "statement in bodies": lambda text, mine: text.replace(f"{STUB}\n", f"return 1  {mine}\n"),
    "below each method": lambda text, mine: text.replace(f"{STUB}\n", f"{STUB}\n\n    {mine}\n"),
    "below each method, further in": lambda text, mine: text.replace(f"{STUB}\n", f"{STUB}\n        {mine}\n"),
    "decorators": lambda text, mine: text.replace("    async def", f"    @decorator  {mine}\n    async def"),
    "above the class": lambda text, mine: text.replace("class ", f"def helper():  {mine}\n    return 1\n\n\nclass ", 1),
    "at the end": lambda text, mine: text + f"\n\ndef last():  {mine}\n    return 1\n",
    "directly at the end": lambda text, mine: text + f"x = 1  {mine}\n",
    "in the class": lambda text, mine: text + f"\n    x = (  {mine}\n1)\n",
    "string at the end": lambda text, mine: text + f'\n    x = """\n{mine}\nclass A:\n"""\n',
    "imports": lambda text, mine: text.replace("from ..gen", f"import asyncio  {mine}\n\nfrom ..gen", 1),
    "behind imports": lambda text, mine: text.replace("import cart_pb2\n", f"import cart_pb2  {mine}\n"),
    "docstrings": lambda text, mine: text.replace('"""Answer ', f'"""{mine} '),
    "shebang": lambda text, mine: f"#!/usr/bin/python {mine}\n" + text,
    "parameters": lambda text, mine: text.replace("        context: Context,", f"        context: Context,  {mine}"),
    "bases": lambda text, mine: text.replace("(CartServicer):", f"(object, CartServicer):  {mine}"),
    "name": lambda text, mine: text.replace("class Cart(", "class Mine("),
}
STYLES: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "tabs": lambda text: text.replace("    ", "\t"),
    "three blanks": lambda text: text.replace("    ", "   "),
    "no final newline": lambda text: text.rstrip("\n"),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "mixed ends": lambda text: text.replace("\n\n", "\r\n\n"),
    "byte-order mark": lambda text: "\ufeff" + text,
    "form feed": lambda text: text.replace("\nclass", "\n\f\nclass"),
}


@PROFILE
@given(services(), st.lists(st.sampled_from(sorted(EDITS)), unique=True, max_size=4), st.sampled_from(sorted(STYLES)))
def test_no_line_is_lost(rpcs: tuple[list[Rpc], list[Rpc]], edits: list[str], style: str) -> None:
    """Every marked line is there once and in order, the file parses, and the class has every RPC."""
    given = made(rpcs)
    text = generated(given)[HANDLER]
    for edit in edits:
        text = EDITS[edit](text, "# mine")
    text = STYLES[style](numbered(text))
    assume(parses(text))  # some edits do not go together
    outcome = bring(given, {HANDLER: text})
    assert outcome.result.pending == []
    after = outcome.files[HANDLER].decode()
    assert marked(after) == marked(text)
    assert {method.attribute for method in given.update.service.methods} <= methods(outcome.files[HANDLER])


@PROFILE
@given(services(), st.lists(st.sampled_from(sorted(EDITS)), unique=True, max_size=4), st.sampled_from(sorted(STYLES)))
def test_additions_only_add(rpcs: tuple[list[Rpc], list[Rpc]], edits: list[str], style: str) -> None:
    """Where RPCs only came, every line that was there is there, but for imports of ours that grew."""
    before = rpcs[0]
    given = made((before, [*before, *(one for one in rpcs[1] if one[0].startswith("Added"))]))
    text = generated(given)[HANDLER]
    for edit in edits:
        text = EDITS[edit](text, "# mine")
    text = STYLES[style](text)
    lines = iter(bring(given, {HANDLER: text}).text().splitlines(keepends=True))
    kept = text.splitlines(keepends=True)
    last = kept.pop()
    assert all(any(line == other for other in lines) for line in kept)
    assert any(other.rstrip("\r\n") == last.rstrip("\r\n") for other in lines)


@PROFILE
@given(services())
def test_untouched_files_are_as_if_new(rpcs: tuple[list[Rpc], list[Rpc]]) -> None:
    """Unedited files are the same as new ones, except for methods of removed RPCs, which stay."""
    given = made(rpcs)
    outcome = bring(given, generated(given))
    removed = [line for line in outcome.result.changes if line.startswith("- rpc")]
    assert pieces(outcome.text(TEST)) == pieces(new_tests(given))
    if not removed:
        assert pieces(outcome.text()) == pieces(given.update.handler)
    else:
        assert set(pieces(given.update.handler)) - set(imports(given.update.handler)) <= set(pieces(outcome.text()))


@pytest.mark.filterwarnings("ignore:invalid escape sequence")
@PROFILE
@given(services(), st.integers(0, 2000), st.text(alphabet="()[]{}'\"#:\\ \n\t\f\rx=@;", max_size=12))
def test_any_garbage(rpcs: tuple[list[Rpc], list[Rpc]], at: int, garbage: str) -> None:
    """A file with anything typed into it anywhere is edited rightly or not at all."""
    given = made(rpcs)
    text = numbered(generated(given)[HANDLER])
    at %= len(text)
    text = text[:at] + garbage + text[at:]
    outcome = bring(given, {HANDLER: text})
    assert garbage.strip() in outcome.text()
    if HANDLER in outcome.result.write:
        assert {m.attribute for m in given.update.service.methods} <= methods(outcome.files[HANDLER])
    else:
        assert outcome.files[HANDLER] == text.encode()


def numbered(text: str) -> str:
    """The text with each mark made another."""
    first, *rest = text.split("# mine")
    return first + "".join(f"# mine {number:03}{part}" for number, part in enumerate(rest))


def marked(text: str) -> list[str]:
    """The marked lines, with their ends but for the last one's."""
    return [line for line in text.splitlines() if "# mine" in line]


def methods(content: bytes) -> set[str]:
    """The methods of the handler class."""
    tree = ast.parse(content)
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name != "A"]
    return {node.name for c in classes for node in c.body if isinstance(node, ast.AsyncFunctionDef)}


def imports(text: str) -> list[str]:
    """The import lines."""
    return [line for line in text.splitlines() if line.startswith(("import ", "from "))]


def pieces(text: str) -> list[str]:
    """Import lines and definitions, in no order."""
    separator = "\n\n\nasync def " if "\n\n\nasync def " in text else "\n\n    async def "
    head, *rest = text.rstrip("\n").split(separator)
    return [*head.splitlines(), *sorted(part.rstrip("\n") for part in rest)]
