"""What the tests of the handlers share: callers with tokens, and how their calls are refused."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from securedata.errors import StatusError
from securedata.gen.clients import SecureDataServiceClient
from securedata.gen.securedata.v1 import secure_data_pb2 as pb
from securedata.runtime.client import ResponseStream

LATE = 10.0
NO_SUCH_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Caller:
    """A client with a token."""

    client: SecureDataServiceClient
    token: str = field(repr=False)

    @property
    def options(self) -> dict[str, Any]:
        """What each call is made with."""
        return {"metadata": [("authorization", f"Bearer {self.token}")], "timeout": LATE}

    async def create(self, name: str = "a", resource_id: str = "", **fields: Any) -> pb.Resource:
        """Create a resource."""
        request = pb.CreateResourceRequest(
            resource=pb.Resource(display_name=name, **fields), resource_id=resource_id
        )
        return await self.client.create_resource(request, **self.options)

    async def get(self, resource_id: str) -> pb.Resource:
        """Read a resource."""
        request = pb.GetResourceRequest(resource_id=resource_id)
        return await self.client.get_resource(request, **self.options)

    async def page(self, size: int = 0, token: str = "") -> pb.ListResourcesResponse:
        """Read a page."""
        request = pb.ListResourcesRequest(page_size=size, page_token=token)
        return await self.client.list_resources(request, **self.options)

    async def update(self, resource: pb.Resource, *mask: str, **fields: Any) -> pb.Resource:
        """Change the version of a resource that is given."""
        changed = pb.Resource(id=resource.id, etag=resource.etag, **fields)
        request = pb.UpdateResourceRequest(resource=changed)
        request.update_mask.paths.extend(mask or fields)
        return await self.client.update_resource(request, **self.options)

    async def delete(self, resource_id: str, etag: str = "") -> None:
        """Delete a resource."""
        request = pb.DeleteResourceRequest(resource_id=resource_id, etag=etag)
        await self.client.delete_resource(request, **self.options)

    async def bring(self, items: Iterable[pb.ImportResourcesRequest]) -> Sequence[str]:
        """Import resources."""
        response = await self.client.import_resources(items, **self.options)
        return response.resource_ids

    def sync(self, copies: Iterable[tuple[str, str]]) -> AsyncIterator[pb.SyncResourcesResponse]:
        """Ask what became of copies: ids and etags."""
        requests = (pb.SyncResourcesRequest(resource_id=i, etag=etag) for i, etag in copies)
        return self.client.sync_resources(requests, **self.options)

    def trail(self, **fields: Any) -> ResponseStream[pb.AuditLog]:
        """Read who changed what."""
        return self.client.stream_audit_logs(pb.StreamAuditLogsRequest(**fields), **self.options)


def item(name: str, resource_id: str = "", **fields: Any) -> pb.ImportResourcesRequest:
    """One resource of an import."""
    resource = pb.Resource(display_name=name, **fields)
    return pb.ImportResourcesRequest(resource=resource, resource_id=resource_id)


@contextmanager
def refused(code: grpc.StatusCode, words: str = "") -> Iterator[None]:
    """What is done in here ends with a status."""
    with pytest.raises(StatusError) as caught:
        yield
    assert caught.value.code is code, caught.value.message
    assert words in caught.value.message
