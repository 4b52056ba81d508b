"""Where resources are kept: SQLite in a file, or PostgreSQL where DATABASE_URL is set.

Every method is one transaction: it happens in full or not at all, and what it changes stands in
the trail along with who did it.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from ..gen.securedata.v1.secure_data_pb2 import AuditLog, Resource
from ..settings import Settings


class Author(NamedTuple):
    """Who changes something, and in which call."""

    actor: str
    request_id: str


class Storage(Protocol):
    """What the handlers need of a database. An ``owner`` of None stands for everybody."""

    async def create(self, resources: Sequence[Resource], author: Author) -> None:
        """Add all of them or none. Raises AlreadyExists for the first id that is taken."""

    async def get(self, resource_id: str, owner: str | None) -> Resource | None:
        """One resource, if there is one that belongs to the owner."""

    async def page(self, owner: str | None, after: str, size: int) -> Sequence[Resource]:
        """The next resources by id, without their data."""

    async def replace(self, resource: Resource, etag: str, author: Author) -> bool:
        """Put a new version where the one with the etag is; False if that one is gone."""

    async def delete(self, resource_id: str, etag: str, author: Author) -> bool:
        """Delete the version with the etag; False if it is gone."""

    async def trail(self, after: int, resource_id: str, size: int) -> Sequence[AuditLog]:
        """The next entries of the trail, of one resource or (empty id) of all."""

    async def ping(self) -> None:
        """Raises if the database does not answer."""


def open_storage(settings: Settings) -> AbstractAsyncContextManager[Storage]:
    """The storage that the settings choose, closed when its context ends. Raises StartError.

    Each is imported only where it is used: SQLite needs no driver of PostgreSQL's.
    """
    if settings.database_url is not None:
        from .postgres import open_postgres

        return open_postgres(settings.database_url.get_secret_value())
    from .sqlite import open_sqlite

    return open_sqlite(settings.sqlite_file)
