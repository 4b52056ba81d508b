"""What is particular to a file."""

import asyncio
import stat
from pathlib import Path

import pytest

from securedata.runtime.server import StartError
from securedata.storage.sqlite import open_sqlite

from .test_storage import ALICE, made


def modes(folder: Path) -> dict[str, int]:
    """What may be done with the files in a folder."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_nobody_else_can_read_the_file(tmp_path: Path) -> None:
    """Nor the files that SQLite puts beside it while it is open."""
    async with open_sqlite(tmp_path / "a.db") as storage:
        await storage.create([made("a")], ALICE)
        found = modes(tmp_path)
    assert "a.db" in found
    assert set(found.values()) == {0o600}, found


async def test_what_was_written_is_there_the_next_time(tmp_path: Path) -> None:
    """A migrated file is opened as it is."""
    resource = made("a")
    async with open_sqlite(tmp_path / "a.db") as storage:
        await storage.create([resource], ALICE)
    async with open_sqlite(tmp_path / "a.db") as storage:
        assert await storage.get(resource.id, None) == resource


async def test_two_processes_can_use_one_file(tmp_path: Path) -> None:
    """A write waits for the other one's."""
    async with open_sqlite(tmp_path / "a.db") as one, open_sqlite(tmp_path / "a.db") as two:
        await one.create([made("a")], ALICE)
        await two.create([made("b")], ALICE)
        assert len(await one.page(None, "", 10)) == 2


async def test_many_start_at_once(tmp_path: Path) -> None:
    """The tables are made once, whoever comes first."""

    async def start() -> None:
        async with open_sqlite(tmp_path / "a.db") as storage:
            await storage.page(None, "", 1)

    await asyncio.gather(*(start() for _ in range(10)))


async def test_what_is_no_database_stops_the_start(tmp_path: Path) -> None:
    """One line with the name of the file."""
    (tmp_path / "a.db").write_text("this is no database")
    with pytest.raises(StartError, match=r"SQLITE_FILE=.*a\.db: file is not a database\."):
        async with open_sqlite(tmp_path / "a.db"):
            pass
