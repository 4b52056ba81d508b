"""What the caller of the call in progress may see, and how it is remembered for what it did."""

from .runtime.server import principal, request_id
from .storage import Author

_SEES_ALL = "admin"


def visible_owner() -> str | None:
    """The owner whose resources the caller sees; None stands for everybody's."""
    caller = principal()
    return None if _SEES_ALL in caller.roles else caller.subject


def author() -> Author:
    """The caller, for the trail."""
    return Author(principal().subject, request_id())
