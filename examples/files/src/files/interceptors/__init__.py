"""Your own interceptors, one per file; ``app.py`` lists them in the chain. This file is yours.

For example, in ``interceptors/tenant.py``::

    from ..errors import PermissionDenied
    from ..runtime.interceptors import Hooks, Interceptor, Method, ServerCall


    class Tenant(Interceptor):
        def hooks(self, method: Method) -> Hooks:
            return Hooks(on_start=self._check)

        def _check(self, call: ServerCall) -> None:
            if "x-tenant" not in call.headers:
                raise PermissionDenied("the metadata x-tenant is required")

and in ``app.py``, at the end of ``chain``: ``Tenant()``. `runtime.interceptors.Hooks` describes every hook.
"""
