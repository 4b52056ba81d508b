"""The files of a generated project, and the owner of each.

A new file of the generated project is one line in `FILES` and one template; see templates/README.md.
"""

import enum
import re
from collections.abc import Mapping
from typing import NamedTuple

from .ownership import Owner


class Scope(enum.Enum):
    """How often an entry is rendered."""

    PROJECT = "once"
    SERVICE = "for each service"


class Entry(NamedTuple):
    """One line of the table: path pattern, owner, scope and part."""

    path: str
    owner: Owner
    part: str | None = None

    @property
    def template(self) -> str:
        """The template's name below templates/: the path pattern, with placeholders such as ``__package__``."""
        return f"service/{self.path.replace('{', '__').replace('}', '__')}.jinja"

    @property
    def scope(self) -> Scope:
        """Once per project, or once per service."""
        return Scope.SERVICE if "{service}" in self.path else Scope.PROJECT


_CODE = "src/{package}"
_HANDLERS = f"{_CODE}/handlers"
HANDLER_TESTS = "tests/handlers"
"""The folder with the tests of handlers."""
HANDLER, HANDLER_TEST = f"{_HANDLERS}/{{service}}.py", f"{HANDLER_TESTS}/test_{{service}}.py"

FILES = (
    Entry("README.md", Owner.MERGED),
    Entry("Makefile", Owner.MERGED),
    Entry("pyproject.toml", Owner.MERGED),
    Entry("pyservice.toml", Owner.SETTINGS),
    Entry("buf.yaml", Owner.MERGED),
    Entry("buf.gen.yaml", Owner.MERGED),
    Entry(".gitattributes", Owner.MERGED),
    Entry(".gitignore", Owner.MERGED),
    Entry(".github/workflows/ci.yml", Owner.MERGED, "ci"),
    Entry(".github/dependabot.yml", Owner.MERGED, "ci"),
    Entry("docs/api.md", Owner.GENERATED),
    Entry("docs/operations.md", Owner.MERGED),
    Entry("SECURITY.md", Owner.MERGED),
    Entry("deploy/envoy/envoy.yaml", Owner.MERGED, "envoy"),
    Entry("deploy/envoy/render.py", Owner.MERGED, "envoy"),
    Entry("deploy/monitoring/rules.yaml", Owner.MERGED, "monitoring"),
    Entry("deploy/monitoring/rules_test.yaml", Owner.MERGED, "monitoring"),
    Entry("deploy/monitoring/dashboard.json", Owner.MERGED, "monitoring"),
    Entry("deploy/monitoring/kubernetes.yaml", Owner.MERGED, "monitoring"),
    Entry("deploy/monitoring/kustomization.yaml", Owner.MERGED, "monitoring"),
    Entry(f"{_CODE}/__init__.py", Owner.MERGED),
    Entry(f"{_CODE}/__main__.py", Owner.MERGED),
    Entry(f"{_CODE}/py.typed", Owner.MERGED),
    Entry(f"{_CODE}/app.py", Owner.MERGED),
    Entry(f"{_CODE}/settings.py", Owner.MERGED),
    Entry(f"{_CODE}/errors.py", Owner.MERGED),
    Entry(f"{_HANDLERS}/__init__.py", Owner.MERGED),
    Entry(HANDLER, Owner.HANDLERS),
    Entry(f"{_CODE}/interceptors/__init__.py", Owner.MERGED),
    Entry(f"{_CODE}/gen/__init__.py", Owner.GENERATED),
    Entry(f"{_CODE}/gen/service_info.py", Owner.GENERATED),
    Entry(f"{_CODE}/gen/defaults.py", Owner.GENERATED),
    Entry(f"{_CODE}/gen/policies.py", Owner.GENERATED),
    Entry(f"{_CODE}/gen/registry.py", Owner.GENERATED),
    Entry(f"{_CODE}/gen/servicers.py", Owner.GENERATED),
    Entry(f"{_CODE}/gen/clients.py", Owner.GENERATED, "client"),
    Entry(f"{_CODE}/gen/sync_clients.py", Owner.GENERATED, "client"),
    Entry(f"{_CODE}/gen/versions.py", Owner.GENERATED),
    Entry("Dockerfile", Owner.MERGED, "container"),
    Entry(".dockerignore", Owner.MERGED, "container"),
    Entry("compose.yaml", Owner.MERGED, "container"),
    Entry("deploy/kubernetes/base/kustomization.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/kubernetes/base/workload.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/kubernetes/base/network.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/kubernetes/base/scaling.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/kubernetes/components/mtls/kustomization.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/kubernetes/components/mtls/certificates.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/kubernetes/components/gateway/kustomization.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/kubernetes/components/gateway/routes.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/kubernetes/components/redis/kustomization.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/kubernetes/components/postgres/kustomization.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/kubernetes/overlays/dev/kustomization.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/kubernetes/overlays/staging/kustomization.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/kubernetes/overlays/prod/kustomization.yaml", Owner.MERGED, "kubernetes"),
    Entry("deploy/istio/kustomization.yaml", Owner.MERGED, "istio"),
    Entry("deploy/istio/traffic.yaml", Owner.MERGED, "istio"),
    Entry("deploy/istio/access.yaml", Owner.MERGED, "istio"),
    Entry("deploy/canary/rollout/kustomization.yaml", Owner.MERGED, "canary"),
    Entry("deploy/canary/rollout/rollout.yaml", Owner.MERGED, "canary"),
    Entry("deploy/canary/istio/kustomization.yaml", Owner.MERGED, "canary"),
    Entry("deploy/canary/gateway/kustomization.yaml", Owner.MERGED, "canary"),
    Entry("deploy/canary/gateway/services.yaml", Owner.MERGED, "canary"),
    Entry("load/__init__.py", Owner.MERGED, "load"),
    Entry("load/__main__.py", Owner.MERGED, "load"),
    Entry("load/ghz.py", Owner.MERGED, "load"),
    Entry("load/report.py", Owner.MERGED, "load"),
    Entry("load/target.py", Owner.MERGED, "load"),
    Entry("tests/__init__.py", Owner.MERGED),
    Entry("tests/conftest.py", Owner.MERGED),
    Entry("tests/samples.py", Owner.MERGED),
    Entry("tests/integration.sh", Owner.MERGED),
    Entry(f"{HANDLER_TESTS}/__init__.py", Owner.MERGED),
    Entry(HANDLER_TEST, Owner.HANDLERS, "client"),
    Entry("tests/gen/__init__.py", Owner.GENERATED),
    Entry("tests/gen/service.py", Owner.GENERATED),
    Entry("tests/gen/test_contract.py", Owner.GENERATED),
    Entry("tests/gen/test_fuzz.py", Owner.GENERATED),
    Entry("tests/gen/test_policies.py", Owner.GENERATED),
    Entry("tests/gen/test_wire.py", Owner.GENERATED),
)
"""Every file of a generated project but the compiler's modules, in reading order."""

