"""The rules, the alerts and the dashboard: with promtool, and with a real Prometheus that scrapes the real service."""

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml

from tests.deploy.library import SERVICE, Library, Running
from tests.deploy.prometheus import Prometheus, accelerated, running, tool, until
from tests.server.certificate_authority import LOCALHOST, CertificateAuthority
from tests.support.command import run

SOON = 30.0
"""Seconds until Prometheus has seen something, at most."""


def monitoring(library: Library) -> Path:
    """The folder with everything."""
    return library.folder / "deploy" / "monitoring"


# --------------------------------------------------------------------------------------- promtool


def test_promtool_finds_nothing(library: Library) -> None:
    """`promtool check rules` accepts all of them."""
    done = run([tool("promtool"), "check", "rules", "rules.yaml"], monitoring(library))
    assert done.returncode == 0, done.said


def test_alerts_fire_when_they_should(library: Library) -> None:
    """`promtool test rules`: the project's own tests, with the real windows of up to three days."""
    done = run([tool("promtool"), "test", "rules", "rules_test.yaml"], monitoring(library))
    assert done.returncode == 0, done.said


def test_every_alert_has_a_test_for_both(library: Library) -> None:
    """In rules_test.yaml each alert fires once at least, and once does not."""
    rules = yaml.safe_load((monitoring(library) / "rules.yaml").read_text())
    tests = yaml.safe_load((monitoring(library) / "rules_test.yaml").read_text())["tests"]
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"] if "alert" in rule}
    shown = {(test["alertname"], bool(test.get("exp_alerts"))) for each in tests for test in each["alert_rule_test"]}
    assert shown >= {(alert, True) for alert in alerts}
    assert {alert for alert, fires in shown if not fires} >= alerts - {"RpcMethodSlow"}


def test_a_changed_window_is_noticed(library: Library, tmp_path: Path) -> None:
    """The project's tests fail where the threshold of an alert was changed by mistake."""
    for name in ("rules.yaml", "rules_test.yaml"):
        text = (monitoring(library) / name).read_text()
        (tmp_path / name).write_text(text.replace("6 * 0.001", "60 * 0.001"))
    done = run([tool("promtool"), "test", "rules", "rules_test.yaml"], tmp_path)
    assert done.returncode == 1
    assert "RpcErrorBudgetBurnSlow" in done.said


def test_both_have_the_same_rules(library: Library) -> None:
    """What is for the operator and what is for Prometheus itself cannot differ."""
    plain = yaml.safe_load((monitoring(library) / "rules.yaml").read_text())
    monitor, rule = yaml.safe_load_all((monitoring(library) / "kubernetes.yaml").read_text())
    assert rule["spec"] == plain
    assert (monitor["kind"], rule["kind"]) == ("ServiceMonitor", "PrometheusRule")


def test_the_rules_are_looked_at_on_this_machine_too(library: Library, tmp_path: Path) -> None:
    """compose.yaml hands Prometheus the rules, which know the service by the job that it is scraped as."""
    configs = yaml.safe_load((library.folder / "compose.yaml").read_text())["configs"]
    rules = library.folder / configs["rules"]["file"]
    text = configs["prometheus"]["content"]
    assert yaml.safe_load(text)["scrape_configs"][0]["job_name"] == "library"
    (tmp_path / "prometheus.yml").write_text(text.replace("/etc/prometheus/rules.yaml", str(rules)))
    done = run([tool("promtool"), "check", "config", "prometheus.yml"], tmp_path)
    assert done.returncode == 0, done.said
    assert "20 rules found" in done.said
    assert 'job="library"' in rules.read_text()


# -------------------------------------------------------------------------------------- dashboard


def dashboard(library: Library) -> Any:
    """The dashboard as Grafana reads it."""
    return json.loads((monitoring(library) / "dashboard.json").read_text())


def panels(board: Any) -> Iterator[Any]:
    """Each panel, those in rows too."""
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", ())


