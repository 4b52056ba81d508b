"""The logic of securedata.v1.SecureDataService.

This file is yours: `make generate` adds new RPCs to it and touches nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from google.protobuf import empty_pb2

from .. import limits, pages
from ..caller import author, visible_owner
from ..errors import Aborted, NotFound, ResourceExhausted
from ..gen.securedata.v1 import secure_data_pb2
from ..gen.servicers import SecureDataServiceServicer
from ..resources import first_version, next_version
from ..runtime.server import Context
from ..storage import Storage

_TRAIL_CHUNK = 100
_TRAIL_PAUSE = 0.5
"""Seconds between two looks for more: other processes write to the trail too."""


class SecureDataService(SecureDataServiceServicer):
    """Keeps resources for their owners.

    A caller sees the resources that it created, the role `admin` sees all. One that
    somebody else owns is NOT_FOUND, so that nobody learns what others have.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def get_limits(
        self,
        request: secure_data_pb2.GetLimitsRequest,
        context: Context,
    ) -> secure_data_pb2.Limits:
        """Says how much this service takes. Anybody may ask."""
        return secure_data_pb2.Limits(
            max_import_resources=limits.MAX_IMPORT_RESOURCES,
            max_import_bytes=limits.MAX_IMPORT_BYTES,
            max_page_size=limits.MAX_PAGE_SIZE,
        )

    async def create_resource(
        self,
        request: secure_data_pb2.CreateResourceRequest,
        context: Context,
    ) -> secure_data_pb2.Resource:
        """Creates a resource that belongs to the caller.

        A caller that chooses the id may send the call again: the second one is refused
        with ALREADY_EXISTS instead of creating a twin.
        """
        caller = author()
        resource = first_version(request.resource, request.resource_id, caller.actor)
        await self._storage.create([resource], caller)
        return resource

    async def get_resource(
        self,
        request: secure_data_pb2.GetResourceRequest,
        context: Context,
    ) -> secure_data_pb2.Resource:
        """Returns one resource."""
        return await self._found(request.resource_id)

    async def list_resources(
        self,
        request: secure_data_pb2.ListResourcesRequest,
        context: Context,
    ) -> secure_data_pb2.ListResourcesResponse:
        """Lists resources by id, a page at a time."""
        size = request.page_size or limits.DEFAULT_PAGE_SIZE
        after = pages.last_id(request.page_token)
        # One more than asked for tells whether there is a next page.
        found = await self._storage.page(visible_owner(), after, size + 1)
        page = found[:size]
        return secure_data_pb2.ListResourcesResponse(
            resources=page,
            next_page_token=pages.token(page[-1].id) if len(found) > size else "",
        )

    async def update_resource(
        self,
        request: secure_data_pb2.UpdateResourceRequest,
        context: Context,
    ) -> secure_data_pb2.Resource:
        """Changes the fields of a resource that the mask names.

        The etag has to be the one last read: if somebody changed the resource since, the
        call ends with ABORTED, nothing is changed, and the caller reads it again.
        """
        given = request.resource
        found = await self._found(given.id)
        changed = next_version(found, given, request.update_mask)
        # The database asks again: another call may come in between.
        if found.etag != given.etag or not await self._storage.replace(
            changed, found.etag, author()
        ):
            raise _changed_meanwhile(given.id)
        return changed

    async def delete_resource(
        self,
        request: secure_data_pb2.DeleteResourceRequest,
        context: Context,
    ) -> empty_pb2.Empty:
        """Deletes a resource for good."""
        found = await self._found(request.resource_id)
        if not await self._storage.delete(found.id, request.etag or found.etag, author()):
            raise _changed_meanwhile(found.id)
        return empty_pb2.Empty()

    async def import_resources(
        self,
        requests: AsyncIterator[secure_data_pb2.ImportResourcesRequest],
        context: Context,
    ) -> secure_data_pb2.ImportResourcesResponse:
        """Creates many resources: all of them or none.

        Nothing is created before the caller closed its side of the stream. One bad
        resource refuses the import, and one that breaks off leaves no trace.
        """
        caller = author()
        resources: list[secure_data_pb2.Resource] = []
        room = limits.MAX_IMPORT_BYTES
        async for request in requests:
            room -= request.ByteSize()
            if room < 0 or len(resources) == limits.MAX_IMPORT_RESOURCES:
                raise ResourceExhausted(
                    f"an import has {limits.MAX_IMPORT_RESOURCES} resources at most, "
                    f"and {limits.MAX_IMPORT_BYTES} bytes"
                )
            resources.append(first_version(request.resource, request.resource_id, caller.actor))
        # All at once: whoever cancels until here has created nothing.
        await self._storage.create(resources, caller)
        return secure_data_pb2.ImportResourcesResponse(resource_ids=[r.id for r in resources])

    async def sync_resources(
        self,
        requests: AsyncIterator[secure_data_pb2.SyncResourcesRequest],
        context: Context,
    ) -> AsyncIterator[secure_data_pb2.SyncResourcesResponse]:
        """Tells a caller what became of the resources that it holds copies of.

        Each request is answered by one response, in order.
        """
        # The next request is read when this answer is on its way: a caller that does not read
        # is not read either, and holds no memory.
        async for request in requests:
            answer = secure_data_pb2.SyncResourcesResponse(resource_id=request.resource_id)
            found = await self._storage.get(request.resource_id, visible_owner())
            if found is None:
                answer.gone.SetInParent()
            elif found.etag == request.etag:
                answer.current.SetInParent()
            else:
                answer.changed.CopyFrom(found)
            yield answer

    async def stream_audit_logs(
        self,
        request: secure_data_pb2.StreamAuditLogsRequest,
        context: Context,
    ) -> AsyncIterator[secure_data_pb2.AuditLog]:
        """Streams who changed what, oldest first, as far back as the trail goes.

        With `follow` the stream stays open and tells of each change as it happens. A
        caller that reads slowly is sent less at a time and misses nothing.
        """
        last = request.after_sequence
        while True:
            # The database is the queue: nothing is kept for a caller but where it is.
            entries = await self._storage.trail(last, request.resource_id, _TRAIL_CHUNK)
            for entry in entries:
                yield entry
                last = entry.sequence
            if len(entries) < _TRAIL_CHUNK:
                if not request.follow:
                    return
                await asyncio.sleep(_TRAIL_PAUSE)

    async def _found(self, resource_id: str) -> secure_data_pb2.Resource:
        """A resource that the caller may see. Raises NotFound."""
        found = await self._storage.get(resource_id, visible_owner())
        if found is None:
            raise NotFound("resource", resource_id)
        return found


def _changed_meanwhile(resource_id: str) -> Aborted:
    return Aborted(f"resource {resource_id} has been changed meanwhile: read it again")
