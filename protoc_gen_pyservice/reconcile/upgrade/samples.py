"""What a project's tests knew about its messages: it stood in generated helpers, and stands in tests/samples.py now."""

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
from .statements import blocks, keyed

SAMPLES = "tests/samples.py"
_MOVED = {("tests/messages.py", "SENSIBLE"): "SAMPLE_VALUES", ("tests/fuzz.py", "RELATED"): "RELATED_FIELDS"}
"""Values that people gave, and what they are called in tests/samples.py."""


class _Helper(NamedTuple):
    """A former helper of the tests: as it was generated, and as it is."""

    base: PythonFile
    yours: PythonFile


def bring_samples(project: ProjectFiles, changes: Changes) -> None:
    """Put the values of edited helpers into the new file; those that need more than imports stay away."""
    if SAMPLES not in project.new or SAMPLES in project.lock.files or project.tree.read(SAMPLES) is not None:
        return
    new = project.new[SAMPLES]
    content, places = new.content, dict[str, tuple[str, ...]]()
    for (path, name), new_name in _MOVED.items():
        helper = _helper(project, path)
        with_value = _with_value(content, helper, name, new_name, project.package) if helper is not None else None
        if with_value is not None:
            content = with_value
            places[path] = (*places.get(path, ()), name)
    if places:
        changes.texts[SAMPLES] = content
        changes.bases[SAMPLES] = Entry(new.owner, ()), new.content
        changes.notes[SAMPLES] = FileAction.MERGED, (Note(Reason.SAMPLES_MOVED, SAMPLES, " and ".join(places)),)
        changes.brought = places


def with_old_names(content: bytes) -> frozenset[str]:
    """The lines of tests/samples.py, with the names that the values had before, too."""
    text = content.decode("utf-8", "replace")
    old = text
    for (_, name), new_name in _MOVED.items():
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
    """The new file with one value; None where nobody changed it, or it does not fit."""
    before, mine = _value(helper.base, name), _value(helper.yours, name)
    file = parse(SAMPLES, new)
    now = _value(file, new_name)
    if before is None or mine is None or now is None or before[1] == mine[1]:
        return None
    merged = merge(before[1].encode(), mine[1].encode(), now[1].encode())
    missing = used([mine[0]]) - used([before[0]]) - bound(file.module.body).names
    imports = list(_imports(helper.yours, missing))
    found = {alias.local for line in imports for one in line.statements for alias in one.aliases}
    own = bound(helper.yours.module.body).names
    if merged.conflicts or (missing & own) - found:
        return None
    edits = [Edit(file.start(now[0]), file.end(now[0]), merged.content.decode())]
    return file.edited([*edits, *([with_imports(file, imports, package)] if imports else [])]).content


def _value(file: PythonFile, name: str) -> tuple[cst.BaseExpression, str] | None:
    block = keyed(blocks(file, file.module)).get(name)
    part = block.node.body[0] if block is not None and isinstance(block.node, cst.SimpleStatementLine) else None
    value = part.value if isinstance(part, cst.AnnAssign | cst.Assign) else None
    return None if value is None else (value, file.code(value))


def _imports(file: PythonFile, names: set[str]) -> Iterator[ImportLine]:
    """The imports of a file that bind some names."""
    for node in file.module.body:
        for part in node.body if isinstance(node, cst.SimpleStatementLine) else ():
            statement = read_import(part)
            wanted = statement.only(names) if statement is not None else Statement("", ())
            if wanted.aliases:
                yield ImportLine((wanted,))
