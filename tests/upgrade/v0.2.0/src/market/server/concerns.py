"""The concerns of every call, in the order in which they stand around the handler."""

from collections.abc import Sequence
from typing import Self

from ..interceptors.audit import Audit
from ..interceptors.auth import Authentication
from ..interceptors.authorization import Authorization
from ..interceptors.call import Concern
from ..interceptors.deadline import Deadline
from ..interceptors.gate import Gate
from ..interceptors.limits import Concurrency, RateLimit
from ..interceptors.logging import Logging
from ..interceptors.shops import Shops
from ..interceptors.tls_version import TlsVersion
from ..interceptors.validation import Validation
from ..settings import Settings


class Concerns:
    """One instance of each concern for the whole server."""

    def __init__(self, settings: Settings, outermost: Sequence[Concern] = ()) -> None:
        self.deadline = Deadline(settings)
        self.gate = Gate()
        self._rate_limit = RateLimit(settings)
        self.largest_message = settings.max_message_bytes
        self.ordered: Sequence[Concern] = (
            *outermost,
            Logging(),
            # Ahead of all that refuses calls: an attempt is worth an event too.
            Audit(),
            self.deadline,
            TlsVersion(settings),
            Authentication(settings),
            Authorization(settings),
            Shops(settings),  # mine: once it is known who calls
            self._rate_limit,
            Concurrency(settings),
            Validation(),
        )

    async def __aenter__(self) -> Self:
        """Open what the concerns need, before the first call."""
        await self._rate_limit.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close it, after the last call."""
        await self._rate_limit.close()
