"""No call without an end: a caller's deadline is honoured, and a caller without one gets ours."""

import time

from ..errors import DeadlineExceeded
from ..gen.registry import Method
from ..settings import Settings
from .call import DEADLINE, Call, Steps


class Deadline:
    """Refuses calls whose time is over, and tells the pipeline how long a handler may take."""

    def __init__(self, settings: Settings) -> None:
        self._default = settings.default_timeout
        self.patience = settings.default_timeout
        """Seconds in which a call's only request has to come."""

    def steps(self, method: Method) -> Steps:
        """A call that waited too long for its turn is not started at all."""
        limit = self.limit(method)

        def before(call: Call) -> None:
            remaining = call.remaining
            if remaining is not None and remaining <= 0:
                raise DeadlineExceeded("the deadline had passed before the call was started")
            if limit and (remaining is None or limit < remaining):
                remaining = limit
            if remaining is not None:
                DEADLINE.set(time.monotonic() + remaining)

        return Steps(before=before)

    def limit(self, method: Method) -> float:
        """Seconds that a call may take: what is declared, else DEFAULT_TIMEOUT.

        A stream of replies has no limit (0) of its own: a watch is meant to stay open, and its caller
        says for how long.
        """
        if method.policy.timeout is not None:
            return method.policy.timeout
        return 0 if method.kind.streams_replies else self._default
