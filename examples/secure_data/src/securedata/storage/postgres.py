"""Resources in PostgreSQL, for as many processes as there are."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeAlias

from psycopg import AsyncConnection, OperationalError
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ..errors import AlreadyExists, Unavailable
from ..gen.securedata.v1 import secure_data_pb2 as pb
from ..runtime.server import StartError
from . import Author, schema

_Connection: TypeAlias = AsyncConnection[tuple[Any, ...]]

_TYPES = schema.Types(
    # Bytes in order, as in SQLite; the order of a language would differ between databases.
    key='TEXT COLLATE "C"',
    blob="BYTEA",
    serial="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
)
_CONNECTIONS = 10
_PATIENCE = 3.0
"""Seconds that a call waits for a connection."""
_START = 10
"""Seconds that the start waits for one."""
_MIGRATING = 7365637572
"""The number of the lock; any that nobody else takes would do."""

_ONE_AT_A_TIME = "LOCK TABLE trail IN EXCLUSIVE MODE"
"""Whoever writes to the trail waits for the one before: a number that is given is seen before any
that is higher, so that a reader who goes on behind the highest has missed none."""


@asynccontextmanager
async def open_postgres(url: str) -> AsyncIterator["Postgres"]:
    """The database that a URL names, with its tables. Raises StartError."""
    try:
        await _migrate(url)
    except OperationalError as error:
        reason = " ".join(str(error).split())
        raise StartError(f"DATABASE_URL: the database cannot be used: {reason}.") from None
    pool = AsyncConnectionPool[_Connection](
        url,
        min_size=1,
        max_size=_CONNECTIONS,
        timeout=_PATIENCE,
        open=False,
        # A connection that broke while it waited for work is replaced instead of used.
        check=AsyncConnectionPool.check_connection,
    )
    async with pool:
        yield Postgres(pool)


async def _migrate(url: str) -> None:
    async with await AsyncConnection.connect(url, connect_timeout=_START) as connection:
        # Of several processes that start together one migrates, and the others wait for it.
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_MIGRATING])
        await connection.execute(schema.BEGINNING)
        (last,) = await _one(connection, schema.Query(schema.LAST_MIGRATION)) or (0,)
        for query in schema.migrations(_TYPES, last):
            await _run(connection, query)


class Postgres:
    """A `Storage` in PostgreSQL."""

    def __init__(self, pool: AsyncConnectionPool[_Connection]) -> None:
        self._pool = pool

    async def create(self, resources: Sequence[pb.Resource], author: Author) -> None:
        """See `Storage`."""
        async with self._transaction() as connection:
            await connection.execute(_ONE_AT_A_TIME)
            cursor = connection.cursor()
            await cursor.executemany(_dialect(schema.INSERT), map(schema.inserted, resources))
            if cursor.rowcount < len(resources):
                raise AlreadyExists("resource", await _taken(connection, resources))
            entries = [schema.record(r.id, pb.AUDIT_ACTION_CREATED, author) for r in resources]
            await cursor.executemany(_dialect(schema.RECORD), [entry.values for entry in entries])

    async def get(self, resource_id: str, owner: str | None) -> pb.Resource | None:
        """See `Storage`."""
        async with self._transaction() as connection:
            row = await _one(connection, schema.get(resource_id, owner))
        return schema.resource_of(row) if row else None

    async def page(self, owner: str | None, after: str, size: int) -> Sequence[pb.Resource]:
        """See `Storage`."""
        async with self._transaction() as connection:
            rows = await _all(connection, schema.page(owner, after, size))
        return [schema.resource_of(row) for row in rows]

    async def replace(self, resource: pb.Resource, etag: str, author: Author) -> bool:
        """See `Storage`."""
        async with self._transaction() as connection:
            await connection.execute(_ONE_AT_A_TIME)
            done = await _run(connection, schema.replace(resource, etag)) > 0
            if done:
                await _run(connection, schema.record(resource.id, pb.AUDIT_ACTION_UPDATED, author))
        return done

    async def delete(self, resource_id: str, etag: str, author: Author) -> bool:
        """See `Storage`."""
        async with self._transaction() as connection:
            await connection.execute(_ONE_AT_A_TIME)
            done = await _run(connection, schema.delete(resource_id, etag)) > 0
            if done:
                await _run(connection, schema.record(resource_id, pb.AUDIT_ACTION_DELETED, author))
        return done

    async def trail(self, after: int, resource_id: str, size: int) -> Sequence[pb.AuditLog]:
        """See `Storage`."""
        async with self._transaction() as connection:
            rows = await _all(connection, schema.trail(after, resource_id, size))
        return [schema.entry_of(row) for row in rows]

    async def ping(self) -> None:
        """See `Storage`."""
        async with self._transaction() as connection:
            await connection.execute(schema.LAST_MIGRATION)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[_Connection]:
        """A connection whose work counts if the context ends well. Raises Unavailable."""
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(self._pool.connection())
            except PoolTimeout:
                # Nothing has happened yet: whoever tries again does no harm.
                raise Unavailable("the database does not answer", retry_after=1) from None
            yield connection


async def _run(connection: _Connection, query: schema.Query) -> int:
    """Run a statement; returns the number of rows that it changed."""
    return (await connection.execute(_dialect(query.text), query.values)).rowcount


async def _one(connection: _Connection, query: schema.Query) -> tuple[Any, ...] | None:
    return await (await connection.execute(_dialect(query.text), query.values)).fetchone()


async def _all(connection: _Connection, query: schema.Query) -> list[tuple[Any, ...]]:
    return await (await connection.execute(_dialect(query.text), query.values)).fetchall()


def _dialect(statement: str) -> bytes:
    """The statement with its places as psycopg writes them."""
    return statement.replace("?", "%s").encode()


async def _taken(connection: _Connection, resources: Sequence[pb.Resource]) -> str:
    """The first id that another resource has."""
    for resource in resources:
        row = await _one(connection, schema.etag(resource.id))
        if row is not None and row[0] != resource.etag:
            return resource.id
    return ""
