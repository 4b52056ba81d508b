"""A service that is about to stop takes no new calls."""

from ..errors import Unavailable
from ..gen.registry import Method
from .call import Call, Steps


class Gate:
    """Open until somebody closes it; calls that are in already go on."""

    def __init__(self) -> None:
        self._is_closed = False

    def close(self) -> None:
        """Refuse every call from now on, with a status that callers try again for."""
        self._is_closed = True

    def steps(self, method: Method) -> Steps:
        """Every method alike."""
        return Steps(self._before)

    def _before(self, call: Call) -> None:
        if self._is_closed:
            raise Unavailable("the service is stopping")
