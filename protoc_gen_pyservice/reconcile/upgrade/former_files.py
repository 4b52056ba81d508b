"""Framework code of an old project: what nobody edited goes, what somebody did is put aside, what is used stays."""

from collections.abc import Mapping
from contextlib import suppress

from ...outputs.notes import Reason
from ...ownership import Owner
from ..handlers.splice import UnreadableError
from .asides import Edited, edits_of, put_aside
from .base_texts import as_generated, is_as_generated
from .changes import Changes
from .helpers import HELPERS, adapted, kept_helpers
from .project_files import ProjectFiles
from .residues import residue
from .rewriting import rewritten
from .samples import SAMPLES, with_old_names

STUB = b"# No longer generated: `pyservice generate` deletes this file.\n"
"""What stands in former files until something can delete them: nothing of theirs is imported, nothing is tested."""


def bring_former_files(project: ProjectFiles, changes: Changes) -> None:
    """Decide for each file of the old framework."""
    present = {path: text for path in sorted(project.former) if (text := project.tree.read(path)) is not None}
    _keep_helpers(project, present, changes)
    for path, content in present.items():
        edited = _edited(project, path, content)
        if path in changes.released or (edited is not None and _stays(project, edited, changes)):
            continue
        changes.texts[path] = STUB
        changes.entries[path] = as_generated(project.lock.files[path], STUB)
    _keep_packages(project, present, changes)


def _edited(project: ProjectFiles, path: str, content: bytes) -> Edited | None:
    """A former file that somebody edited, or may have; None for one that is as it was generated."""
    entry = project.lock.files[path]
    base = project.base(path) if entry.owner is Owner.MERGED else None
    if base is None:
        mixed = entry.owner is Owner.GENERATED and len(entry.digests) > 1
        return None if mixed or is_as_generated(entry, content) else Edited(path, b"", content)
    return Edited(path, base, content) if base != content else None


def _stays(project: ProjectFiles, edited: Edited, changes: Changes) -> bool:
    """Put aside what has no place any more; whether the rest stays, because files of its owner use it."""
    rest = residue(edited, project.wanted, project.packages, changes.kept, project.line_length) if edited.base else None
    if rest is None:
        lines = with_old_names(changes.texts[SAMPLES]) if edited.path in changes.brought else frozenset()
        found = tuple(edits_of(edited, changes.brought.get(edited.path, ()), lines))
    else:
        found = rest.hunks
    if found:
        changes.put_aside(put_aside(edited, project.era, found, project.tree))
    if rest is None:
        return False
    changes.kept[project.key(edited.path)] = rest.names
    changes.release(edited.path, rest.content, project.lock.files[edited.path], Reason.ADDITIONS_STAY)
    return True


def _keep_helpers(project: ProjectFiles, present: Mapping[str, bytes], changes: Changes) -> None:
    """Generated helpers that tests of a person's use are theirs from now on."""
    helpers = {path: present[path] for path in HELPERS if path in present}
    for path in kept_helpers(helpers, project.wanted, project.packages):
        content = helpers[path]
        with suppress(UnreadableError):
            content = rewritten(path, content, project.packages, changes.kept, project.line_length)
        content = adapted(path, content, project.package)
        changes.release(path, content, project.lock.files[path], Reason.HELPER_IS_YOURS, is_generated=True)


def _keep_packages(project: ProjectFiles, present: Mapping[str, bytes], changes: Changes) -> None:
    """Folders of framework code that have something of their owner's stay packages."""
    for folder in (f"src/{project.package}/server/", f"src/{project.package}/client/"):
        init = f"{folder}__init__.py"
        if init in present and any(path.startswith(folder) for path in (*project.own, *changes.released)):
            changes.release(init, present[init], project.lock.files[init], Reason.FOLDER_IS_YOURS)