def test_panels_stand_beside_each_other(library: Library) -> None:
    """Every panel has an id of its own and a place that no other has, on a grid of 24 columns."""
    board = dashboard(library)
    ids = [panel["id"] for panel in panels(board)]
    assert len(ids) == len(set(ids))
    for shown in (board["panels"], *(panel["panels"] for panel in board["panels"] if "panels" in panel)):
        cells = [
            (x, y)
            for where in (panel["gridPos"] for panel in shown)
            for x in range(where["x"], where["x"] + where["w"])
            for y in range(where["y"], where["y"] + where["h"])
        ]
        assert len(cells) == len(set(cells))
        assert max(x for x, _ in cells) < 24


def test_rows_are_for_services_and_methods(library: Library) -> None:
    """One row is repeated for each service and one for each method: the file is the same for any number of them."""
    repeated = {panel["repeat"] for panel in dashboard(library)["panels"] if "repeat" in panel}
    assert repeated == {"service", "method"}
    assert SERVICE not in (monitoring(library) / "dashboard.json").read_text()


def test_the_picture_shows_it(library: Library) -> None:
    """docs/dashboard.svg has every panel; `python -m tools.dashboard` draws it anew."""
    drawn = (Path(__file__).parents[2] / "docs" / "dashboard.svg").read_text()
    named = {"$service": SERVICE, "$method": f"{SERVICE}/WatchBooks"}
    titles = {panel["title"] for panel in panels(dashboard(library))}
    for title in titles:
        shown = title
        for variable, value in named.items():
            shown = shown.replace(variable, value)
        assert f"{shown}</text>" in drawn
    assert "No data" not in drawn


def expressions(library: Library) -> Iterator[tuple[str, str]]:
    """Title and query of everything that the dashboard shows, its variables filled in."""
    service = SERVICE.replace(".", "\\\\.")
    values = {
        "$namespace": ".*",
        "$job": "library",
        "$service": service,
        "$method": f"({service}/Fail|{service}/WatchBooks)",
        "$__rate_interval": "4s",
    }
    for panel in panels(dashboard(library)):
        for target in panel.get("targets", ()):
            expression = target["expr"]
            for name, value in values.items():
                expression = expression.replace(name, value)
            yield panel["title"], expression


# ------------------------------------------------------------------------------- a real Prometheus


@dataclass(slots=True)
class Load:
    """Calls that go on until they are stopped."""

    instances: tuple[Running, Running]
    channels: tuple[grpc.Channel, grpc.Channel]
    ended: threading.Event = field(default_factory=threading.Event)
    failing: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """A round of calls, again and again: good ones, mistakes of callers, and from some time on failures."""
        while not self.ended.wait(0.02):
            for channel in self.channels:
                self._call(channel, "GetBook", b"")
                self._call(channel, "CreateBook", b"")  # without a title: INVALID_ARGUMENT
                self._call(channel, "Burn", b"")  # there is no such method
                if self.failing.is_set():
                    self._call(channel, "Fail", b"\x0a\x03bug")

    def stream(self) -> None:
        """Streams, one after another; and one instance that calls the other."""
        where = f"127.0.0.1:{self.instances[1].port}".encode()
        relay = b"\x0a\x05there\x1a" + bytes([len(where)]) + where
        while not self.ended.is_set():
            with suppress(grpc.RpcError):
                watch: Any = self.channels[1].unary_stream(f"/{SERVICE}/WatchBooks")
                list(watch(b"\x08\x05", timeout=5))
            self._call(self.channels[1], "Fail", relay)

    def wait(self) -> None:
        """Calls that take three seconds, from some time on."""
        self.failing.wait()
        while not self.ended.is_set():
            self._call(self.channels[0], "Fail", b"\x10\xb8\x17")

    def _call(self, channel: grpc.Channel, method: str, request: bytes) -> None:
        call: Any = channel.unary_unary(f"/{SERVICE}/{method}")
        with suppress(grpc.RpcError, ValueError):
            call(request, timeout=5)


WAITERS, LIMIT = 9, 10
"""Long calls at once, and calls that an instance takes."""


