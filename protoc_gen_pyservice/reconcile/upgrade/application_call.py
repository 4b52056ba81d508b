"""The chain of interceptors in an old app.py: 0.1 and 0.2 had it in the framework."""

from collections.abc import Iterator

import libcst as cst

from ..handlers.python_file import PythonFile, parse
from ..handlers.splice import Edit
from .index import Index

_CALLED = "Application"
_POSITIONAL = ("handlers", "grpc_interceptors", "checks")
"""The names of arguments by position."""

_GRPC = "grpc_interceptors"
"""The parameter for the interceptors of grpc, which was called ``interceptors``."""


def list_interceptors(path: str, content: bytes) -> bytes:
    """Return app.py with the chain in each call of Application. Raises UnreadableError.

    The function ``chain`` comes with the merge of the new app.py.
    """
    file = parse(path, content)
    calls = (call for call in Index(file.module).calls if _is_application(call))
    return file.edited(edit for call in calls for edit in _edits(file, call)).content


def _is_application(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Name) and call.func.value == _CALLED


def _edits(file: PythonFile, call: cst.Call) -> Iterator[Edit]:
    given = f"interceptors=chain({_settings(file)})"
    if not call.args:
        yield Edit(file.end(call) - 1, file.end(call) - 1, given)
        return
    for argument, name in zip(call.args[1:], _POSITIONAL[1:], strict=False):
        if argument.keyword is None:
            yield Edit(file.start(argument), file.start(argument), f"{name}=")
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value == "interceptors":
            yield Edit(file.start(argument.keyword), file.end(argument.keyword), _GRPC)
    yield _insertion(file, call, given)


def _insertion(file: PythonFile, call: cst.Call, given: str) -> Edit:
    """Return the edit that inserts the first argument, on a line of its own if the others are."""
    start = file.start(call.args[0])
    is_broken = file.line(call.args[0]) > file.line(call)
    column = start - (file.source.text.rfind("\n", 0, start) + 1)
    name = f"{_POSITIONAL[0]}=" if call.args[0].keyword is None else ""
    separator = f",\n{' ' * column}" if is_broken else ", "
    return Edit(start, start, f"{given}{separator}{name}")


def _settings(file: PythonFile) -> str:
    """Return the name of the parameter with the settings."""
    for statement in file.module.body:
        if isinstance(statement, cst.FunctionDef) and statement.name.value == "application":
            for parameter in statement.params.params:
                return parameter.name.value
    return "settings"
