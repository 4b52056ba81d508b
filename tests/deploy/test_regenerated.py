"""An edit of a proto changes exactly the manifests that follow from it."""

import re

import pytest

from tests.deploy.harness import HERE, Shop, generate
from tests.support.command import run
from tests.support.snapshot import snapshot

PROTO = (HERE / "shop.proto").read_text(encoding="utf-8")

TRAFFIC, ACCESS = "deploy/istio/traffic.yaml", "deploy/istio/access.yaml"
ROUTES = "deploy/kubernetes/components/gateway/routes.yaml"
ROLES = "deploy/kubernetes/components/mtls/kustomization.yaml"
CANARY = "deploy/canary/istio/kustomization.yaml"
SETTINGS, WORKLOAD = "deploy/kubernetes/base/kustomization.yaml", "deploy/kubernetes/base/workload.yaml"
COMPOSE = "compose.yaml"


def replaced(old: str, new: str) -> str:
    """The proto with one thing changed."""
    assert PROTO.count(old) == 1
    return PROTO.replace(old, new)


@pytest.mark.parametrize(
    ("proto", "changed", "lines"),
    [
        pytest.param(
            PROTO + "\nservice Stock {\n  rpc Count(Item) returns (Item);\n}\n",
            {ACCESS, ROUTES},
            ['"/shop.v1.Stock/Count"', 'service: "shop.v1.Stock"'],
            id="a service: who may call it, and that it is reachable",
        ),
        pytest.param(
            replaced('{ roles: "customer" }', '{ roles: "customer" roles: "clerk" }'),
            {ACCESS, ROLES},
            ['- "clerk"', "Methods require these roles: clerk, customer."],
            id="a role",
        ),
        pytest.param(
            replaced("{ timeout: 2.5 audit: true }", "{ timeout: 3 audit: true }"),
            {TRAFFIC, CANARY},
            ["timeout: 4s", '- "within-3s"'],
            id="a time limit: the route, and its name for the canary",
        ),
        pytest.param(
            replaced("timeout: 45 ", "timeout: 90 "),
            {TRAFFIC, CANARY, SETTINGS, WORKLOAD, COMPOSE, "deploy/istio/kustomization.yaml"},
            ["timeout: 91s", "SHUTDOWN_GRACE=90", "terminationGracePeriodSeconds: 105"],
            id="the longest time limit: how long pods take to stop, too",
        ),
        pytest.param(
            replaced(
                "rpc Find(Item) returns (Item);", "rpc Find(Item) returns (Item);\n  rpc Get(Item) returns (Item);"
            ),
            {ACCESS},
            ['"/shop.v1.Catalog/Get"'],
            id="a method with nothing declared: one line",
        ),
        pytest.param(PROTO + "\nmessage Unused {}\n", set(), [], id="a message"),
    ],
)
def test_edit_of_the_proto(own_shop: Shop, proto: str, changed: set[str], lines: list[str]) -> None:
    """Everything else that is deployed stays as it is, to the byte."""
    before = snapshot(own_shop.folder)
    generate(own_shop.folder, proto)
    after = snapshot(own_shop.folder)
    deployed = {path for path in before.keys() | after.keys() if path.startswith("deploy/") or "/" not in path}
    code = {"deploy/envoy", "deploy/monitoring"}
    found = {
        path
        for path in deployed
        if before.get(path) != after.get(path) and path.rpartition("/")[0] not in code and path.endswith("yaml")
    }
    assert found == changed
    text = "".join(own_shop.text(path) for path in changed)
    assert [line for line in lines if line not in text] == []


EDITS = [
    (WORKLOAD, "memory: 256Mi", "memory: 1Gi"),
    (SETTINGS, '"LOG_FORMAT=json"', '"LOG_FORMAT=console"'),
    (ROUTES, "name: public", "name: our-gateway"),
    (ACCESS, "claims[roles]", "claims[realm_access][roles]"),
    (TRAFFIC, "maxEjectionPercent: 50", "maxEjectionPercent: 30"),
]


def test_user_edits_are_kept(own_shop: Shop) -> None:
    """Manifests are merged: a regeneration brings its lines, and leaves the user's."""
    for path, old, new in EDITS:
        text = own_shop.text(path)
        assert old in text
        (own_shop.folder / path).write_text(text.replace(old, new), encoding="utf-8")
    proto = PROTO.replace("timeout: 45 ", "timeout: 90 ") + "\nservice Stock {\n  rpc Count(Item) returns (Item);\n}\n"
    said = generate(own_shop.folder, proto).stderr
    assert "conflict" not in said
    for path, old, new in EDITS:
        assert old not in own_shop.text(path), path
        assert new in own_shop.text(path), path
    assert "SHUTDOWN_GRACE=90" in own_shop.text(SETTINGS)
    assert 'service: "shop.v1.Stock"' in own_shop.text(ROUTES)


def test_without_any_part_it_is_whole(own_shop: Shop) -> None:
    """Nothing that is deployed is left, and nothing that is left speaks of it."""
    settings = own_shop.folder / "pyservice.toml"
    written = re.sub(r"parts = \[[^]]*]", "parts = []", settings.read_text(encoding="utf-8"))
    settings.write_text(written, encoding="utf-8")
    finished = run(["pyservice", "generate"], own_shop.folder)
    assert finished.returncode == 0, finished.said
    assert not (own_shop.folder / "deploy").exists()
    assert not (own_shop.folder / "Dockerfile").exists()
    makefile = own_shop.text("Makefile")
    assert "kubectl" not in makefile
    assert "docker" not in makefile
