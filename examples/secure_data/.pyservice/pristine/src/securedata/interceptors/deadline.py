"""No call without an end: a caller's deadline is honoured, and a caller without one gets ours."""

import grpc

from ..errors import StatusError
from ..gen.registry import Method
from ..settings import Settings
from .call import Call, Steps


class DeadlineExceeded(StatusError):
    """The time of a call was over before its handler had started, or finished."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED


class Deadline:
    """Refuses calls whose time is over, and tells the pipeline how long a handler may take."""

    def __init__(self, settings: Settings) -> None:
        self._default = settings.default_timeout
        self.patience = settings.default_timeout
        """Seconds in which a call's only request has to come."""

    def steps(self, method: Method) -> Steps:
        """A call that waited too long for its turn is not started at all."""
        return Steps(before=self._before)

    def limit(self, method: Method) -> float:
        """Seconds that a call may take: what is declared, else DEFAULT_TIMEOUT.

        A stream of replies has no limit (0) of its own: a watch is meant to stay open, and its caller
        says for how long.
        """
        if method.policy.timeout is not None:
            return method.policy.timeout
        return 0 if method.kind.streams_replies else self._default

    @staticmethod
    def _before(call: Call) -> None:
        if call.remaining is not None and call.remaining <= 0:
            raise DeadlineExceeded("the deadline had passed before the call was started")
