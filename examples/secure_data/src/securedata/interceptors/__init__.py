"""Your own interceptors, one per file; ``app.py`` passes them to the server. This file is yours.

For example, in ``interceptors/tenant.py``::

    class Tenant(grpc.aio.ServerInterceptor):
        async def intercept_service(self, continuation, handler_call_details):
            ...
            return await continuation(handler_call_details)

and in ``app.py``: ``Application(interceptors=[Tenant()])``. It runs outside of those of the runtime.
"""
