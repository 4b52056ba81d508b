"""AUTH_MODE=jwt: callers send a signed token as ``authorization: Bearer ...``."""

import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jwt

from ..environment import SettingsError
from ..errors import Unauthenticated
from ..settings import Settings
from .call import Call, Principal
from .jwks import Key, KeySet, from_url

_LOG = logging.getLogger(__name__)

_LEEWAY = 10.0
"""Seconds that the clocks of issuer and service may differ."""
_MOST_TOKENS = 10_000
"""Verified tokens kept at once, about a kilobyte each."""
_LONGEST = 4096
"""Letters of a token that is kept at most; a longer one is verified with every call."""
_TAIL = 32
"""Letters at a token's end that verified ones are found by: part of the signature, and no two have the
same by chance."""
_FILE_REFRESH = 2.0
"""Seconds after which AUTH_JWKS_FILE is looked at again."""


_FAULTY = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)
"""What reading a stranger's token raises where the token is at fault; whatever else goes wrong is ours."""

_ONE = "one bearer token is needed"


class _Verified(NamedTuple):
    """What a token proved, until it expires."""

    header: str | bytes
    until: float
    principal: Principal


class Tokens:
    """Verifies tokens: signature, issuer, audience and time.

    One that was verified is known until it expires or the keys change: verifying a signature costs
    more than everything else that is done around a call.
    """

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.auth_issuer
        self._audience = settings.auth_audience
        self._roles = settings.auth_roles_claim
        self._scopes = settings.auth_scopes_claim
        self._verified: OrderedDict[str | bytes, _Verified] = OrderedDict()
        self._keys = _key_set(settings, self._verified.clear)

    def __call__(self, call: Call) -> Awaitable[None] | None:
        """Give a call its principal.

        Raises Unauthenticated, and Unavailable if there are no keys to verify with.
        """
        header = call.headers.get("authorization", "")
        known = self._verified.get(header[-_TAIL:])
        if known is None or known.header != header or known.until <= time.time():
            return self._verify(call, _bearer(call))
        # Keys are looked at here as well, so that a key that was withdrawn takes its tokens along.
        if call.started >= self._keys.due and not self._keys.is_fresh():
            return self._verify(call, _bearer(call))
        if len(call.headers) < len(call.metadata):
            _bearer(call)
        call.principal = known.principal
        return None

    async def _verify(self, call: Call, token: str) -> None:
        try:
            key = await self._keys.find(jwt.get_unverified_header(token).get("kid"))
            if key is None:
                raise jwt.InvalidKeyError("unknown key")
            claims = self._claims(token, key)
            until = float(claims["exp"]) + _LEEWAY
            principal = Principal(
                claims["sub"],
                _names(_claim(claims, self._roles)),
                _names(_claim(claims, self._scopes)),
                until,
            )
        except _FAULTY as error:
            reason = type(error).__name__
            _LOG.info("token refused", extra={"reason": reason, "request_id": call.request_id})
            expired = isinstance(error, jwt.ExpiredSignatureError)
            problem = "has expired" if expired else "is not valid"
            raise Unauthenticated(f"the token {problem}") from None
        call.principal = principal
        self._keep(_Verified(call.headers["authorization"], until, principal))

    def _claims(self, token: str, key: Key) -> dict[str, Any]:
        return jwt.decode(
            token,
            key.public,
            algorithms=key.algorithms,
            audience=self._audience,
            issuer=self._issuer,
            leeway=_LEEWAY,
            options={
                "require": ["exp", "aud", "iss", "sub"],
                "enforce_minimum_key_length": True,
            },
        )

    def _keep(self, verified: _Verified) -> None:
        if len(verified.header) > _LONGEST:
            return
        self._verified[verified.header[-_TAIL:]] = verified
        if len(self._verified) > _MOST_TOKENS:
            self._verified.popitem(last=False)


def _key_set(settings: Settings, changed: Callable[[], None]) -> KeySet:
    algorithms = settings.auth_algorithms
    if settings.auth_jwks_url:
        fetch = from_url(settings.auth_jwks_url)
        return KeySet(fetch, algorithms, settings.auth_jwks_refresh, changed)
    path = settings.auth_jwks_file
    if path is None:
        raise SettingsError("AUTH_MODE=jwt needs AUTH_JWKS_URL or AUTH_JWKS_FILE.")
    keys = KeySet(Path(path).read_bytes, algorithms, _FILE_REFRESH, changed)
    try:
        keys.take(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(f"AUTH_JWKS_FILE={path}: {error}.") from None
    return keys


def _bearer(call: Call) -> str:
    """The token. Raises Unauthenticated unless there is exactly one: which of two would be meant?"""
    found = call.headers.get("authorization")
    if not isinstance(found, str) or found[:7].lower() != "bearer " or len(found) == 7:
        raise Unauthenticated(_ONE)
    if len(call.headers) < len(call.metadata) and len(call.values("authorization")) > 1:
        raise Unauthenticated(_ONE)
    return found[7:]


def _claim(claims: Mapping[str, Any], name: str) -> object:
    """A claim by its name, or by the path to it: ``realm_access.roles``."""
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _names(value: object) -> frozenset[str]:
    """A claim's names: a list of them, or a text with blanks between them."""
    listed: Sequence[object] = value.split() if isinstance(value, str) else ()
    listed = value if isinstance(value, list) else listed
    return frozenset(name for name in listed if isinstance(name, str))
