"""AUTH_MODE=api_key: callers send a key as ``x-api-key``.

API_KEYS_FILE has a line for each key, and no key itself but its SHA-256 in hex::

    # name   SHA-256 of the key     roles          scopes
    alice    2bd806c97f0e00af1...   admin,auditor  orders:read
    backup   9f86d081884c7d659...   -              orders:read,orders:export

Two keys may have the same name, so that one can be replaced by the other. Keys are random, never
chosen (that is why a plain hash is enough)::

    key=$(openssl rand -hex 32); echo "give away: $key"
    echo "alice $(printf %s "$key" | sha256sum | cut -d' ' -f1) admin" >> keys
"""

import hashlib
import re
from collections.abc import Mapping

from ..environment import SettingsError
from ..errors import Unauthenticated
from ..settings import Settings
from .call import Call, Principal
from .grants import principal, rows, watched

KEY = "x-api-key"

_SHA256 = re.compile(r"[0-9a-f]{64}")


class ApiKeys:
    """Knows callers by the hash of their key; the file is read again when it changed."""

    def __init__(self, settings: Settings) -> None:
        if settings.api_keys_file is None:
            raise SettingsError("AUTH_MODE=api_key needs API_KEYS_FILE.")
        self._principals = watched("API_KEYS_FILE", settings.api_keys_file, parse)

    def __call__(self, call: Call) -> None:
        """Give a call its principal. Raises Unauthenticated."""
        given = call.values(KEY)
        if len(given) != 1:
            raise Unauthenticated(f"one {KEY} is needed")
        # Looking up a digest takes no time from which a key could be guessed.
        found = self._principals.latest().get(hashlib.sha256(given[0].encode()).hexdigest())
        if found is None:
            raise Unauthenticated("the API key is not valid")
        if found.subject.startswith("retired-"):
            # Mine: keys of shops that have closed stay in the file, for the audit.
            raise Unauthenticated("the shop has closed")  # mine
        call.principal = found


def parse(text: str) -> Mapping[str, Principal]:
    """Read the file: the principal by the hash of the key. Raises ValueError, naming the line."""
    found: dict[str, Principal] = {}
    for number, (name, *words) in rows(text, most=4):
        digest = words[0].lower() if words else ""
        if not _SHA256.fullmatch(digest):
            raise ValueError(f"line {number} has no SHA-256 in hex behind the name")
        if digest in found:
            raise ValueError(f"line {number} has the key of a line above it")
        found[digest] = principal(name, words[1:])
    return found
