"""Resources in a file of this machine: for development, tests, and one process on a disk of its own.

One connection, used by one thread. A call that is cancelled leaves its transaction to that thread,
which finishes it or never begins it.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

from ..errors import AlreadyExists
from ..gen.securedata.v1 import secure_data_pb2 as pb
from ..runtime.server import StartError
from . import Author, schema

T = TypeVar("T")

_TYPES = schema.Types(
    key="TEXT",
    blob="BLOB",
    # Without AUTOINCREMENT a number could be given twice.
    serial="INTEGER PRIMARY KEY AUTOINCREMENT",
)
_BUSY = 5.0
"""Seconds that a write waits for another process."""


@asynccontextmanager
async def open_sqlite(file: Path) -> AsyncIterator["Sqlite"]:
    """The database in a file, made if it is not there. Raises StartError."""
    with ThreadPoolExecutor(1, "sqlite") as thread:
        run = asyncio.get_running_loop().run_in_executor
        try:
            connection = await run(thread, _connect, file)
        except (sqlite3.Error, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise StartError(f"SQLITE_FILE={file}: {reason}.") from None
        try:
            yield Sqlite(connection, thread)
        finally:
            await run(thread, connection.close)


def _connect(file: Path) -> sqlite3.Connection:
    # Made here, or anybody on this machine could read it; what SQLite puts beside it follows suit.
    file.touch(0o600)
    connection = sqlite3.connect(file, timeout=_BUSY, isolation_level=None)
    _use_write_ahead_log(connection)
    with _transaction(connection):
        connection.execute(schema.BEGINNING)
        (last,) = connection.execute(schema.LAST_MIGRATION).fetchone()
        for query in schema.migrations(_TYPES, last):
            connection.execute(*query)
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    # Of several who do this to a new file at once, SQLite lets all but one fail, without waiting.
    end = time.monotonic() + _BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    # IMMEDIATE takes the lock at once: one that reads first and writes later could fail in between.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


class Sqlite:
    """A `Storage` in a file."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread

    async def create(self, resources: Sequence[pb.Resource], author: Author) -> None:
        """See `Storage`."""

        def work(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                for resource in resources:
                    if not connection.execute(schema.INSERT, schema.inserted(resource)).rowcount:
                        raise AlreadyExists("resource", resource.id)
                    connection.execute(*schema.record(resource.id, pb.AUDIT_ACTION_CREATED, author))

        await self._run(work)

    async def get(self, resource_id: str, owner: str | None) -> pb.Resource | None:
        """See `Storage`."""

        def work(connection: sqlite3.Connection) -> pb.Resource | None:
            row = connection.execute(*schema.get(resource_id, owner)).fetchone()
            return schema.resource_of(row) if row else None

        return await self._run(work)

    async def page(self, owner: str | None, after: str, size: int) -> Sequence[pb.Resource]:
        """See `Storage`."""

        def work(connection: sqlite3.Connection) -> Sequence[pb.Resource]:
            rows = connection.execute(*schema.page(owner, after, size))
            return [schema.resource_of(row) for row in rows]

        return await self._run(work)

    async def replace(self, resource: pb.Resource, etag: str, author: Author) -> bool:
        """See `Storage`."""

        def work(connection: sqlite3.Connection) -> bool:
            with _transaction(connection):
                done = connection.execute(*schema.replace(resource, etag)).rowcount > 0
                if done:
                    connection.execute(*schema.record(resource.id, pb.AUDIT_ACTION_UPDATED, author))
            return done

        return await self._run(work)

    async def delete(self, resource_id: str, etag: str, author: Author) -> bool:
        """See `Storage`."""

        def work(connection: sqlite3.Connection) -> bool:
            with _transaction(connection):
                done = connection.execute(*schema.delete(resource_id, etag)).rowcount > 0
                if done:
                    connection.execute(*schema.record(resource_id, pb.AUDIT_ACTION_DELETED, author))
            return done

        return await self._run(work)

    async def trail(self, after: int, resource_id: str, size: int) -> Sequence[pb.AuditLog]:
        """See `Storage`."""

        def work(connection: sqlite3.Connection) -> Sequence[pb.AuditLog]:
            rows = connection.execute(*schema.trail(after, resource_id, size))
            return [schema.entry_of(row) for row in rows]

        return await self._run(work)

    async def ping(self) -> None:
        """See `Storage`."""
        await self._run(lambda connection: connection.execute(schema.LAST_MIGRATION).fetchone())

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        run = asyncio.get_running_loop().run_in_executor
        return await run(self._thread, work, self._connection)
