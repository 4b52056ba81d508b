"""No call over a TLS version that is too old."""

from ..errors import PermissionDenied
from ..gen.registry import Method
from ..settings import Settings
from .call import Call, Steps


class TlsVersion:
    """Refuses calls over TLS 1.2 where TLS_MIN_VERSION is 1.3.

    The handshake itself takes both, and cannot be told otherwise.
    """

    def __init__(self, settings: Settings) -> None:
        self._only_newest = settings.tls_min_version == "1.3"

    def steps(self, method: Method) -> Steps:
        """Every method alike."""
        return Steps(self._before) if self._only_newest else Steps()

    @staticmethod
    def _before(call: Call) -> None:
        if list(call.context.auth_context().get("ssl_tls_version", ())) != [b"TLSv1.3"]:
            raise PermissionDenied("TLS 1.3 is needed")
