"""Each case generated once in a test session, also where several workers share the session."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.support.cases import Case, generate
from tests.support.command import Finished
from tests.support.sharing import locked
from tests.support.snapshot import snapshot


@dataclass(frozen=True, slots=True)
class Project:
    """A generated case; tests read it and never change it."""

    case: Case
    folder: Path
    finished: Finished
    files: tuple[str, ...]
    """What was written, before any tool left something in the folder."""

    @property
    def package(self) -> str:
        """Its Python package."""
        (package,) = {path.split("/")[1] for path in self.files if path.startswith("src/")}
        return package

    @property
    def serves(self) -> bool:
        """Whether it is a service, and not just the modules of messages."""
        return f"src/{self.package}/__main__.py" in self.files


class Projects:
    """Generates on demand into a folder that all workers of a session share."""

    def __init__(self, shared: Path) -> None:
        self._shared = shared

    def __getitem__(self, case: Case) -> Project:
        """The project of a case, refused or not."""
        folder = self._shared / "projects" / case.name
        record = self._shared / "projects" / f"{case.name}.json"
        with locked(self._shared, case.name):
            if not record.exists():
                finished = generate(case, folder)
                record.write_text(json.dumps([asdict(finished), list(snapshot(folder))]))
        finished_fields, files = json.loads(record.read_text())
        return Project(case, folder, Finished(**finished_fields), tuple(files))
