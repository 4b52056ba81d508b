"""Which of our shops a call comes from. Mine, not generated.

A till says it as ``x-shop``; who says nothing is a customer at home.
"""

from ..errors import PermissionDenied
from ..gen.registry import Method
from ..settings import Settings
from .call import CALL, Call, Steps

SHOP_KEY = "x-shop"


class Shops:
    """Mine: refuses calls of shops that we do not have."""

    def __init__(self, settings: Settings) -> None:
        self._known = frozenset(settings.market_shops)

    def steps(self, method: Method) -> Steps:
        """Mine: what is public is for everybody."""
        return Steps() if method.policy.public else Steps(before=self._before)

    def _before(self, call: Call) -> None:
        given = call.headers.get(SHOP_KEY)
        if given is not None and given not in self._known:
            raise PermissionDenied("there is no such shop")  # mine


def shop() -> str:
    """Mine: the shop of the call in progress; empty for a customer at home."""
    call = CALL.get(None)
    given = "" if call is None else call.headers.get(SHOP_KEY, "")
    return given if isinstance(given, str) else ""
