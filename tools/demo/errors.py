"""What stops the demo."""


class DemoError(Exception):
    """The demo cannot go on; the message is one sentence for the person who started it."""
