"""The tables, and resources as rows. Both databases speak the SQL in here; only types differ.

Values go in by ``?`` and never as text, so nothing that a caller sends can become SQL.
"""

import json
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..gen.securedata.v1.secure_data_pb2 import AuditAction, AuditLog, Resource
from . import Author


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

MIGRATED = "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY)"
LAST_MIGRATION = "SELECT coalesce(max(number), 0) FROM migrations"
RECORD_MIGRATION = "INSERT INTO migrations VALUES (?)"


def migrations(types: Types, last: int) -> list[tuple[int, str]]:
    """What is still to be run after a migration: its number and statement."""
    return [
        (n, text.format(**types._asdict())) for n, text in enumerate(_MIGRATIONS, 1) if n > last
    ]


_HEAD = "id, owner, display_name, labels, etag, created, updated"
_MINE = "CAST(? AS TEXT) IS NULL OR owner = ?"

INSERT = f"INSERT INTO resources ({_HEAD}, data_field, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
ETAG = "SELECT etag FROM resources WHERE id = ?"
GET = f"SELECT {_HEAD}, data_field, data FROM resources WHERE id = ? AND ({_MINE})"
PAGE = f"SELECT {_HEAD} FROM resources WHERE id > ? AND ({_MINE}) ORDER BY id LIMIT ?"
REPLACE = """
    UPDATE resources SET display_name = ?, labels = ?, etag = ?, updated = ?, data_field = ?, data = ?
    WHERE id = ? AND etag = ?
"""
DELETE = "DELETE FROM resources WHERE id = ? AND etag = ?"
RECORD = "INSERT INTO trail (resource_id, action, actor, time, request_id) VALUES (?, ?, ?, ?, ?)"
TRAIL = """
    SELECT sequence, resource_id, action, actor, time, request_id FROM trail
    WHERE sequence > ? AND (? = '' OR resource_id = ?) ORDER BY sequence LIMIT ?
"""


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


def replaced(resource: Resource, etag: str) -> tuple[Any, ...]:
    """The values of REPLACE."""
    return (
        resource.display_name,
        _labels(resource),
        resource.etag,
        resource.update_time.ToMicroseconds(),
        *_data(resource),
        resource.id,
        etag,
    )


def recorded(resource_id: str, action: AuditAction, author: Author) -> tuple[Any, ...]:
    """The values of RECORD."""
    now = time.time_ns() // 1000
    return resource_id, action, author.actor, now, author.request_id


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
