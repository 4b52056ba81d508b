"""The keys that tokens are signed with: a JSON Web Key Set, kept up to date.

Keys are fetched in the background while the old ones are in use, once for however many calls wait.
Where fetching fails, the old ones stay. An unknown key id fetches at once, because keys may have been
exchanged, but only so often: ids cost whoever makes them up nothing.
"""

import asyncio
import contextvars
import json
import logging
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from typing import Any, NamedTuple

import jwt

from ..errors import Unavailable

_LOG = logging.getLogger(__name__)

_RETRY = 1.0
"""Seconds until fetching is tried again where it failed."""
_COOLDOWN = 10.0
"""Seconds until another unknown key id makes us fetch."""
_TIME_LIMIT = 5.0
_MOST_BYTES = 1024 * 1024

_AWAY = (OSError, ValueError, HTTPException)
"""How fetching fails where nobody answers, or says something else."""

_PUBLIC = ("kty", "crv", "x", "y", "n", "e")
"""What makes up a public key: whatever else a set says of a key is left alone."""


class Key(NamedTuple):
    """A public key, and the algorithms that its tokens may be signed with."""

    public: Any
    algorithms: Sequence[str]


class KeySet:
    """The keys by their id."""

    def __init__(
        self,
        fetch: Callable[[], bytes],
        algorithms: Sequence[str],
        refresh: float,
        changed: Callable[[], None],
    ) -> None:
        """``fetch`` runs in a thread, every ``refresh`` seconds at most; ``changed`` is told of new keys."""
        self._fetch = fetch
        self._algorithms = algorithms
        self._refresh = refresh
        self._changed = changed
        self._keys: Mapping[str | None, Key] = {}
        self._text = b""
        self.due = 0.0
        """When they have to be fetched again, by `time.monotonic`."""
        self._too_old = self._look_again = 0.0
        self._fetching: asyncio.Task[None] | None = None

    def is_fresh(self) -> bool:
        """Whether the keys may be used without waiting; starts to fetch new ones when it is time."""
        now = time.monotonic()
        if now >= self.due:
            self._start()
        return now < self._too_old

    async def find(self, key_id: str | None) -> Key | None:
        """The key with an id; without an id the only key. Raises Unavailable if there are no keys."""
        if not self.is_fresh():
            await self._fetched()
        if not self._keys:
            raise Unavailable("tokens cannot be verified just now", retry_after=_RETRY)
        found = self._known(key_id)
        if found is None and time.monotonic() >= self._look_again:
            self._look_again = time.monotonic() + _COOLDOWN
            await self._fetched()
            found = self._known(key_id)
        return found

    def take(self, text: bytes) -> None:
        """Replace the keys by those of a set. Raises ValueError if it has none that can be used."""
        if text != self._text:
            self._keys, self._text = parse(text, self._algorithms), text
            self._changed()
        self.due = time.monotonic() + self._refresh
        self._too_old = self.due + self._refresh

    def _known(self, key_id: str | None) -> Key | None:
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(key_id)

    async def _fetched(self) -> None:
        # Shielded: a caller who gives up does not take the keys from all others.
        await asyncio.shield(self._start())

    def _start(self) -> asyncio.Task[None]:
        if self._fetching is None or self._fetching.done():
            # In a context of its own: it belongs to no call.
            self._fetching = asyncio.create_task(self._renew(), context=contextvars.Context())
        return self._fetching

    async def _renew(self) -> None:
        try:
            self.take(await asyncio.to_thread(self._fetch))
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            # What is neither the network's fault nor the answer's is ours, and is shown whole.
            bug = None if isinstance(error, _AWAY) else error
            _LOG.warning("keys of tokens were not fetched", exc_info=bug, extra={"reason": reason})
            self.due = time.monotonic() + _RETRY
            self._too_old = self.due + (self._refresh if self._keys else 0)


def parse(text: bytes, algorithms: Sequence[str]) -> Mapping[str | None, Key]:
    """The usable keys of a set by id: public ones, for signatures, for one of our algorithms.

    Raises ValueError if there are none.
    """
    found = ((item.get("kid"), _key(item, algorithms)) for item in _listed(text))
    usable = {key_id: key for key_id, key in found if key is not None}
    if not usable:
        raise ValueError(f"no key in it is for {', '.join(algorithms)}")
    return usable


def _listed(text: bytes) -> Sequence[Mapping[str, Any]]:
    """The keys as a set has them. Raises ValueError for what is no set."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not all(map(_has_id, listed)):
        raise ValueError("it is no JSON Web Key Set")
    return listed


def _has_id(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("kid", ""), str)


def _key(item: Mapping[str, Any], algorithms: Sequence[str]) -> Key | None:
    stated = item.get("alg")
    allowed = [name for name in algorithms if stated in (None, name)]
    if not allowed or item.get("use", "sig") != "sig" or item.get("kty") == "oct":
        return None
    try:
        public = jwt.PyJWK({name: item[name] for name in _PUBLIC if name in item})
    except (jwt.PyJWTError, ValueError, TypeError):
        # Of another kind, or damaged; the rest of the set is good all the same.
        return None
    return Key(public.key, allowed)


def from_url(url: str) -> Callable[[], bytes]:
    """Fetches a set from where it was configured to be, and from nowhere that this redirects to."""
    opener = urllib.request.build_opener(_NoRedirects)

    def fetch() -> bytes:
        end = time.monotonic() + _TIME_LIMIT
        content = b""
        with opener.open(url, timeout=_TIME_LIMIT) as reply:
            while chunk := reply.read1(65536):
                content += chunk
                if len(content) > _MOST_BYTES or time.monotonic() > end:
                    raise ValueError("the answer is too long or takes too long")
        return content

    return fetch


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Answer a redirect as the error that it is here."""