@contextmanager
def load(library: Library, folder: Path) -> Iterator[Load]:
    """Two instances under load, the first of them with a certificate for a day."""
    authority = CertificateAuthority()
    secure = authority.issue("library", LOCALHOST).write(folder, "server")
    credentials = grpc.ssl_channel_credentials(authority.certificate)
    with (
        library.running(folder / "first", MAX_CONCURRENT_RPCS=LIMIT, **secure) as first,
        library.running(folder / "second") as second,
        grpc.secure_channel(f"localhost:{first.port}", credentials) as safe,
        grpc.insecure_channel(f"127.0.0.1:{second.port}") as plain,
        ThreadPoolExecutor(WAITERS + 2) as threads,
    ):
        now = Load((first, second), (safe, plain))
        try:
            for _ in range(WAITERS):
                threads.submit(now.wait)
            threads.submit(now.run)
            threads.submit(now.stream)
            yield now
        finally:
            now.failing.set()
            now.ended.set()


BURNING = {"RpcErrorBudgetBurnFast", "RpcErrorBudgetBurnSlow", "RpcErrorBudgetBurnLasting"}
EXPIRING = {"RpcCertificateExpires", "RpcCertificateExpiresSoon"}
GONE = {"RpcServiceAbsent", "RpcInstanceDown"}


def test_prometheus_sees_it_all(library: Library, tmp_path: Path) -> None:
    """Each rule evaluates, each query of the dashboard has data, and each alert fires for its reason, not before.

    Windows and waiting times are seconds here; promtool's tests have the real ones.
    """
    tool("prometheus")
    rules = accelerated((monitoring(library) / "rules.yaml").read_text())
    with (
        load(library, tmp_path) as calls,
        running(rules, [each.metrics for each in calls.instances], tmp_path) as prometheus,
    ):
        # The certificate is good for a day; mistakes of callers burn no budget.
        until(lambda: prometheus.firing() >= EXPIRING, SOON)
        until(lambda: len(prometheus.query("job:rpc_server_faults:ratio3d")) == 1, SOON)
        assert prometheus.query('method_code:rpc_server_calls:rate5m{rpc_response_status_code="INVALID_ARGUMENT"} > 0')
        assert prometheus.firing() == EXPIRING, prometheus.get("alerts")
        calls.failing.set()
        expected = {*BURNING, *EXPIRING, "RpcSaturated", "RpcMethodSlow"}
        until(lambda: prometheus.firing() >= expected, SOON)
        assert prometheus.firing() == expected, prometheus.get("alerts")
        assert_rules_evaluate(prometheus)
        assert_shows_everything(library, prometheus)
        for instance in calls.instances:
            instance.kill()
        until(lambda: prometheus.firing() >= GONE, SOON)


def assert_rules_evaluate(prometheus: Prometheus) -> None:
    """No rule has an error, and each one that records has recorded something."""
    for rule in prometheus.rules():
        assert rule["health"] == "ok", rule
        if rule["type"] == "recording":
            assert prometheus.query(rule["name"]), rule


def assert_shows_everything(library: Library, prometheus: Prometheus) -> None:
    """Every query of the dashboard has data, its variables too."""
    empty = [shown for shown in expressions(library) if not prometheus.query(shown[1])]
    assert empty == []
    for variable in dashboard(library)["templating"]["list"]:
        match = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"])
        if match and variable["name"] != "namespace":  # which only Kubernetes gives
            selector = match[1].replace("$job", "library").replace("$service", ".+")
            values = prometheus.get(f"label/{match[2]}/values", **{"match[]": selector})
            found = [m for value in values if (m := re.search(variable.get("regex", "").strip("/") or ".*", value))]
            assert found, variable
            if variable["name"] == "service":
                assert {m[1].replace("\\", "") for m in found} == {SERVICE}


@pytest.fixture(autouse=True)
def _no_warning_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls that break off when a service is killed are meant to."""
    monkeypatch.setenv("GRPC_VERBOSITY", "NONE")
