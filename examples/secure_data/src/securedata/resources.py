"""How a resource comes to be and changes: pure, without a database."""

import json
import secrets
import uuid

from google.protobuf.field_mask_pb2 import FieldMask

from .errors import InvalidArgument
from .gen.securedata.v1.secure_data_pb2 import Resource


def first_version(given: Resource, resource_id: str, owner: str) -> Resource:
    """What is kept of a resource that somebody sent: the rest is the service's to say.

    Raises InvalidArgument for json_data that is no JSON.
    """
    resource = Resource(id=resource_id or str(uuid.uuid4()), owner=owner, etag=_etag())
    for field in ("display_name", "labels", "raw_data", "json_data"):
        _take(resource, given, field)
    resource.create_time.GetCurrentTime()
    resource.update_time.CopyFrom(resource.create_time)
    return resource


def next_version(current: Resource, given: Resource, mask: FieldMask) -> Resource:
    """A resource with the fields that a mask names as somebody sent them.

    Raises InvalidArgument for json_data that is no JSON.
    """
    resource = Resource()
    resource.CopyFrom(current)
    for field in mask.paths:
        _take(resource, given, field)
    resource.etag = _etag()
    resource.update_time.GetCurrentTime()
    return resource


def _take(resource: Resource, given: Resource, field: str) -> None:
    """Set one field as it is in another resource, be it empty."""
    if field == "json_data" and given.HasField("json_data"):
        _check_json(given.json_data)
    if field == "labels":
        resource.labels.clear()
        resource.labels.update(given.labels)
    elif field in ("raw_data", "json_data") and given.WhichOneof("data") != field:
        resource.ClearField(field)
    else:
        setattr(resource, field, getattr(given, field))


def _check_json(text: str) -> None:
    try:
        json.loads(text, parse_constant=_not_in_json)
    except (ValueError, RecursionError):
        # Without the reason: it would quote what is in there.
        raise InvalidArgument({"resource.json_data": "it is no JSON document"}) from None


def _etag() -> str:
    """New for each version, also where an id is used again."""
    return secrets.token_hex(8)


def _not_in_json(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
