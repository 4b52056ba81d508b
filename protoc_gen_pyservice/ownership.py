"""Who a generated file belongs to."""

import enum


class Owner(enum.Enum):
    """Who a generated file belongs to, which decides what regeneration does with it."""

    MACHINE = "machine"
    """Rewritten on every run."""
    MERGED = "merged"
    """Yours: new text is merged into it."""
    HANDLERS = "handlers"
    """Yours: methods are added to its class, nothing else is touched."""
    CONTRACT = "contract"
    """Yours: a proto, merged like any other file of yours, and never removed."""
    SETTINGS = "settings"
    """Yours: the values in it are brought along, the rest stays as you wrote it."""
