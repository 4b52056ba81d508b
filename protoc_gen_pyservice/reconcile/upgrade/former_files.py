"""Framework code of an old project: unedited files are removed, edits are kept in the record, used additions stay."""

from collections.abc import Mapping
from contextlib import suppress

from ...outputs.notes import Reason
from ...ownership import Owner
from ..handlers.splice import UnreadableError
from .base_texts import as_generated, is_as_generated
from .changes import Changes
from .former_helpers import HELPERS, adapt_helper, used_helpers
from .kept_additions import find_additions
from .kept_versions import EditedFile, edits_in, keep_version
from .project_files import ProjectFiles
from .rewriting import rewrite_file
from .samples import SAMPLES, lines_with_old_names

STUB = b"# No longer generated: `pyservice generate` deletes this file.\n"
"""Content of former files until they are deleted, which protoc cannot do: they define nothing and have no tests."""


def replace_former_files(project: ProjectFiles, changes: Changes) -> None:
    """Remove, release or keep each file of the old framework."""
    present = {path: text for path in sorted(project.former) if (text := project.tree.read(path)) is not None}
    _keep_helpers(project, present, changes)
    for path, content in present.items():
        edited = _edited(project, path, content)
        if path in changes.released or (edited is not None and _keep_edits(project, edited, changes)):
            continue
        changes.texts[path] = STUB
        changes.entries[path] = as_generated(project.lock.files[path], STUB)
    _keep_packages(project, present, changes)


def _edited(project: ProjectFiles, path: str, content: bytes) -> EditedFile | None:
    """Return a former file that was or may have been edited; None for an unedited one."""
    entry = project.lock.files[path]
    base = project.base(path) if entry.owner is Owner.MERGED else None
    if base is None:
        mixed = entry.owner is Owner.GENERATED and len(entry.digests) > 1
        return None if mixed or is_as_generated(entry, content) else EditedFile(path, b"", content)
    return EditedFile(path, base, content) if base != content else None


def _keep_edits(project: ProjectFiles, edited: EditedFile, changes: Changes) -> bool:
    """Keep edits that cannot be merged in the record; return whether additions stay, because user files import them."""
    additions = None
    if edited.base:
        symbols, packages = project.used_symbols, project.packages
        additions = find_additions(edited, symbols, packages, changes.kept_names, project.line_length)
    if additions is None:
        lines = lines_with_old_names(changes.texts[SAMPLES]) if edited.path in changes.moved_values else frozenset()
        unmerged = tuple(edits_in(edited, changes.moved_values.get(edited.path, ()), lines))
    else:
        unmerged = additions.hunks
    if unmerged:
        changes.add_kept_version(keep_version(edited, project.version, unmerged, project.tree))
    if additions is None:
        return False
    changes.kept_names[project.key(edited.path)] = additions.names
    changes.release(edited.path, additions.content, project.lock.files[edited.path], Reason.ADDITIONS_STAY)
    return True


def _keep_helpers(project: ProjectFiles, present: Mapping[str, bytes], changes: Changes) -> None:
    """Release the generated helpers that the user's tests import."""
    helpers = {path: present[path] for path in HELPERS if path in present}
    for path in used_helpers(helpers, project.used_symbols, project.packages):
        content = helpers[path]
        with suppress(UnreadableError):
            content = rewrite_file(path, content, project.packages, changes.kept_names, project.line_length)
        content = adapt_helper(path, content, project.package)
        changes.release(path, content, project.lock.files[path], Reason.HELPER_IS_YOURS, is_generated=True)


def _keep_packages(project: ProjectFiles, present: Mapping[str, bytes], changes: Changes) -> None:
    """Release ``__init__.py`` of each framework folder that has user files, so that it stays a package."""
    for folder in (f"src/{project.package}/server/", f"src/{project.package}/client/"):
        init = f"{folder}__init__.py"
        if init in present and any(path.startswith(folder) for path in (*project.user_files, *changes.released)):
            changes.release(init, present[init], project.lock.files[init], Reason.FOLDER_IS_YOURS)
