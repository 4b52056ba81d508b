"""Every pair of answers produces a complete project; a few projects cover all pairs.

    pytest tests/copier/test_answers.py --all-answers

checks all of them as the user would (`make soak` does); without it, a few.
"""

from itertools import combinations
from pathlib import Path

import pytest

from protoc_gen_pyservice.model.project_names import package_name
from tests.copier.harness import new
from tests.copier.pairs import pairwise
from tests.support.command import run, scripts
from tests.support.own_tests import own_tests
from tests.support.types import Typed
from tools import reserved_names

ANSWERS = {
    "start": ("unary", "server_stream", "client_stream", "both_streams", "orderbook", "mine"),
    "handlers": ("async", "sync"),
    "auth": ("none", "jwt", "api_key", "mtls"),
    "deploy": (
        "[container, kubernetes, istio, envoy, monitoring, canary, load]",
        "[]",
        "[container]",
        "[container, kubernetes, monitoring]",
        "[container, kubernetes, istio, canary]",
        "[envoy, load]",
    ),
    "ci": ("true", "false"),
    "name": ("shop", "Web-Shop", "email"),
}

PAIRS = pairwise(ANSWERS)
FEW = 3

PROTO = 'syntax = "proto3";\npackage acme.v1;\nmessage Empty {}\nservice Acme { rpc Do(Empty) returns (Empty); }\n'


def test_every_two_answers_meet() -> None:
    """No pair is left out, and far fewer projects are made than there are combinations."""
    for one, two in combinations(ANSWERS, 2):
        met = {(row[one], row[two]) for row in PAIRS}
        assert met == {(a, b) for a in ANSWERS[one] for b in ANSWERS[two]}
    assert len(PAIRS) < 50


@pytest.mark.parametrize("number", range(len(PAIRS)))
def test_a_combination_is_whole(number: int, tmp_path: Path, typed: Typed, pytestconfig: pytest.Config) -> None:
    """It is generated and settled, its tests, lint and types pass, and it says how to ask callers who they are."""
    if number >= FEW and not pytestconfig.getoption("--all-answers"):
        pytest.skip("only with --all-answers, as in make soak")
    row = dict(PAIRS[number])
    (tmp_path / "acme.proto").write_text(PROTO)
    row |= {"proto": str(tmp_path / "acme.proto")} if row["start"] == "mine" else {}
    answers = [f"--data={name}={value}" for name, value in row.items()]
    new(tmp_path, "project", "--defaults", "--no-git", *answers)
    project = tmp_path / "project"
    for check in ("ruff check .", "black --check --quiet .", "pyservice generate --check"):
        tool, *arguments = check.split()
        done = run([scripts() / tool, *arguments], project, timeout=600)
        assert done.returncode == 0, f"{check}\n{done.said}"
    done = typed(project)
    assert done.returncode == 0, done.said
    done = own_tests(project)
    assert done.returncode == 0, done.said
    package = package_name(row["name"].lower())
    assert (project / "src" / package).is_dir()
    assert (project / "development.env").exists() == (row["auth"] != "none")


def test_names_that_would_hide_a_module_are_known() -> None:
    """copier.yml knows each name that the generator would not use as it is; tools/reserved_names.py writes them."""
    assert reserved_names.packages() <= reserved_names.listed("names")
    assert reserved_names.distributions() == reserved_names.listed("distributions")
    assert [name for name in sorted(reserved_names.listed("names")) if name == "shop" or name.startswith("my_")] == []
