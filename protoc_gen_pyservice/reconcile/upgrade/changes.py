"""What is to be done to a project to bring it over."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from ...inputs.lock import Entry
from ...outputs.notes import Note, Reason
from ...outputs.report import FileAction
from .asides import Aside
from .base_texts import as_edited


@dataclass
class Changes:
    """What the run is to see instead of what stands, and what is to be said of it."""

    texts: dict[str, bytes] = field(default_factory=dict)
    """By path; they are written in the end."""
    entries: dict[str, Entry] = field(default_factory=dict)
    """Of the lock."""
    bases: dict[str, tuple[Entry, bytes]] = field(default_factory=dict)
    """What is to be taken for the text that a merged file was last given."""
    released: set[str] = field(default_factory=set)
    """Files that were generated, and are their owner's from now on."""
    let_go: set[str] = field(default_factory=set)
    """Those of them that the lock is to forget: the machine's, which no edit keeps."""
    asides: list[Aside] = field(default_factory=list)
    kept: dict[str, Container[str]] = field(default_factory=dict)
    """Names that stay in their old modules."""
    notes: dict[str, tuple[FileAction, tuple[Note, ...]]] = field(default_factory=dict)
    brought: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Values that went to tests/samples.py, by the file that they stood in."""

    def put_aside(self, aside: Aside) -> None:
        """Keep somebody's version of a file, if something is only there."""
        self.asides.append(aside)
        self.texts.update(aside.files)

    def release(self, path: str, content: bytes, entry: Entry, reason: Reason, *, is_generated: bool = False) -> None:
        """Leave a file to its owner."""
        self.texts[path] = content
        self.released.add(path)
        self.notes[path] = FileAction.KEPT, (Note(reason, path),)
        if is_generated:
            self.let_go.add(path)
        # What people edited, nobody deletes.
        self.entries[path] = as_edited(entry)
