"""How long a call may take: what its caller says, else what its method declares, and never longer
than the server call in progress."""

import math

from ..errors import DeadlineExceeded
from ..gen.registry import Method
from ..interceptors.call import CALL
from .options import Options


class Deadlines:
    """The time limits of one method."""

    __slots__ = ("_default", "_margin", "_rpc")

    def __init__(self, method: Method, options: Options) -> None:
        # A stream of replies has no limit of its own: a watch is meant to stay open.
        otherwise = None if method.kind.streams_replies else options.timeout
        declared = method.policy.timeout
        self._default = otherwise if declared is None else declared
        self._margin = options.margin
        self._rpc = method.path[1:]

    def timeout(self, given: float | None) -> float | None:
        """Seconds for a call that starts now; None: no limit. Raises DeadlineExceeded."""
        timeout = self._default if given is None else given
        if timeout == math.inf:
            timeout = None
        call = CALL.get(None)
        left = None if call is None else call.left()
        if left is not None and (timeout is None or left - self._margin < timeout):
            timeout = left - self._margin
        if timeout is not None and timeout <= 0:
            error = DeadlineExceeded(f"no time is left to call {self._rpc}")
            error.rpc = self._rpc
            raise error
        return timeout
