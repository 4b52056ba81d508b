"""The owner of a file of a project."""

import enum


class Owner(enum.Enum):
    """The owner of a file, which decides what regeneration does with it."""

    GENERATED = "generated"
    """The generator's: rewritten on every run."""
    MERGED = "merged"
    """Yours: new text is merged into it."""
    HANDLERS = "handlers"
    """Yours: methods are added to its class, nothing else is touched."""
    CONTRACT = "contract"
    """Yours: a proto, merged like any other file of yours, and never removed."""
    SETTINGS = "settings"
    """Yours: the values in it are kept up to date, the rest stays as you wrote it."""
