"""Who is calling: AUTH_MODE says how callers prove it."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Protocol

import grpc

from ..errors import StatusError
from ..gen.registry import Method
from ..settings import Settings
from .call import PRINCIPAL, Call, Principal, Steps

_LONGEST = 10_000_000.0
"""Seconds that a stream may last, whatever a token says; a loop cannot count much further."""


class Authenticator(Protocol):
    """Finds out who is calling, by one kind of proof."""

    def __call__(self, call: Call) -> Principal | Awaitable[Principal]:
        """The caller, at once or after waiting. Raises a StatusError where nothing is proven."""


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
            return Steps(_WhileProven(self._identify), after=_forget_expiry)
        return Steps(_Required(self._identify))


class _Required:
    """The step of a method that needs a principal."""

    def __init__(self, identify: Authenticator) -> None:
        self._identify = identify

    def __call__(self, call: Call) -> Awaitable[None] | None:
        found = self._identify(call)
        if not isinstance(found, Principal):
            return self._later(call, found)
        call.principal = found
        PRINCIPAL.set(found)
        return None

    async def _later(self, call: Call, found: Awaitable[Principal]) -> None:
        call.principal = principal = await found
        PRINCIPAL.set(principal)


class _WhileProven(_Required):
    """The step of a stream of replies: it has no end of its own, and must not outlive its proof."""

    def __call__(self, call: Call) -> Awaitable[None] | None:
        pending = super().__call__(call)
        if pending is None:
            _end_with_proof(call)
        return pending

    async def _later(self, call: Call, found: Awaitable[Principal]) -> None:
        await super()._later(call, found)
        _end_with_proof(call)


class _Optional(_Required):
    """The step of a public method."""

    def __call__(self, call: Call) -> Awaitable[None] | None:
        try:
            return super().__call__(call)
        except StatusError:
            return None

    async def _later(self, call: Call, found: Awaitable[Principal]) -> None:
        try:
            await super()._later(call, found)
        except StatusError:
            pass


def _end_with_proof(call: Call) -> None:
    expires = call.principal.expires
    if expires is None:
        return
    task = asyncio.current_task()

    def expire() -> None:
        call.expired = True
        if task is not None:
            task.cancel()

    seconds = min(expires - time.time(), _LONGEST)
    call.expiry = asyncio.get_running_loop().call_later(seconds, expire)


def _forget_expiry(call: Call, code: grpc.StatusCode) -> None:
    if call.expiry is not None:
        call.expiry.cancel()


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
