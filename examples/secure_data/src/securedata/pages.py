"""Page tokens: where a page ended, so that the next one begins behind it.

A token is no secret and grants nothing: whoever makes one up sees what the caller may see anyway.
"""

import base64
import binascii
import uuid

from .errors import InvalidArgument


def token(last_id: str) -> str:
    """The token of the page that comes after a resource."""
    return base64.urlsafe_b64encode(last_id.encode()).decode().rstrip("=")


def last_id(page_token: str) -> str:
    """The id that a page begins behind; empty for the first page. Raises InvalidArgument."""
    try:
        padded = page_token + "=" * (-len(page_token) % 4)
        found = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        return found and str(uuid.UUID(found))
    except (binascii.Error, ValueError):
        raise InvalidArgument({"page_token": "this service never gave it out"}) from None
