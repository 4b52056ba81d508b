"""Moved and renamed modules and names since 0.1 and 0.2: the table by which user files are rewritten.

Modules below the package begin with a dot (``.server.context`` is ``market.server.context``), those of tests do
not. A name is written ``old`` or ``old=new``; ``old=a.b`` is an attribute ``b`` of the imported ``a``.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Moved(NamedTuple):
    """The new module of some names of an old module."""

    module: str
    names: Mapping[str, str]
    """New names by old ones; a dotted name is an attribute of an object in the module."""
    stays: bool = False
    """Whether the old module still exists, with other names."""


class Target(NamedTuple):
    """The new module and name of an old name."""

    module: str
    name: str


def _to(module: str, names: str, stays: bool = False) -> Moved:
    pairs = (text.partition("=") for text in names.split())
    return Moved(module, {old: new or old for old, _, new in pairs}, stays)


_TABLE: Mapping[str, tuple[Moved, ...]] = {
    ".errors": (
        _to(".runtime.errors", "DETAILS_KEY", stays=True),
        _to(".runtime.core.status", "status_metadata", stays=True),
    ),
    ".settings": (_to(".runtime.settings.environment", "SettingsError", stays=True),),
    ".environment": (
        _to(
            ".runtime.settings.environment",
            "SettingsError SecretFiles=SecretFileSource",
        ),
        _to(".runtime.settings.loading", "read=load shown=format_settings"),
    ),
    ".keepalive": (_to(".runtime.core.keepalive", "KEEPALIVE_SECONDS KEEPALIVE_TIMEOUT=KEEPALIVE_TIMEOUT_SECONDS"),),
    ".gen.registry": (_to(".runtime.core.registry", "Kind Method Policy Service", stays=True),),
    ".gen.versions": (_to(".gen.versions", "outdated=missing_library", stays=True),),
    ".interceptors.api_keys": (_to(".runtime.interceptors.api_keys", "KEY=API_KEY ApiKeys parse"),),
    ".interceptors.audit": (_to(".runtime.interceptors.audit", "Audit"),),
    ".interceptors.auth": (_to(".runtime.interceptors.authentication", "Authentication Authenticator"),),
    ".interceptors.authorization": (_to(".runtime.interceptors.authorization", "Authorization"),),
    ".interceptors.buckets": (_to(".runtime.core.token_bucket", "Buckets Limit OwnBuckets=InMemoryBuckets"),),
    ".interceptors.call": (
        _to(
            ".runtime.core.call",
            "ANONYMOUS CALL Principal REQUEST_ID_KEY principal request_id accepted_id=valid_request_id Call=ServerCall",
        ),
        _to(".runtime.core.stream", "Metadata"),
        _to(
            ".runtime.interceptors.interceptor",
            "Before=OnStart Check=OnRequest After=OnEnd Sent=OnResponse Steps=Hooks Concern=Interceptor",
        ),
    ),
    ".interceptors.deadline": (_to(".runtime.interceptors.deadline", "Deadline"),),
    ".interceptors.gate": (_to(".runtime.interceptors.drain", "Gate=DrainGate"),),
    ".interceptors.grants": (
        _to(".runtime.interceptors.role_bindings", "principal=parse_principal rows=parse_rows watched=reloading_file"),
    ),
    ".interceptors.jwks": (_to(".runtime.jwt.jwks", "Key KeySet from_url parse"),),
    ".interceptors.limits": (_to(".runtime.interceptors.limits", "RateLimit Concurrency=ConcurrencyLimit"),),
    ".interceptors.logging": (_to(".runtime.interceptors.access_log", "Logging=AccessLog"),),
    ".interceptors.metrics": (
        _to(".runtime.interceptors.metrics", "Metrics UnknownMethods"),
        _to(
            ".runtime.core.rpc_metrics",
            "Durations MethodMetrics is_retry BOUNDS=DURATION_BOUNDS_SECONDS OTHER=OTHER_METHOD FAULTS=SERVER_ERRORS",
        ),
    ),
    ".interceptors.mtls": (_to(".runtime.interceptors.mtls", "Certificates parse"),),
    ".interceptors.quick": (_to(".runtime.interceptors.validation.fast_path", "Test Quick=FastPath"),),
    ".interceptors.quick_rules": (
        _to(".runtime.interceptors.validation.rule_compiler", "quick_test=compile_fast_path"),
    ),
    ".interceptors.redis_buckets": (_to(".runtime.redis.buckets", "RedisBuckets"),),
    ".interceptors.required": (
        _to(".runtime.interceptors.validation.required", "Required messages=message_fields reachable required_fields"),
    ),
    ".interceptors.sampling": (
        _to(".runtime.interceptors.sampling", "Lots=TraceIdSampler all_unsampled=unsampled_context"),
    ),
    ".interceptors.tls_version": (_to(".runtime.interceptors.tls_version", "TlsVersion"),),
    ".interceptors.tokens": (_to(".runtime.jwt.tokens", "Tokens"),),
    ".interceptors.tracing": (_to(".runtime.interceptors.tracing", "Tracing"),),
    ".interceptors.validation": (_to(".runtime.interceptors.validation.validation", "Validation Violation has_rules"),),
    ".server.application": (
        _to(".runtime.server.application", "Application"),
        _to(".runtime.server.dependencies", "DependencyCheck"),
    ),
    ".server.concerns": (_to(".runtime.server.chain", "Concerns=InterceptorChain"),),
    ".server.config_check": (_to(".runtime.server.command", "check=check_config"),),
    ".server.context": (_to(".runtime.core.context", "Context"), _to(".runtime.core.stream", "abort")),
    ".server.dependencies": (_to(".runtime.server.dependencies", "DependencyCheck verify followed=monitor"),),
    ".server.endings": (_to(".runtime.server.status_mapping", "refuse=abort_with"),),
    ".server.exposition": (
        _to(".runtime.server.exposition", "Exposition"),
        _to(".runtime.core.prometheus", "families"),
    ),
    ".server.handlers": (_to(".runtime.server.rpc_router", "Handlers=RpcRouter where=source_location"),),
    ".server.health": (_to(".runtime.server.health", "Health LIVENESS NOT_SERVING SERVICE SERVING"),),
    ".server.lifecycle": (
        _to(".runtime.server.lifecycle", "Running event_loop running serve"),
        _to(".runtime.core.start_error", "StartError"),
    ),
    ".server.logs": (
        _to(
            ".runtime.core.log_output", "ConsoleFormatter JsonFormatter Output=BatchingHandler ready_made=fast_handler"
        ),
        _to(".runtime.server.logging_setup", "set_up_logging"),
    ),
    ".server.metrics": (_to(".runtime.server.metrics_http", "metrics_endpoint"),),
    ".server.pipeline": (
        _to(".runtime.server.pipeline", "Serve method_handler=compose"),
        _to(".runtime.server.rpc_router", "where=source_location"),
    ),
    ".server.ports": (
        _to(".runtime.server.ports", "bind reserved=reserve_port"),
        _to(".runtime.core.start_error", "StartError"),
    ),
    ".server.probes": (_to(".runtime.server.probes", "probes"),),
    ".server.redaction": (_to(".runtime.interceptors.redaction", "is_sensitive redacted=redact"),),
    ".server.reflection": (_to(".runtime.server.reflection", "Reflection SERVICE"),),
    ".server.shutdown": (_to(".runtime.server.shutdown", "shut_down stop_signal"),),
    ".server.telemetry": (_to(".runtime.interceptors.tracing", ""),),
    ".server.tls": (_to(".runtime.server.tls", "expiration server_credentials Files=TlsFiles"),),
    ".server.transport": (_to(".runtime.server.transport", "COMPRESSION server_options"),),
    ".server.watched": (_to(".runtime.core.reloading", "Watched=ReloadingFile"),),
    ".server.wiring": (_to(".runtime.server.handler_discovery", "find_handlers WiringError=HandlerError"),),
    ".server.worker": (_to(".runtime.server.worker", "Worker"),),
    ".server.workers": (_to(".runtime.server.supervisor", "supervise"),),
    ".client.base": (
        _to(".runtime.client.base", "BaseClient Compression Target"),
        _to(".runtime.client.calls", "Choices=CallOptions"),
        _to(".runtime.client.propagation", "Metadata"),
        _to(
            ".runtime.client.streams",
            "Conversation=BidiStream Replies=ResponseStream Requests=RequestIterable collect=client_stream_call",
        ),
    ),
    ".client.breaker": (_to(".runtime.client.breaker", "Breaker BreakerPolicy Change CircuitOpen Listener State"),),
    ".client.calls": (_to(".runtime.client.calls", "Choices=CallOptions Fields Outgoing=ClientCall Rpc"),),
    ".client.channels": (
        _to(
            ".runtime.client.channels",
            "Channels=ChannelPool Line=PooledChannel Shared=SharedChannel channel_options channels",
        ),
    ),
    ".client.credentials": (
        _to(".runtime.client.credentials", "ApiKey Auth Secret Tls Token granted=auth_metadata stays_here=is_loopback"),
    ),
    ".client.deadlines": (_to(".runtime.client.deadlines", "Deadlines"),),
    ".client.endings": (_to(".runtime.client.stream_status", "Ending=StreamStatus"),),
    ".client.fakes": (_to(".runtime.client.fakes", "Fake FakeChannel Recorded=RecordedCall"),),
    ".client.metrics": (_to(".runtime.client.metrics", "ClientMetrics METRICS"),),
    ".client.onward": (
        _to(
            ".runtime.client.propagation",
            "Metadata Pairs=MetadataPairs checked=validate_metadata request_id sendable=validate_value trace",
        ),
    ),
    ".client.options": (_to(".runtime.client.options", "Options"),),
    ".client.received": (
        _to(".runtime.core.errors_from_status", "details received=error_from_rpc restored=error_from_status"),
    ),
    ".client.retries": (_to(".runtime.client.retries", "service_config"),),
    ".client.streams": (
        _to(
            ".runtime.client.streams",
            "Conversation=BidiStream Replies=ResponseStream Requests=RequestIterable collect=client_stream_call",
        ),
    ),
    ".client.sync": (
        _to(
            ".runtime.client.sync",
            "BaseSyncClient Background=LoopThread SyncConversation=SyncBidiStream SyncReplies=SyncResponseStream "
            "elsewhere=iterate_in_thread",
        ),
    ),
    ".client.tracing": (_to(".runtime.client.tracing", "Tracing tracing"),),
    "tests.calls": (
        _to(
            "tests._runtime.calls",
            "DETAILS_KEY End Metadata Method begin call finish names_a_field serialize stream violations",
        ),
        _to("tests.gen.service", "METHODS"),
    ),
    "tests.fuzz": (
        _to(
            "tests._runtime.fuzz",
            "EXAMPLES=FUZZ_EXAMPLES SECONDS=FUZZ_SECONDS at_random=send_random damaged=send_damaged ignores_cancellation "
            "in_time=limit_time mutants odd=send_odd problem=find_problem survives=assert_round_trip",
        ),
        _to(
            "tests._runtime.odd_requests",
            "Odd Place json_key odd_requests odd_values places replaced=replace_at wrong_requests",
        ),
        _to("tests.samples", "RELATED=RELATED_FIELDS"),
    ),
    "tests.issuer": (
        _to("tests._runtime.dev_token_issuer", "ISSUER Issuer main"),
        _to(".gen.service_info", "AUDIENCE=INFO.program"),
    ),
    "tests.messages": (
        _to("tests._runtime.samples", "M Tree build entry"),
        _to("tests.samples", "SENSIBLE=SAMPLE_VALUES sample sample_tree=SAMPLES.tree"),
    ),
    "tests.rules": (
        _to(
            "tests._runtime.field_rules",
            "ABSENT BOUNDS=INTEGER_BOUNDS Rules breaking=invalid_values fitting=valid_value flat=flatten is_map is_open "
            "rules_of unknown=unknown_number",
        ),
    ),
    "tests.service": (
        _to(
            "tests._runtime.service",
            "Answer Task Callers=ApiKeyUsers Clock=FakeClock connected empty forget=abandon still_running",
        ),
        _to(
            "tests.gen.service",
            "quick=settings_for_tests serving=SERVICE.serving reaching=SERVICE.reaching stand_ins=SERVICE.stub_handlers",
        ),
    ),
    "tests.strategies": (_to("tests._runtime.strategies", "messages single trees values"),),
}

_PUBLIC_EXPORTS: Mapping[str, Mapping[str, str]] = {
    ".runtime.interceptors": {
        ".runtime.core.call": "ServerCall",
        ".runtime.interceptors.access_log": "AccessLog",
        ".runtime.interceptors.audit": "Audit",
        ".runtime.interceptors.authentication": "Authentication",
        ".runtime.interceptors.authorization": "Authorization",
        ".runtime.interceptors.deadline": "Deadline",
        ".runtime.interceptors.interceptor": "Around Hooks Interceptor OnEnd OnRequest OnResponse OnStart",
        ".runtime.interceptors.limits": "ConcurrencyLimit RateLimit",
        ".runtime.interceptors.metrics": "Metrics",
        ".runtime.interceptors.tls_version": "TlsVersion",
        ".runtime.interceptors.tracing": "Tracing",
        ".runtime.interceptors.validation.validation": "Validation",
    },
    ".runtime.server": {
        ".runtime.core.call": "CALL Principal principal request_id",
        ".runtime.core.context": "Context",
        ".runtime.core.log_output": "ConsoleFormatter JsonFormatter",
        ".runtime.core.start_error": "StartError",
        ".runtime.server.application": "Application",
        ".runtime.server.dependencies": "DependencyCheck",
        ".runtime.server.lifecycle": "Running running",
    },
    ".runtime.core": {".runtime.core.registry": "Kind Method Policy Registry Service"},
    ".runtime.settings": {".runtime.settings.environment": "SettingsError", ".runtime.settings.loading": "load"},
    ".runtime.client": {
        ".runtime.client.base": "BaseClient Compression Target",
        ".runtime.client.breaker": "BreakerPolicy Change CircuitOpen State",
        ".runtime.client.calls": "CallOptions",
        ".runtime.client.credentials": "ApiKey Auth Tls Token",
        ".runtime.core.errors_from_status": "details",
        ".runtime.client.fakes": "Fake RecordedCall",
        ".runtime.client.options": "Options",
        ".runtime.client.propagation": "Metadata",
        ".runtime.client.streams": "BidiStream RequestIterable ResponseStream client_stream_call",
        ".runtime.client.sync": "BaseSyncClient SyncBidiStream SyncResponseStream iterate_in_thread",
    },
}
"""Names that the public modules of the runtime export, by the module that defines them."""

PUBLIC_MODULES = frozenset((*_PUBLIC_EXPORTS, ".runtime.errors", ".runtime.version"))
"""The public modules of the runtime."""

FORMER_MODULES = frozenset(module for module, parts in _TABLE.items() if not parts[0].stays)
"""Old modules that no longer exist."""


def new_names_of(module: str) -> Mapping[str, Target]:
    """Return the targets of the moved names of an old module, by name; empty if none moved."""
    return {old: Target(part.module, new) for part in _TABLE.get(module, ()) for old, new in part.names.items()}


def new_module_of(module: str) -> str | None:
    """Return the module that has most of an old module; None if the old module still exists."""
    return _TABLE[module][0].module if module in FORMER_MODULES else None


def public_target(target: Target) -> Target:
    """Return the same name in the public module that exports it; unchanged if there is none."""
    first = target.name.partition(".")[0]
    for module, exported in _PUBLIC_EXPORTS.items():
        if first in exported.get(target.module, "").split():
            return Target(module, target.name)
    return target
