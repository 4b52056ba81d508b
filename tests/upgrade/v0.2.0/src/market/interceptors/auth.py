"""Who is calling: AUTH_MODE says how callers prove it."""

import time
from collections.abc import Awaitable
from contextlib import suppress
from typing import Protocol

from ..errors import StatusError, Unauthenticated
from ..gen.registry import Method
from ..settings import Settings
from .call import Call, Steps

_LONGEST = 10_000_000.0
"""Seconds that a stream may last, whatever a token says; a loop cannot count much further."""


class Authenticator(Protocol):
    """Finds out who is calling, by one kind of proof."""

    def __call__(self, call: Call) -> Awaitable[None] | None:
        """Give a call its principal, at once or after waiting. Raises a StatusError without a proof."""


class Authentication:
    """Gives each call its principal, and refuses a call without one.

    A public method takes anybody: it has the principal of callers who prove who they are, and
    ANONYMOUS for all others. A stream of replies ends when its caller's token does.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError if a file that AUTH_MODE needs is no good."""
        self._identify = _authenticator(settings)

    def steps(self, method: Method) -> Steps:
        """Nothing to do with AUTH_MODE=none."""
        if self._identify is None:
            return Steps()
        if method.policy.public:
            return Steps(_Optional(self._identify))
        if method.kind.streams_replies:
            return Steps(_WhileProven(self._identify))
        return Steps(self._identify)


class _WhileProven:
    """The step of a stream of replies: it has no end of its own, and must not outlive its proof."""

    def __init__(self, identify: Authenticator) -> None:
        self._identify = identify

    def __call__(self, call: Call) -> Awaitable[None] | None:
        pending = self._identify(call)
        if pending is not None:
            return self._later(call, pending)
        _end_with_proof(call)
        return None

    async def _later(self, call: Call, pending: Awaitable[None]) -> None:
        await pending
        _end_with_proof(call)


class _Optional:
    """The step of a public method."""

    def __init__(self, identify: Authenticator) -> None:
        self._identify = identify

    def __call__(self, call: Call) -> Awaitable[None] | None:
        with suppress(StatusError):
            pending = self._identify(call)
            return None if pending is None else self._later(pending)
        return None

    async def _later(self, pending: Awaitable[None]) -> None:
        with suppress(StatusError):
            await pending


def _end_with_proof(call: Call) -> None:
    expires = call.principal.expires
    if expires is not None:
        seconds = min(expires - time.time(), _LONGEST)
        call.end_in(seconds, Unauthenticated("the token has expired"))


def _authenticator(settings: Settings) -> Authenticator | None:
    """Imported only where they are needed: a service without tokens does not load cryptography."""
    match settings.auth_mode:
        case "jwt":
            from .tokens import Tokens

            return Tokens(settings)
        case "api_key":
            from .api_keys import ApiKeys

            return ApiKeys(settings)
        case "mtls":
            from .mtls import Certificates

            return Certificates(settings)
        case _:
            return None
