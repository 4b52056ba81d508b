"""What classes of 0.1 and 0.2 called otherwise: their attributes, and the arguments that they are made with."""

from collections.abc import Mapping
from typing import NamedTuple


class Class(NamedTuple):
    """A class, or a function, by its old module and name."""

    module: str
    name: str


CALL = Class(".interceptors.call", "Call")
STEPS = Class(".interceptors.call", "Steps")
CONCERN = Class(".interceptors.call", "Concern")
METHOD = Class(".gen.registry", "Method")
KIND = Class(".gen.registry", "Kind")
END = Class("tests.calls", "End")
HOUSE = Class("tests.gen.house", "House")

ATTRIBUTES: Mapping[Class, Mapping[str, str]] = {
    CALL: {
        "closing": "on_end",
        "end_in": "cancel_after",
        "ended_with": "cancel_reason",
        "ends": "timers",
        "has_room": "counted",
        "left": "seconds_left",
        "stop_waiting": "cancel_timers",
    },
    STEPS: {"before": "on_start", "check": "on_request", "after": "on_end", "sent": "on_response"},
    CONCERN: {"steps": "hooks"},
    METHOD: {"reply": "response"},
    Class("tests.calls", "Method"): {"reply": "response"},
    KIND: {"streams_requests": "client_streaming", "streams_replies": "server_streaming"},
    END: {"replies": "responses"},
    Class(".client.streams", "Conversation"): {"done": "close_send"},
    Class(".client.sync", "SyncConversation"): {"done": "close_send"},
    Class(".client.options", "Options"): {
        "eject": "outlier_detection",
        "listeners": "breaker_listeners",
        "margin": "deadline_margin",
        "reconnect": "max_reconnect_backoff",
    },
    Class(".client.breaker", "Breaker"): {"enter": "admit", "leave": "record"},
    Class(".server.watched", "Watched"): {"latest": "get"},
    Class(".server.health", "Health"): {"lost": "mark_down", "found": "mark_up"},
    Class(".interceptors.gate", "Gate"): {
        "close": "hold",
        "cut_off": "set_deadline",
        "empty": "wait_empty",
        "has_cut_off": "deadline_passed",
        "open": "admit",
    },
    Class(".settings", "Settings"): {"stays_here": "is_loopback"},
}
"""Attributes and methods of objects whose class is known, by an annotation or by what made them."""

KEYWORDS: Mapping[Class, Mapping[str, str]] = {
    STEPS: ATTRIBUTES[STEPS],
    METHOD: ATTRIBUTES[METHOD],
    END: ATTRIBUTES[END],
    Class(".client.options", "Options"): ATTRIBUTES[Class(".client.options", "Options")],
    Class(".server.watched", "Watched"): {"pause": "interval"},
    Class(".interceptors.buckets", "Limit"): {"each": "cost_us", "ahead": "tolerance_us"},
}
"""Arguments by name, of what a file imports."""

UNMISTAKABLE: Mapping[Class, Mapping[str, str]] = {
    STEPS: {"steps": "hooks"},
    CONCERN: {"steps": "hooks"},
    METHOD: ATTRIBUTES[KIND],
    KIND: ATTRIBUTES[KIND],
    Class("tests.calls", "Method"): ATTRIBUTES[KIND],
    Class("tests.calls", "METHODS"): ATTRIBUTES[KIND],
}
"""Names of members that mean one thing in a file that imports the class, whatever they are attributes of."""

RETURNS: Mapping[Class, Class] = {
    Class("tests.calls", "call"): END,
    Class("tests.calls", "finish"): END,
    Class("tests.gen.house", "house"): HOUSE,
    Class(".client.options", "Options"): Class(".client.options", "Options"),
    Class(".server.watched", "Watched"): Class(".server.watched", "Watched"),
}
"""What comes out of a call, awaited or entered as it is meant to be."""

RETURNS_OF_METHODS: Mapping[tuple[Class, str], Class] = {(HOUSE, "call"): END}
"""What comes out of a method."""

MEANT = frozenset((*ATTRIBUTES, *KEYWORDS, *UNMISTAKABLE, *RETURNS))
"""All classes and functions that say something about what others are called."""