FORMER = (
    Entry(f"{_CODE}/environment.py", Owner.MERGED),
    Entry(f"{_CODE}/keepalive.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/api_keys.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/audit.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/auth.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/authorization.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/buckets.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/call.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/deadline.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/gate.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/grants.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/jwks.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/limits.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/logging.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/metrics.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/mtls.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/quick.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/quick_rules.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/redis_buckets.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/required.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/sampling.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/tls_version.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/tokens.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/tracing.py", Owner.MERGED),
    Entry(f"{_CODE}/interceptors/validation.py", Owner.MERGED),
    Entry(f"{_CODE}/server/__init__.py", Owner.MERGED),
    Entry(f"{_CODE}/server/application.py", Owner.MERGED),
    Entry(f"{_CODE}/server/config_check.py", Owner.MERGED),
    Entry(f"{_CODE}/server/concerns.py", Owner.MERGED),
    Entry(f"{_CODE}/server/context.py", Owner.MERGED),
    Entry(f"{_CODE}/server/dependencies.py", Owner.MERGED),
    Entry(f"{_CODE}/server/endings.py", Owner.MERGED),
    Entry(f"{_CODE}/server/exposition.py", Owner.MERGED),
    Entry(f"{_CODE}/server/handlers.py", Owner.MERGED),
    Entry(f"{_CODE}/server/health.py", Owner.MERGED),
    Entry(f"{_CODE}/server/lifecycle.py", Owner.MERGED),
    Entry(f"{_CODE}/server/logs.py", Owner.MERGED),
    Entry(f"{_CODE}/server/metrics.py", Owner.MERGED),
    Entry(f"{_CODE}/server/pipeline.py", Owner.MERGED),
    Entry(f"{_CODE}/server/ports.py", Owner.MERGED),
    Entry(f"{_CODE}/server/probes.py", Owner.MERGED),
    Entry(f"{_CODE}/server/redaction.py", Owner.MERGED),
    Entry(f"{_CODE}/server/reflection.py", Owner.MERGED),
    Entry(f"{_CODE}/server/shutdown.py", Owner.MERGED),
    Entry(f"{_CODE}/server/telemetry.py", Owner.MERGED),
    Entry(f"{_CODE}/server/tls.py", Owner.MERGED),
    Entry(f"{_CODE}/server/transport.py", Owner.MERGED),
    Entry(f"{_CODE}/server/watched.py", Owner.MERGED),
    Entry(f"{_CODE}/server/wiring.py", Owner.MERGED),
    Entry(f"{_CODE}/server/worker.py", Owner.MERGED),
    Entry(f"{_CODE}/server/workers.py", Owner.MERGED),
    Entry(f"{_CODE}/client/__init__.py", Owner.MERGED),
    Entry(f"{_CODE}/client/base.py", Owner.MERGED),
    Entry(f"{_CODE}/client/breaker.py", Owner.MERGED),
    Entry(f"{_CODE}/client/calls.py", Owner.MERGED),
    Entry(f"{_CODE}/client/channels.py", Owner.MERGED),
    Entry(f"{_CODE}/client/credentials.py", Owner.MERGED),
    Entry(f"{_CODE}/client/deadlines.py", Owner.MERGED),
    Entry(f"{_CODE}/client/endings.py", Owner.MERGED),
    Entry(f"{_CODE}/client/fakes.py", Owner.MERGED),
    Entry(f"{_CODE}/client/metrics.py", Owner.MERGED),
    Entry(f"{_CODE}/client/onward.py", Owner.MERGED),
    Entry(f"{_CODE}/client/options.py", Owner.MERGED),
    Entry(f"{_CODE}/client/received.py", Owner.MERGED),
    Entry(f"{_CODE}/client/retries.py", Owner.MERGED),
    Entry(f"{_CODE}/client/streams.py", Owner.MERGED),
    Entry(f"{_CODE}/client/sync.py", Owner.MERGED),
    Entry(f"{_CODE}/client/tracing.py", Owner.MERGED),
    Entry("tests/gen/house.py", Owner.GENERATED),
    Entry("tests/gen/house_client.py", Owner.GENERATED),
    Entry("tests/gen/process.py", Owner.GENERATED),
    Entry("tests/gen/test_callers.py", Owner.GENERATED),
    Entry("tests/gen/test_client.py", Owner.GENERATED),
    Entry("tests/gen/test_fakes.py", Owner.GENERATED),
    Entry("tests/gen/test_limits.py", Owner.GENERATED),
    Entry("tests/gen/test_process.py", Owner.GENERATED),
    Entry("tests/gen/test_requests.py", Owner.GENERATED),
    Entry("tests/gen/test_resilience.py", Owner.GENERATED),
    Entry("tests/gen/test_server.py", Owner.GENERATED),
    Entry("tests/gen/test_telemetry.py", Owner.GENERATED),
    Entry("tests/issuer.py", Owner.MERGED),
    Entry("tests/service.py", Owner.MERGED),
    Entry("tests/calls.py", Owner.MERGED),
    Entry("tests/messages.py", Owner.MERGED),
    Entry("tests/rules.py", Owner.MERGED),
    Entry("tests/fuzz.py", Owner.MERGED),
    Entry("tests/strategies.py", Owner.MERGED),
)
"""Files that earlier versions generated: the lock of a project may still name them. What leaves `FILES` goes here."""

