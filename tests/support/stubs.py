"""The body of a generated method without logic."""

STUB = "raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED"
"""The one line that the first edit of a method replaces."""
