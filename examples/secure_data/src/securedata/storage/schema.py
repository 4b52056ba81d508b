"""The tables, and resources as rows. Both databases speak the SQL in here; a few types differ.

Values go in by ``?`` and never as text, so nothing that a caller sends can become SQL.
"""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..gen.securedata.v1.secure_data_pb2 import AuditAction, AuditLog, Resource
from . import Author


class Query(NamedTuple):
    """A statement, and the values of its places."""

    text: str
    values: tuple[Any, ...] = ()


class Types(NamedTuple):
    """What a database calls the types that have no common name."""

    key: str
    blob: str
    serial: str


_MIGRATIONS = (
    """
    CREATE TABLE resources (
        id {key} PRIMARY KEY,
        owner TEXT NOT NULL,
        display_name TEXT NOT NULL,
        labels TEXT NOT NULL,
        data_field TEXT,
        data {blob},
        etag TEXT NOT NULL,
        created BIGINT NOT NULL,
        updated BIGINT NOT NULL
    )
    """,
    "CREATE INDEX resources_by_owner ON resources (owner, id)",
    """
    CREATE TABLE trail (
        sequence {serial},
        resource_id {key} NOT NULL,
        action INTEGER NOT NULL,
        actor TEXT NOT NULL,
        time BIGINT NOT NULL,
        request_id TEXT NOT NULL
    )
    """,
    "CREATE INDEX trail_by_resource ON trail (resource_id, sequence)",
)
"""Each is run once, in order. Only ever add to the end: the others have been run somewhere."""

BEGINNING = "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY)"
LAST_MIGRATION = "SELECT coalesce(max(number), 0) FROM migrations"


def migrations(types: Types, last: int) -> Iterator[Query]:
    """What is still to be run after a migration, each along with the record that it was."""
    for number, text in enumerate(_MIGRATIONS[last:], last + 1):
        yield Query(text.format(**types._asdict()))
        yield Query("INSERT INTO migrations VALUES (?)", (number,))


_ENTRY = "sequence, resource_id, action, actor, time, request_id"
_HEAD = "id, owner, display_name, labels, etag, created, updated"

INSERT = f"""
    INSERT INTO resources ({_HEAD}, data_field, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""
RECORD = "INSERT INTO trail (resource_id, action, actor, time, request_id) VALUES (?, ?, ?, ?, ?)"


def etag(resource_id: str) -> Query:
    """Which version of a resource there is."""
    return Query("SELECT etag FROM resources WHERE id = ?", (resource_id,))


def get(resource_id: str, owner: str | None) -> Query:
    """One resource with its data."""
    query = Query(f"SELECT {_HEAD}, data_field, data FROM resources WHERE id = ?", (resource_id,))
    return query if owner is None else _and(query, "owner = ?", owner)


def page(owner: str | None, after: str, size: int) -> Query:
    """Resources by id, without their data."""
    query = Query(f"SELECT {_HEAD} FROM resources WHERE id > ?", (after,))
    if owner is not None:
        query = _and(query, "owner = ?", owner)
    return Query(f"{query.text} ORDER BY id LIMIT ?", (*query.values, size))


def replace(resource: Resource, etag: str) -> Query:
    """A new version in the place of the one with an etag."""
    return Query(
        """
        UPDATE resources
        SET display_name = ?, labels = ?, etag = ?, updated = ?, data_field = ?, data = ?
        WHERE id = ? AND etag = ?
        """,
        (
            resource.display_name,
            _labels(resource),
            resource.etag,
            resource.update_time.ToMicroseconds(),
            *_data(resource),
            resource.id,
            etag,
        ),
    )


def delete(resource_id: str, etag: str) -> Query:
    """One version of a resource."""
    return Query("DELETE FROM resources WHERE id = ? AND etag = ?", (resource_id, etag))


def record(resource_id: str, action: AuditAction, author: Author) -> Query:
    """An entry for the trail."""
    now = time.time_ns() // 1000
    return Query(RECORD, (resource_id, action, author.actor, now, author.request_id))


def trail(after: int, resource_id: str, size: int) -> Query:
    """Entries of the trail in order."""
    query = Query(f"SELECT {_ENTRY} FROM trail WHERE sequence > ?", (after,))
    if resource_id:
        query = _and(query, "resource_id = ?", resource_id)
    return Query(f"{query.text} ORDER BY sequence LIMIT ?", (*query.values, size))


def _and(query: Query, condition: str, value: object) -> Query:
    # Left out where it is not needed: with "... OR ? IS NULL" no index would be used.
    return Query(f"{query.text} AND {condition}", (*query.values, value))


def inserted(resource: Resource) -> tuple[Any, ...]:
    """The values of INSERT."""
    return (
        resource.id,
        resource.owner,
        resource.display_name,
        _labels(resource),
        resource.etag,
        resource.create_time.ToMicroseconds(),
        resource.update_time.ToMicroseconds(),
        *_data(resource),
    )


def resource_of(row: Sequence[Any]) -> Resource:
    """A resource, out of a row of GET or PAGE."""
    found_id, owner, name, labels, etag, created, updated, *data = row
    resource = Resource(id=found_id, owner=owner, display_name=name, etag=etag)
    resource.labels.update(json.loads(labels))
    resource.create_time.FromMicroseconds(created)
    resource.update_time.FromMicroseconds(updated)
    match data:
        case ["raw_data", content]:
            resource.raw_data = content
        case ["json_data", content]:
            resource.json_data = content.decode()
    return resource


def entry_of(row: Sequence[Any]) -> AuditLog:
    """An entry of the trail, out of a row of TRAIL."""
    sequence, resource_id, action, actor, time, request_id = row
    entry = AuditLog(
        sequence=sequence,
        resource_id=resource_id,
        action=action,
        actor=actor,
        request_id=request_id,
    )
    entry.time.FromMicroseconds(time)
    return entry


def _labels(resource: Resource) -> str:
    return json.dumps(dict(resource.labels), sort_keys=True)


def _data(resource: Resource) -> tuple[str | None, bytes | None]:
    match resource.WhichOneof("data"):
        case "raw_data":
            return "raw_data", resource.raw_data
        case "json_data":
            return "json_data", resource.json_data.encode()
        case _:
            return None, None