RUNTIME, TESTING = "src/{package}/runtime", "tests/_runtime"
"""The folders of the runtime and of its test helpers."""

FACES = ("core", "errors", "settings", "interceptors", "server", "client", "version", "sbom")
"""The modules of the runtime that a project may import."""

COMPONENTS: Mapping[str, str | None] = {
    "": None,
    "core": None,
    "settings": None,
    "jwt": None,
    "redis": None,
    "interceptors": None,
    "server": None,
    "client": "client",
    "testing": None,
}
"""The folders of the runtime's sources, and the part of a project that each belongs to; ``""``: the files beside them."""


def runtime_path(source: str, package: str) -> str:
    """Return where a source file of the runtime, such as ``core/call.py``, is copied to."""
    folder, _, rest = source.partition("/")
    return f"{TESTING}/{rest}" if folder == "testing" else f"{RUNTIME.format(package=package)}/{source}"


def is_runtime_path(path: str) -> bool:
    """Return whether a path of a project is one of the runtime's, or of what it has for tests."""
    return re.match(rf"src/[^/]+/runtime/|{TESTING}/", path) is not None


def runtime_part(source: str) -> str | None:
    """Return the part that a source file of the runtime belongs to; None if every project has it."""
    return COMPONENTS[source.rpartition("/")[0].partition("/")[0]]


MESSAGES_ONLY = tuple(entry for entry in FILES if entry.path.endswith(("gen/__init__.py", "docs/api.md")))
"""The files of a project without a service."""


def handlers_folder(package: str) -> str:
    """Return the folder with the handlers of a package."""
    return _HANDLERS.format(package=package)
