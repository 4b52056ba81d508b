"""Renamed attributes and keyword arguments of the classes of 0.1 and 0.2."""

from collections.abc import Mapping
from typing import NamedTuple


class Symbol(NamedTuple):
    """A class, function or constant, by its old module and name."""

    module: str
    name: str


CALL = Symbol(".interceptors.call", "Call")
STEPS = Symbol(".interceptors.call", "Steps")
CONCERN = Symbol(".interceptors.call", "Concern")
METHOD = Symbol(".gen.registry", "Method")
KIND = Symbol(".gen.registry", "Kind")
END = Symbol("tests.calls", "End")
PROBE_SERVICE = Symbol("tests.gen.house", "House")

ATTRIBUTES: Mapping[Symbol, Mapping[str, str]] = {
    CALL: {
        "closing": "on_end",
        "context": "stream",
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
    Symbol("tests.calls", "Method"): {"reply": "response"},
    KIND: {"streams_requests": "client_streaming", "streams_replies": "server_streaming"},
    END: {"replies": "responses"},
    Symbol(".client.streams", "Conversation"): {"done": "close_send"},
    Symbol(".client.sync", "SyncConversation"): {"done": "close_send"},
    Symbol(".client.options", "Options"): {
        "eject": "outlier_detection",
        "listeners": "breaker_listeners",
        "margin": "deadline_margin",
        "reconnect": "max_reconnect_backoff",
    },
    Symbol(".client.breaker", "Breaker"): {"enter": "admit", "leave": "record"},
    Symbol(".server.watched", "Watched"): {"latest": "get"},
    Symbol(".server.health", "Health"): {"lost": "mark_down", "found": "mark_up"},
    Symbol(".interceptors.gate", "Gate"): {
        "close": "hold",
        "cut_off": "set_deadline",
        "empty": "wait_empty",
        "has_cut_off": "deadline_passed",
        "open": "admit",
    },
    Symbol(".settings", "Settings"): {"stays_here": "is_loopback"},
}
"""New names of attributes and methods, for objects whose class an annotation or a constructor shows."""

KEYWORDS: Mapping[Symbol, Mapping[str, str]] = {
    STEPS: ATTRIBUTES[STEPS],
    METHOD: ATTRIBUTES[METHOD],
    END: ATTRIBUTES[END],
    Symbol(".client.options", "Options"): ATTRIBUTES[Symbol(".client.options", "Options")],
    Symbol(".server.watched", "Watched"): {"pause": "interval"},
    Symbol("tests.calls", "call"): {"patience": "idle_timeout"},
    Symbol("tests.calls", "finish"): {"patience": "idle_timeout", "most": "max_responses"},
    Symbol(".interceptors.buckets", "Limit"): {"each": "cost_us", "ahead": "tolerance_us"},
}
"""New names of keyword arguments, for imported classes and functions."""

UNAMBIGUOUS: Mapping[Symbol, Mapping[str, str]] = {
    STEPS: {"steps": "hooks"},
    CONCERN: {"steps": "hooks"},
    METHOD: ATTRIBUTES[KIND],
    KIND: ATTRIBUTES[KIND],
    Symbol("tests.calls", "Method"): ATTRIBUTES[KIND],
    Symbol("tests.calls", "METHODS"): ATTRIBUTES[KIND],
}
"""Members that are renamed on any object in a file that imports the symbol, because their names are unambiguous."""

RETURNS: Mapping[Symbol, Symbol] = {
    Symbol("tests.calls", "call"): END,
    Symbol("tests.calls", "finish"): END,
    Symbol("tests.gen.house", "house"): PROBE_SERVICE,
    Symbol(".client.options", "Options"): Symbol(".client.options", "Options"),
    Symbol(".server.watched", "Watched"): Symbol(".server.watched", "Watched"),
}
"""Classes of the results of calls, once awaited or entered."""

RETURNS_OF_METHODS: Mapping[tuple[Symbol, str], Symbol] = {(PROBE_SERVICE, "call"): END}
"""Classes of the results of methods."""

BUILT_IN: Mapping[Symbol, str] = {Symbol(".errors", "NotWritten"): "NotImplementedError"}
"""Names that a builtin replaces: it needs no import."""

KNOWN_SYMBOLS = frozenset((*ATTRIBUTES, *KEYWORDS, *UNAMBIGUOUS, *RETURNS))
"""All symbols that have an entry in a table above."""
