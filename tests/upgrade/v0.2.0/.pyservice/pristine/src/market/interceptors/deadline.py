"""No call without an end: a caller's deadline is honoured, and a caller without one gets ours."""

import math

from ..errors import DeadlineExceeded
from ..gen.registry import Method
from ..settings import Settings
from .call import Call, Steps


class Deadline:
    """Refuses calls whose time is over, and ends others whose callers would wait longer than they may."""

    def __init__(self, settings: Settings) -> None:
        self._default = settings.default_timeout
        self.patience = settings.default_timeout
        """Seconds in which a call's only request has to come."""

    def steps(self, method: Method) -> Steps:
        """A call that waited too long for its turn is not started at all."""
        limit = self.limit(method) or math.inf

        def before(call: Call) -> None:
            call.remaining = remaining = call.context.time_remaining()
            if remaining is None or remaining > limit:
                if limit is not math.inf:
                    call.remaining = limit
                    call.end_in(limit, DeadlineExceeded(f"it took longer than {limit:g} s"))
            elif remaining <= 0:
                raise DeadlineExceeded("the deadline had passed before the call was started")

        return Steps(before=before)

    def limit(self, method: Method) -> float:
        """Seconds that a call may take: what is declared, else DEFAULT_TIMEOUT.

        A stream of replies has no limit (0) of its own: a watch is meant to stay open, and its caller
        says for how long.
        """
        if method.policy.timeout is not None:
            return method.policy.timeout
        return 0 if method.kind.streams_replies else self._default
