"""Changes that the user has to make by hand: the report lists each with file and line."""

from collections.abc import Mapping

CHANGED_SIGNATURES: Mapping[tuple[str, str], str] = {
    (".runtime.server.lifecycle", "running"): "it takes the registry first: running(REGISTRY, settings, application)",
    (".runtime.server.lifecycle", "serve"): "it takes the registry first: serve(REGISTRY, settings, application)",
    (".runtime.server", "running"): "it takes the registry first: running(REGISTRY, settings, application)",
    (
        ".runtime.server.handler_discovery",
        "find_handlers",
    ): "it takes the registry first: find_handlers(REGISTRY, given)",
    (".runtime.server.command", "check_config"): "it takes the registry first: check_config(REGISTRY, settings)",
    (".runtime.server.chain", "InterceptorChain"): "it takes the interceptors, then the settings",
    (".runtime.server.rpc_router", "RpcRouter"): "it takes the service's INFO first",
    (".runtime.server.rpc_router", "source_location"): "it takes the service's INFO first",
    (".runtime.server.supervisor", "supervise"): "it takes the name of the package first",
    (".runtime.interceptors.tracing", "Tracing"): "it takes no arguments",
    (".runtime.client.retries", "service_config"): "it takes the registry first",
    (".runtime.client.channels", "channel_options"): "it takes the registry first",
    (".runtime.client.channels", "SharedChannel"): "it takes the registry first",
    (".runtime.client.tracing", "tracing"): "it takes the name of the tracer last",
    (".runtime.client.tracing", "Tracing"): "it takes the name of the tracer last",
    ("tests._runtime.dev_token_issuer", "Issuer"): "it takes the audience, what the service is called, last",
    ("tests._runtime.service", "ApiKeyUsers"): "it takes SERVICE of tests/gen/service.py last",
    ("tests._runtime.fuzz", "send_random"): "it takes SAMPLES of tests/samples.py first",
    ("tests._runtime.fuzz", "send_damaged"): "it takes SAMPLES of tests/samples.py first",
    ("tests._runtime.fuzz", "ignores_cancellation"): "it takes SAMPLES of tests/samples.py first",
    ("tests._runtime.fuzz", "send_odd"): "it takes SAMPLES of tests/samples.py first",
    ("tests._runtime.odd_requests", "odd_requests"): "it takes SAMPLES of tests/samples.py first",
    ("tests._runtime.odd_requests", "wrong_requests"): "it takes SAMPLES of tests/samples.py first",
}
"""Functions and classes that need another argument, by new module and name."""

REMOVED_NAMES: Mapping[tuple[str, str], str] = {
    (".settings", "load_settings"): "call load(Settings), with load from {package}.runtime.settings",
    (".server.context", "Handed"): "annotate with Context, of {package}.runtime.server",
    (".server.endings", "settle"): "read `status` of the call",
    (".server.telemetry", "Telemetry"): "list Tracing() and Metrics() in the chain of app.py",
    (".server.telemetry", "telemetry"): "list Tracing() and Metrics() in the chain of app.py",
    (".gen.registry", "main"): "run python -m {package}.gen.policies",
}
"""Removed names without a successor, and what to do instead."""
