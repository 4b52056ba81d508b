"""What stops the demo."""


class DemoError(Exception):
    """The demo cannot go on; the message is one sentence for the user who started it."""
