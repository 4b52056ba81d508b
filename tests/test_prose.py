"""Words, names and docstrings are those of the field: see CONTRIBUTING.md and docs/glossary.md."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]

FORBIDDEN = {
    r"nobody|no one": "name the subject, or use the passive: `unedited`, `it is not called`",
    r"somebody|someone": "`the user`, `a caller`, `another user`, or the passive",
    r"whoever|whatever is|what nobody": "`the caller`, `any`",
    r"is away|are away": "`unavailable`, `unhealthy`",
    r"brought along|brings? (?:\w+ )?along": "`updated`, `kept up to date`",
    r"belongs? into": "`commit it`, `put it into`",
    r"left to do": "`action needed`",
    r"(?<!dot )stands? (?:in|on|for|there|around|above|below|at|beside|between|alone|behind)|stands|stand in": "`is`, `exists`",
    r"(?:is|are|be|been|was|were) told": "`configured`, `is given`, `reads`",
    r"hangs? up": "`end the call`",
    r"machine-owned|the machine's": "`generated`, `the generator's`",
    r"a person|a person's|persons": "`the user`, `you`",
    r"(?:its|their) owners?": "`the user`, `you`",
    r"doors?": "`entry point`",
    r"house": "`project`",
    r"alarms?": "`alert`",
    r"replies|reply": "`response`",
    r"(?<!there )(?:is|are) no (?!longer\b|more\b)": "`is not a`, `is not a valid`",
    r"gone": "`removed`, `disconnected`",
    r"in the way": "name the conflict",
}
"""Words of a private dialect, and what to write instead."""

UNITS = "SECONDS|MS|US|NS|BYTES|CHARS|COUNT|LINES|COLUMNS|INDENT|PORT|RATIO|PERCENT|FORMAT|VERSION|BITS|FACTOR"
UNITLESS = {
    "DONE": "exit codes are named by their meaning",
    "ATTENTION": "exit codes are named by their meaning",
    "USAGE": "exit codes are named by their meaning",
    "_REQUIRED": "a value of google.api.FieldBehavior",
    "_IF_ZERO": "a value of buf.validate.Ignore",
    "_ALWAYS": "a value of buf.validate.Ignore",
}
"""Numbers without a unit in their names, and why."""
_FIELD_NUMBER = re.compile(r"_(FILE|MESSAGE|ENUM|SERVICE)_[A-Z]+|_(FUTURE|STANDARD|OTHERS|OWN|RELATIVE)")
"""Numbers of descriptor.proto's fields, and the sections of an import block."""

RETURNING = (
    "return|returns|yield|yields|read|parse|make|build|compute|compile|render|decode|encode|translate|merge|find"
    "|create|open|load|compare|list|copy|explain|format|split|convert|collect|count|choose|resolve|raise"
)
"""Verbs whose object is the result."""

_FROZEN = (
    "tests/upgrade/v*",
    "tests/cases/*",
    "examples/*",
    "build/*",
    "*/_compiled.py",
    "*/test_prose.py",
)
"""Files that are kept as they were, or are generated: templates are measured instead."""

_DATA = ("*/upgrade/moved.py", "*/upgrade/former_helpers.py")
"""Modules whose strings are names and code of old projects: only their comments and docstrings are measured."""

_AREAS = ("protoc_gen_pyservice", "templates", "docs", "tests", "tools", "benchmarks", ".ci")
_TEXTS = (".py", ".md", ".jinja", ".toml", ".yml", ".yaml", ".sh", ".proto")
_IN_CODE = ("protoc_gen_pyservice", "templates/runtime/pyservice_runtime")


class Passage(NamedTuple):
    """A piece of prose, and its place."""

    path: str
    line: int
    text: str


@cache
def files() -> tuple[str, ...]:
    """The files that are measured."""
    paths = [*ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "copier.yml", ROOT / "hatch_build.py"]
    for area in _AREAS:
        paths += (path for path in (ROOT / area).rglob("*") if path.suffix in _TEXTS or path.name == "run")
    names = (path.relative_to(ROOT).as_posix() for path in paths if path.is_file() and "__pycache__" not in path.parts)
    return tuple(sorted(name for name in names if not any(fnmatch(name, pattern) for pattern in _FROZEN)))


def code() -> tuple[str, ...]:
    """The modules of the engine and the runtime."""
    return tuple(name for name in files() if name.startswith(_IN_CODE) and name.endswith(".py"))


@cache
def passages() -> tuple[Passage, ...]:
    """The prose of all files, without code spans and quotations."""
    return tuple(
        passage._replace(text=_prose(passage.text)) for name in files() for passage in _passages(name) if passage.text
    )


