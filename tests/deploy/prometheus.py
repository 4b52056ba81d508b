"""A real Prometheus with the generated rules, in which minutes are made seconds."""

import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.gateway import free_ports
from tests.deploy.library import START
from tests.support.command import environment

_CALL = 10.0
_SECONDS = {"5m": "4s", "30m": "6s", "1h": "8s", "6h": "10s", "3d": "12s"}
"""What the windows of the rules become; their order stays."""

_CONFIG = """\
global:
  scrape_interval: 500ms
  scrape_timeout: 500ms
  evaluation_interval: 500ms
rule_files: [rules.yaml]
scrape_configs:
  - job_name: library
    static_configs:
      - targets: [{targets}]
"""


def tool(name: str) -> str:
    """The path of a tool of Prometheus's. Skips the test where it is not there."""
    found = shutil.which(name, path=environment()["PATH"])
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install prometheus")
    return found


def accelerated(rules: str) -> str:
    """The rules with each window and each waiting time made short."""
    rules = re.sub(r"\[(\w+)\]", lambda window: f"[{_SECONDS[window[1]]}]", rules)
    return re.sub(r"for: \d+m", "for: 2s", rules)


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A Prometheus that answers."""

    port: int

    def get(self, path: str, **parameters: str) -> Any:
        """What its API says. Raises AssertionError with its words if that is an error."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=_CALL) as reply:
                return json.load(reply)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def query(self, expression: str) -> list[Any]:
        """Return the current samples of an expression, without NaN."""
        found = self.get("query", query=expression)["result"]
        return [sample for sample in found if sample["value"][1] != "NaN"]

    def rules(self) -> list[dict[str, Any]]:
        """Every rule with its state."""
        return [rule for group in self.get("rules")["groups"] for rule in group["rules"]]

    def firing(self) -> set[str]:
        """The alerts that are firing."""
        return {alert["labels"]["alertname"] for alert in self.get("alerts")["alerts"] if alert["state"] == "firing"}


@contextmanager
def running(rules: str, targets: Sequence[int], folder: Path) -> Iterator[Prometheus]:
    """Scrape these ports of this machine while the context is open."""
    binary = tool("prometheus")
    listed = ", ".join(f'"127.0.0.1:{port}"' for port in targets)
    (folder / "rules.yaml").write_text(rules)
    (folder / "prometheus.yaml").write_text(_CONFIG.format(targets=listed))
    (port,) = free_ports(1)
    command = [
        binary,
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--query.lookback-delta=3s",
        "--log.level=warn",
    ]
    log = folder / "prometheus.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=out, stderr=out)
    try:
        prometheus = Prometheus(port)
        until(lambda: process.poll() is not None or _answers(prometheus), START)
        assert process.poll() is None, log.read_text()
        yield prometheus
    finally:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool], within: float) -> None:
    """Wait until a condition holds. Raises AssertionError if it does not in time."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)


def _answers(prometheus: Prometheus) -> bool:
    """It listens a while before it is ready, and says 503 meanwhile."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{prometheus.port}/-/ready", timeout=_CALL):
            return True
    except OSError:
        return False
