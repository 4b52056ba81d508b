"""The changes that an upgrade makes to a project."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from ...inputs.lock import Entry
from ...outputs.notes import Note, Reason
from ...outputs.report import FileAction
from .base_texts import as_edited
from .kept_versions import KeptVersion


@dataclass
class Changes:
    """The files and lock entries that the run reads instead of the project's, and the notes for its report."""

    texts: dict[str, bytes] = field(default_factory=dict)
    """Contents of files by path, which the run writes."""
    entries: dict[str, Entry] = field(default_factory=dict)
    """Changed entries of the lock."""
    bases: dict[str, tuple[Entry, bytes]] = field(default_factory=dict)
    """Texts that count as the last generated ones of merged files."""
    released: set[str] = field(default_factory=set)
    """Formerly generated files that are the user's from now on."""
    dropped_entries: set[str] = field(default_factory=set)
    """Released files whose entry the lock drops: the generator would delete them even if they were edited."""
    kept_versions: list[KeptVersion] = field(default_factory=list)
    kept_names: dict[str, Container[str]] = field(default_factory=dict)
    """Names that stay in their old module, by module."""
    notes: dict[str, tuple[FileAction, tuple[Note, ...]]] = field(default_factory=dict)
    moved_values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Names of the values that moved to tests/samples.py, by their old file."""

    def add_kept_version(self, version: KeptVersion) -> None:
        """Write the user's version of a file, and its diff, to the record."""
        self.kept_versions.append(version)
        self.texts.update(version.files)

    def release(self, path: str, content: bytes, entry: Entry, reason: Reason, *, is_generated: bool = False) -> None:
        """Make a formerly generated file the user's."""
        self.texts[path] = content
        self.released.add(path)
        self.notes[path] = FileAction.KEPT, (Note(reason, path),)
        if is_generated:
            self.dropped_entries.add(path)
        # The generator does not delete an edited file.
        self.entries[path] = as_edited(entry)