def _passages(name: str) -> Iterator[Passage]:
    """The prose of a file: comments and docstrings of Python, its messages too in the engine and the runtime."""
    text = (ROOT / name).read_text(encoding="utf-8")
    if name == "CHANGELOG.md":
        text = text.partition("\n## [0.1")[0]
    if not name.endswith(".py"):
        fenced = re.sub(r"^```.*?^```$", lambda block: "\n" * block[0].count("\n"), text, flags=re.M | re.S)
        yield from (Passage(name, number, line) for number, line in enumerate(fenced.split("\n"), 1))
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield Passage(name, token.start[0], token.string)
    tree = ast.parse(text)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    has_messages = name.startswith(_IN_CODE) and not any(fnmatch(name, pattern) for pattern in _DATA)
    for node in strings:
        if id(node) in docstrings or (has_messages and " " in str(node.value)):
            for offset, line in enumerate(str(node.value).split("\n")):
                yield Passage(name, node.lineno + offset, line)


def _prose(text: str) -> str:
    return re.sub(r"``.+?``|`[^`]+`|\"[^\"]*\"|“[^”]*”", " ", text)


@pytest.mark.parametrize("words", FORBIDDEN)
def test_words(words: str) -> None:
    """Prose does not have a forbidden word."""
    pattern = re.compile(rf"\b(?:{words})\b" if words[-1].isalpha() else rf"\b{words}", re.IGNORECASE)
    places = [
        f"{passage.path}:{passage.line}: {passage.text.strip()}"
        for passage in passages()
        if pattern.search(passage.text)
    ]
    assert not places, f"write {FORBIDDEN[words]} instead:\n" + "\n".join(places)


def numbers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The module-level constants that are numbers, and their lines."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and _is_number(node.value):
            for target in node.targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                yield from ((name.id, node.lineno) for name in names if isinstance(name, ast.Name))


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(map(_is_number, node.elts))
    if isinstance(node, ast.BinOp):
        return _is_number(node.left) and _is_number(node.right)
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def test_constants_have_units() -> None:
    """A numeric constant of the engine or the runtime has its subject and its unit in its name, as in MAX_CALLS."""
    wrong = [
        f"{name}:{line}: {constant}"
        for name in code()
        for constant, line in numbers(ast.parse((ROOT / name).read_text(encoding="utf-8")))
        if not re.search(rf"[A-Z]_({UNITS})$|^({UNITS})$|(^|_)(MAX|MIN)_([A-Z]+_|[A-Z]+S$)", constant)
        and constant not in UNITLESS
        and not _FIELD_NUMBER.fullmatch(constant)
    ]
    assert not wrong, "add the unit, such as _SECONDS or _BYTES:\n" + "\n".join(wrong)


def functions(name: str) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    """The functions of a module that have a docstring, with it."""
    for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (text := ast.get_docstring(node)):
            yield node, text


def test_docstrings_begin_with_a_verb() -> None:
    """Not with a relative clause: `Return whether ...`, not `Whether ...`."""
    wrong = [
        f"{name}:{node.lineno}: {text.splitlines()[0]}"
        for name in code()
        for node, text in functions(name)
        if re.match(r"(What|Who|Whom|Whose|Whether|Where|Which)\b", text)
    ]
    assert not wrong, "\n".join(wrong)


def test_docstrings_say_what_is_returned() -> None:
    """A public function that returns something says what; properties are noun phrases."""
    wrong = [
        f"{name}:{node.lineno}: {text.splitlines()[0]}"
        for name in code()
        for node, text in functions(name)
        if not node.name.startswith("_") and _returns(node) and not re.search(rf"\b({RETURNING})\b", text, re.I)
    ]
    assert not wrong, "say what is returned, as in `Return ...`:\n" + "\n".join(wrong)


def _returns(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    decorators = " ".join(map(ast.unparse, node.decorator_list))
    return not (
        node.returns is None
        or ast.unparse(node.returns) in ("None", "Never", "NoReturn")
        or re.search(r"property|contextmanager|fixture|validator", decorators)
    )


NAMES = frozenset({"told", "said", "gone", "found", "here", "there", "stands", "nobody", "somebody"})
"""Participles and adverbs that a noun replaces: `changes`, `message`, `removed`, `matches`, `existing`."""


def test_variables_are_nouns() -> None:
    """No variable, argument or function of the engine or the runtime is called by a forbidden name."""
    wrong = [
        f"{name}:{getattr(node, 'lineno', 0)}: {identifier}"
        for name in code()
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8")))
        if (identifier := _identifier(node)).strip("_") in NAMES
    ]
    assert not wrong, "\n".join(wrong)


def _identifier(node: ast.AST) -> str:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    if isinstance(node, ast.arg):
        return node.arg
    return node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else ""
