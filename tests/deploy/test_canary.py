"""What the canary asks Prometheus, evaluated: which versions go on, which go back, and which wait for the user."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.harness import Rendered
from tests.deploy.prometheus import tool
from tests.support.command import run

ARGS = {"pods": "7d9f", "namespace": "shop-prod"}
COUNT, BUCKET = "rpc_server_call_duration_seconds_count", "rpc_server_call_duration_seconds_bucket"
ON_TRIAL, OLD, ELSEWHERE = ("shop-7d9f-abcde", "shop-prod"), ("shop-55c4-fghij", "shop-prod"), ("shop-7d9f-x", "other")

Calls = tuple[tuple[str, str], str, str, str, str, int]
"""Whose they are, their method, status and error_type, the bucket they fall into, and how many a minute."""

ADD = "shop.v1.Cart/Add"
GOOD: Calls = (ON_TRIAL, ADD, "OK", "", "0.1", 60)


@pytest.mark.parametrize(
    ("calls", "answers"),
    [
        pytest.param([GOOD], {"traffic": "yes", "errors": "yes", "latency": "yes"}, id="all is well"),
        pytest.param(
            [GOOD, (ON_TRIAL, ADD, "INTERNAL", "INTERNAL", "0.1", 6)],
            {"traffic": "yes", "errors": "no", "latency": "yes"},
            id="one call in eleven fails",
        ),
        pytest.param(
            [GOOD, (ON_TRIAL, ADD, "OK", "", "2.5", 6)],
            {"traffic": "yes", "errors": "yes", "latency": "no"},
            id="one call in eleven takes seconds",
        ),
        pytest.param(
            [GOOD, (ON_TRIAL, ADD, "NOT_FOUND", "", "0.1", 600)],
            {"traffic": "yes", "errors": "yes", "latency": "yes"},
            id="callers who ask for what is not there are no fault of the service",
        ),
        pytest.param(
            [GOOD, (ON_TRIAL, "_OTHER", "UNIMPLEMENTED", "UNIMPLEMENTED", "0.1", 600)],
            {"traffic": "yes", "errors": "yes", "latency": "yes"},
            id="nor are those who make methods up",
        ),
        pytest.param(
            [GOOD, (OLD, ADD, "INTERNAL", "INTERNAL", "10", 600), (ELSEWHERE, ADD, "INTERNAL", "INTERNAL", "10", 600)],
            {"traffic": "yes", "errors": "yes", "latency": "yes"},
            id="the old version and other namespaces do not count",
        ),
        pytest.param(
            [(OLD, ADD, "OK", "", "0.1", 600)],
            {"traffic": "nothing", "errors": "nothing", "latency": "nothing"},
            id="no calls yet",
        ),
        pytest.param(
            [(ON_TRIAL, ADD, "OK", "", "0.1", 0)],
            {"traffic": "nothing", "errors": "nothing", "latency": "nothing"},
            id="no more calls",
        ),
        pytest.param(
            [(ON_TRIAL, ADD, "OK", "", "0.1", 3)],
            {"traffic": "nothing", "errors": "yes", "latency": "yes"},
            id="three calls a minute are too few to go by",
        ),
    ],
)
def test_analysis(choices: Mapping[str, Rendered], calls: list[Calls], answers: dict[str, str], tmp_path: Path) -> None:
    """``yes`` goes on, ``no`` rolls back, ``nothing`` waits for the user."""
    template = choices["canary"].one("AnalysisTemplate")["spec"]
    args = {arg["name"]: arg.get("value", ARGS.get(arg["name"])) for arg in template["args"]}
    for metric in template["metrics"]:
        query = filled(metric["provider"]["prometheus"]["query"], args)
        answer = answers[metric["name"]]
        success, failure = (filled(metric[f"{kind}Condition"], args) for kind in ("success", "failure"))
        # Each condition is put as a question to Prometheus: whether it has a sample, and on which side of the limit.
        assert holds(query, success, calls, tmp_path) == (answer == "yes"), metric["name"]
        assert holds(query, failure, calls, tmp_path) == (answer == "no"), metric["name"]


def filled(text: str, args: Mapping[str, Any]) -> str:
    """A text with its arguments."""
    for name, value in args.items():
        text = text.replace("{{args." + name + "}}", str(value))
    assert "{{" not in text
    return text


def holds(query: str, condition: str, calls: list[Calls], folder: Path) -> bool:
    """Whether a condition holds for what a query gives."""
    if condition == "false":
        return False
    comparison = condition.removeprefix("len(result) > 0 && result[0] ")
    assert comparison != condition
    test = {
        "rule_files": [],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": list(series(calls)),
                "promql_expr_test": [
                    {
                        "expr": f"count(({query}) {comparison})",
                        "eval_time": "10m",
                        "exp_samples": [{"labels": "{}", "value": 1}],
                    }
                ],
            }
        ],
    }
    path = folder / "test.yaml"
    path.write_text(yaml.safe_dump(test), encoding="utf-8")
    finished = run([tool("promtool"), "test", "rules", path.name], folder)
    assert finished.returncode == 0 or "got: nil" in finished.said, finished.said
    return finished.returncode == 0


def series(calls: list[Calls]) -> list[dict[str, str]]:
    """What Prometheus has scraped of these calls."""
    found = []
    for (pod, namespace), method, code, error, bound, each_minute in calls:
        labels = f'namespace="{namespace}",pod="{pod}",rpc_method="{method}",rpc_response_status_code="{code}"'
        labels += f',error_type="{error}"' if error else ""
        found.append({"series": f"{COUNT}{{{labels}}}", "values": f"0+{each_minute}x20"})
        for edge in ("0.1", "2.5", "10", "+Inf"):
            inside = each_minute if float(edge) >= float(bound) else 0
            found.append({"series": f'{BUCKET}{{{labels},le="{edge}"}}', "values": f"0+{inside}x20"})
    return found
