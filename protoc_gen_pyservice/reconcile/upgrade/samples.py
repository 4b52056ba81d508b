"""Sample values of messages: edited ones move from former test helpers to tests/samples.py."""

from collections.abc import Iterator
from typing import NamedTuple

import libcst as cst

from ...inputs.lock import Entry
from ...outputs.notes import Note, Reason
from ...outputs.report import FileAction
from ..handlers.import_statement import Statement, read_import
from ..handlers.python_file import PythonFile, parse
from ..handlers.scope import bound, used
from ..handlers.splice import Edit, UnreadableError
from ..merge import merge
from .changes import Changes
from .import_groups import ImportLine
from .import_region import with_imports
from .project_files import ProjectFiles
from .statements import blocks, by_key

SAMPLES = "tests/samples.py"
_NEW_NAMES = {("tests/messages.py", "SENSIBLE"): "SAMPLE_VALUES", ("tests/fuzz.py", "RELATED"): "RELATED_FIELDS"}
"""Names of the values in tests/samples.py, by old file and name."""


class _Helper(NamedTuple):
    """A former test helper: its last generated text, and the user's text."""

    base: PythonFile
    yours: PythonFile


def move_samples(project: ProjectFiles, changes: Changes) -> None:
    """Put the edited values of former helpers into the new file, unless they need statements that it lacks."""
    if SAMPLES not in project.new or SAMPLES in project.lock.files or project.tree.read(SAMPLES) is not None:
        return
    new = project.new[SAMPLES]
    content, moved = new.content, dict[str, tuple[str, ...]]()
    for (path, name), new_name in _NEW_NAMES.items():
        helper = _helper(project, path)
        with_value = _with_value(content, helper, name, new_name, project.package) if helper is not None else None
        if with_value is not None:
            content = with_value
            moved[path] = (*moved.get(path, ()), name)
    if moved:
        changes.texts[SAMPLES] = content
        changes.bases[SAMPLES] = Entry(new.owner, ()), new.content
        changes.notes[SAMPLES] = FileAction.MERGED, (Note(Reason.SAMPLES_MOVED, SAMPLES, " and ".join(moved)),)
        changes.moved_values = moved


def lines_with_old_names(content: bytes) -> frozenset[str]:
    """Return the lines of tests/samples.py, both with the new names and with the old ones."""
    text = content.decode("utf-8", "replace")
    old = text
    for (_, name), new_name in _NEW_NAMES.items():
        old = old.replace(new_name, name)
    return frozenset((*text.splitlines(), *old.splitlines()))


def _helper(project: ProjectFiles, path: str) -> _Helper | None:
    base, yours = project.base(path), project.tree.read(path)
    if path not in project.former or base is None or yours in (None, base):
        return None
    assert yours is not None
    try:
        return _Helper(parse(path, base), parse(path, yours))
    except UnreadableError:
        return None


def _with_value(new: bytes, helper: _Helper, name: str, new_name: str, package: str) -> bytes | None:
    """Return the new file with the edited value; None if it was not edited, or cannot be merged."""
    before, mine = _value(helper.base, name), _value(helper.yours, name)
    file = parse(SAMPLES, new)
    now = _value(file, new_name)
    if before is None or mine is None or now is None or before[1] == mine[1]:
        return None
    merged = merge(before[1].encode(), mine[1].encode(), now[1].encode())
    missing = used([mine[0]]) - used([before[0]]) - bound(file.module.body).names
    imports = list(_imports(helper.yours, missing))
    imported = {alias.local for line in imports for one in line.statements for alias in one.aliases}
    own = bound(helper.yours.module.body).names
    if merged.conflicts or (missing & own) - imported:
        return None
    edits = [Edit(file.start(now[0]), file.end(now[0]), merged.content.decode())]
    return file.edited([*edits, *([with_imports(file, imports, package)] if imports else [])]).content


def _value(file: PythonFile, name: str) -> tuple[cst.BaseExpression, str] | None:
    block = by_key(blocks(file, file.module)).get(name)
    part = block.node.body[0] if block is not None and isinstance(block.node, cst.SimpleStatementLine) else None
    value = part.value if isinstance(part, cst.AnnAssign | cst.Assign) else None
    return None if value is None else (value, file.code(value))


def _imports(file: PythonFile, names: set[str]) -> Iterator[ImportLine]:
    """Yield the imports of a file that bind ``names``."""
    for node in file.module.body:
        for part in node.body if isinstance(node, cst.SimpleStatementLine) else ():
            statement = read_import(part)
            matching = statement.only(names) if statement is not None else Statement("", ())
            if matching.aliases:
                yield ImportLine((matching,))
