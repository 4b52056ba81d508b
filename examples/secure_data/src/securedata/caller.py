"""What the caller of the call in progress may see, and how it is remembered for what it did."""

from .interceptors.call import PRINCIPAL, REQUEST_ID
from .storage import Author

_SEES_ALL = "admin"


def visible_owner() -> str | None:
    """The owner whose resources the caller sees; None stands for everybody's."""
    caller = PRINCIPAL.get()
    return None if _SEES_ALL in caller.roles else caller.subject


def author() -> Author:
    """The caller, for the trail."""
    return Author(PRINCIPAL.get().subject, REQUEST_ID.get())
