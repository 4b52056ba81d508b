"""Ways in which the runtime could stop to refuse something, each a small change of one of its files."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("core", "settings", "jwt", "interceptors", "server")
"""Where the runtime refuses: requests, callers, settings, files, ports."""

CHAIN = "server/chain.py"

_REFUSING = frozenset({"abort", "abort_with", "_missing_request", "refuse", "_refuse", "_too_large"})
"""What is called to refuse, where nothing is raised on the spot."""

EQUIVALENT = {
    (
        "jwt/tokens.py",
        "(len(call.values('authorization')) > 1)",
    ): "the other part only saves looking: two values of one key are more metadata than headers",
    (
        "interceptors/authorization.py",
        "(not self._scopes <= principal.scopes)",
    ): "no scopes at all are a subset of any",
}
"""Equivalent mutants, by their file and text, and why."""

Places = tuple[int, int]
"""Where a part of a file begins and ends, in bytes."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file."""

    path: str
    """The file, below the runtime."""
    line: int
    """The line of what is changed."""
    body: tuple[int, ...]
    """The lines that are run, or not, because of it; none where it is an interceptor that is dropped."""
    kind: str
    """``drop``, ``negate``, ``never`` or ``less``."""
    text: str
    """What was there."""
    place: Places
    replacement: str

    def __str__(self) -> str:
        change = f" -> {self.replacement}" if self.kind == "less" else ""
        return f"{self.path}:{self.line} {self.kind}: {' '.join(self.text.split())}{change}"

    def apply(self, source: bytes) -> bytes:
        """Return the file with the change."""
        begin, end = self.place
        return source[:begin] + self.replacement.encode() + source[end:]


def find(runtime: Path) -> list[Mutant]:
    """Every mutant of the runtime in a folder: interceptors that are dropped, and refusals that are not made."""
    found = list(dropped(CHAIN, (runtime / CHAIN).read_bytes()))
    for folder in FOLDERS:
        for path in sorted((runtime / folder).rglob("*.py")):
            found += refusals(path.relative_to(runtime).as_posix(), path.read_bytes())
    return found


def dropped(path: str, source: bytes) -> Iterator[Mutant]:
    """Each interceptor is removed from the recommended chain in turn."""
    starts = _starts(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.List):
            for element in node.value.elts:
                text = ast.unparse(element)
                yield Mutant(path, element.lineno, (), "drop", text, _place(element, starts), "*()")


def refusals(path: str, source: bytes) -> Iterator[Mutant]:
    """Each condition for a refusal is turned round, is never met, and loses one of its parts, in turn."""
    starts = _starts(source)
    for condition, body in _conditions(ast.parse(source)):
        if any(map(_refuses, body)):
            begin, end = place = _place(condition, starts)
            text = source[begin:end].decode()
            lines = tuple(statement.lineno for statement in body)
            for kind, replacement in _changes(condition, text):
                yield Mutant(path, condition.lineno, lines, kind, text, place, replacement)


def _changes(condition: ast.expr, text: str) -> Iterator[tuple[str, str]]:
    """The replacements of a condition: the opposite, nothing, or all but one of its parts."""
    yield "negate", f"not ({text})"
    yield "never", f"False and ({text})"
    if isinstance(condition, ast.BoolOp):
        for left_out in condition.values:
            rest = [part for part in condition.values if part is not left_out]
            yield "less", f"({ast.unparse(ast.BoolOp(condition.op, rest))})"


def _conditions(tree: ast.AST) -> Iterator[tuple[ast.expr, list[ast.stmt]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If):
            yield node.test, node.body
        elif isinstance(node, ast.match_case) and node.guard is not None:
            yield node.guard, node.body


def _refuses(statement: ast.stmt) -> bool:
    """Whether a statement raises something, or calls what does; statements below another condition do not count."""
    if isinstance(statement, ast.Raise):
        return True
    value = statement.value if isinstance(statement, ast.Expr | ast.Return) else None
    called = value.value if isinstance(value, ast.Await) else value
    if not isinstance(called, ast.Call):
        return False
    name = called.func.attr if isinstance(called.func, ast.Attribute) else getattr(called.func, "id", "")
    return name in _REFUSING


def _starts(source: bytes) -> list[int]:
    """Where each line begins."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _place(node: ast.expr, starts: list[int]) -> Places:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
