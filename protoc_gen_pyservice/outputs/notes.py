"""Notes of a report: why something happened to a file, in the words of each entry point."""

import enum
from typing import NamedTuple


class EntryPoint(enum.Enum):
    """A way to start a run; the value is its option that restores a file."""

    PROTOC = "restore={path}"
    PYSERVICE = "--restore {path}"


class Reason(enum.Enum):
    """A reason for a note, as its wording: ``{restore}`` is an entry point's option, the rest are fields of the note."""

    EXISTS = "the file exists; delete it before you restore it"
    EXISTED_BEFORE = "it existed before; move it away and {restore} writes the generated text"
    STAYS_DELETED = "it stays deleted; {restore} restores it"
    HANDLER_DELETED = "{path} was deleted and stays deleted; {restore} restores it"
    EDITED = "it was edited; your version is in {value}"
    EJECTABLE = "to keep it, `pyservice eject {path}`"
    CONFLICTS_MARKED = "{value}, marked in the file"
    CONFLICTS_KEPT = "{value} with your edits; move it away and {restore} writes the generated text"
    HAS_MARKERS = "it still has conflict markers"
    RESOLVE_FIRST = "it still has conflict markers: resolve them first"
    BASE_MISSING = "its last generated text, {value}, is missing or damaged, so no line of yours was removed"
    YOURS_NOW = "no longer generated, and yours now: you edited it"
    STALE = "no longer generated; `pyservice generate` deletes it"
    PART_OFF = "its part is switched off; delete the file when you no longer need it"
    SERVICE_REMOVED = "{value} was removed from the protos; delete the file when you no longer need it"
    HANDLER_UNUSED = "{value} was removed from the protos"
    PARTLY_WRITTEN = "it was only partly written; its content is in {value}"
    OPTIONS_RENAMED = "it imports {value} now and uses the new option names; everything else is unchanged"
    REPLACED = "it is {value} now"
    IMPORTS_MOVED = "its imports follow what moved to the runtime"
    SAMPLES_MOVED = "it has what you wrote in {value}"
    ADDITIONS_STAY = "your additions stay, because other files of yours use them"
    HELPER_IS_YOURS = "no longer generated, and yours now: tests of yours use it"
    FOLDER_IS_YOURS = "no longer generated, and yours now: other files in its folder are"


class Note(NamedTuple):
    """One note about a file: the reason, and the values in its wording."""

    reason: Reason
    path: str = ""
    value: str = ""

    def words(self, entry_point: EntryPoint) -> str:
        """Return the note as the user of an entry point reads it."""
        restore = entry_point.value.format(path=self.path)
        return self.reason.value.format(path=self.path, value=self.value, restore=restore)
