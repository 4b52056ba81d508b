"""What the manifests say is what the service does: the same ports, times, names and policies."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from protoc_gen_pyservice.model import deployment
from tests.deploy.harness import CHOICES, Rendered, Shop, real, values
from tests.support.command import run

each_choice = pytest.mark.parametrize("choice", CHOICES)


@each_choice
def test_ports_are_those_of_the_service(choices: Mapping[str, Rendered], choice: str) -> None:
    """What the service listens on, the pod opens, the Service leads to, and the probes ask."""
    found = choices[choice]
    (container,) = found.pod["containers"]
    opened = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
    listens = {name: found.settings[f"{name.upper()}_PORT"] for name in ("grpc", "health", "metrics")}
    assert opened == listens
    assert {str(port["port"]) for port in found.one("Service", "shop")["spec"]["ports"]} == {
        listens["grpc"],
        listens["metrics"],
    }
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert str(container[probe]["grpc"]["port"]) == listens["health"]


@each_choice
def test_pods_live_as_long_as_they_need_to_stop(choices: Mapping[str, Rendered], choice: str) -> None:
    """preStop, drain, grace, and something to spare; the grace is the longest time a method may take."""
    found = choices[choice]
    pause = found.pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain, grace = int(found.settings["SHUTDOWN_DRAIN"]), int(found.settings["SHUTDOWN_GRACE"])
    assert grace == 45  # Cart/Checkout
    assert found.pod["terminationGracePeriodSeconds"] >= pause + drain + grace + 5


@each_choice
def test_settings_are_accepted(choices: Mapping[str, Rendered], choice: str, shop: Shop, tmp_path: Path) -> None:
    """The service starts with what the ConfigMap says, with the files that are mounted where it says."""
    settings = dict(choices[choice].settings)
    for name, value in settings.items():
        if name.endswith("_FILE"):
            file = tmp_path / value.strip("/").replace("/", "-")
            file.write_text("#", encoding="utf-8")
            settings[name] = str(file)
    env = {**settings, "PYTHONPATH": str(shop.folder / "src")}
    code = "from shop.runtime.settings import load; from shop.settings import Settings; load(Settings)"
    finished = run(["python", "-c", code], tmp_path, env)
    assert finished.returncode == 0, finished.said


@each_choice
def test_files_are_mounted(choices: Mapping[str, Rendered], choice: str) -> None:
    """Every file that a setting names lies in a folder that is mounted, read only."""
    found = choices[choice]
    mounts = {mount["mountPath"]: mount for mount in found.pod["containers"][0]["volumeMounts"]}
    for name, value in found.settings.items():
        if name.endswith("_FILE"):
            assert mounts[value.rpartition("/")[0]]["readOnly"], name


@each_choice
def test_never_plaintext_by_accident(choices: Mapping[str, Rendered], choice: str) -> None:
    """Plaintext is for a machine of one's own and inside of a mesh; anything else has mutual TLS."""
    found = choices[choice]
    plaintext = found.settings.get("ALLOW_PLAINTEXT") == "true"
    strict = found.has("PeerAuthentication") and found.one("PeerAuthentication")["spec"]["mtls"]["mode"] == "STRICT"
    assert plaintext == (choice == "dev" or strict)
    assert plaintext != ("CA_CERT_FILE" in found.settings)
    assert (found.settings["AUTH_MODE"] == "none") == (choice == "dev")


@each_choice
def test_nothing_is_left_to_fill_in(choices: Mapping[str, Rendered], choice: str) -> None:
    """No placeholder for a namespace or a setting gets into a cluster."""
    found = values(list(choices[choice].manifests))
    left = [value for value in found if re.search(r"NAMESPACE|\bAUTH_[A-Z]+\b", str(value))]
    assert left == []


def test_certificate_is_for_the_names_that_callers_use(choices: Mapping[str, Rendered]) -> None:
    """Those of both Services in the overlay's namespace."""
    names = choices["staging"].one("Certificate", "shop")["spec"]["dnsNames"]
    assert {"shop.shop-staging.svc.cluster.local", "shop-headless.shop-staging.svc.cluster.local"} <= set(names)
    assert "shop.shop-prod.svc" in choices["prod"].one("Certificate", "shop")["spec"]["dnsNames"]


def test_an_overlay_without_tls_does_not_start(own_shop: Shop, tmp_path: Path) -> None:
    """Without the mtls component and without a mesh the service refuses to start, and says why."""
    real("kubectl", "https://kubernetes.io/docs/tasks/tools/")
    own_shop.choose("prod", ())
    settings = Rendered(tuple(yaml.safe_load_all(own_shop.render("prod").stdout))).settings
    env = {**settings, "PYTHONPATH": str(own_shop.folder / "src")}
    finished = run(["python", "-m", "shop"], tmp_path, env)
    assert finished.returncode == 2
    assert "GRPC_HOST=0.0.0.0 would serve plaintext to other machines" in finished.stderr


# ------------------------------------------------------------------------------------------- the mesh


def route(choices: Mapping[str, Rendered], path: str) -> Any:
    """The route that a call takes."""
    routes = choices["mesh"].one("VirtualService")["spec"]["http"]
    return next(
        r for r in routes if path in [match["uri"]["exact"] for match in r.get("match", [])] or "match" not in r
    )


@pytest.mark.parametrize(
    ("path", "timeout"),
    [
        ("/shop.v1.Cart/Show", "31s"),
        ("/shop.v1.Cart/Add", "3500ms"),
        ("/shop.v1.Cart/Checkout", "46s"),
        ("/shop.v1.Catalog/List", "0s"),
        ("/shop.v1.Catalog/Upload", "31s"),
        ("/shop.v1.Catalog/Find", "31s"),
        ("/grpc.health.v1.Health/Check", "31s"),
    ],
)
def test_mesh_waits_as_declared(choices: Mapping[str, Rendered], path: str, timeout: str) -> None:
    """A second longer than the service; what a pod may have seen is for clients to send again, or attempts multiply."""
    found = route(choices, path)
    assert found["timeout"] == timeout
    assert found["retries"]["retryOn"] == "connect-failure,refused-stream"


ANYBODY: Mapping[str, list[str]] = {}
CUSTOMER = {"request.auth.claims[roles]": ["customer"]}


@pytest.mark.parametrize(
    ("path", "token", "claims"),
    [
        ("/shop.v1.Catalog/List", False, ANYBODY),
        ("/shop.v1.Catalog/Find", True, ANYBODY),
        ("/shop.v1.Cart/Show", True, CUSTOMER),
        ("/shop.v1.Cart/Checkout", True, CUSTOMER),
        ("/grpc.health.v1.Health/Check", False, ANYBODY),
    ],
)
def test_mesh_lets_in_whom_the_policies_name(
    choices: Mapping[str, Rendered], path: str, token: bool, claims: Mapping[str, list[str]]
) -> None:
    """Each method is in one rule, with the roles that it asks for; every scope is a condition of its own."""
    policy = choices["mesh"].one("AuthorizationPolicy")["spec"]
    (rule,) = [rule for rule in policy["rules"] if path in rule["to"][0]["operation"]["paths"]]
    assert rule["to"][0]["operation"]["ports"] == ["50051"]
    assert ("from" in rule) == token
    conditions = [(when["key"], when["values"]) for when in rule.get("when", [])]
    scopes = [value for key, value in conditions if key == "request.auth.claims[scope]"]
    assert {key: value for key, value in conditions if "roles" in key} == claims
    assert scopes == ([["orders:write"], ["payments:write"]] if "Checkout" in path else [])


def test_mesh_denies_everything_else(choices: Mapping[str, Rendered]) -> None:
    """No rule has a pattern, so that reflection and whatever else is served stays inside."""
    policy = choices["mesh"].one("AuthorizationPolicy")["spec"]
    assert policy["action"] == "ALLOW"
    paths = [path for rule in policy["rules"] for path in rule["to"][0]["operation"]["paths"]]
    assert not [path for path in paths if "*" in path or "Reflection" in path]
    assert len(paths) == len(set(paths)) == 9


def test_mesh_knows_the_issuer_of_the_service(choices: Mapping[str, Rendered]) -> None:
    """Issuer, audience and keys are written once."""
    settings = choices["mesh"].settings
    (rule,) = choices["mesh"].one("RequestAuthentication")["spec"]["jwtRules"]
    assert rule["issuer"] == settings["AUTH_ISSUER"]
    assert rule["audiences"] == [settings["AUTH_AUDIENCE"]]
    assert rule["jwksUri"] == settings["AUTH_JWKS_URL"]


# ----------------------------------------------------------------------------------------- the canary


def test_canary_moves_every_route_of_the_mesh(choices: Mapping[str, Rendered]) -> None:
    """A route that it forgot would send nothing to the version on trial."""
    routes = choices["canary-mesh"].one("VirtualService")["spec"]["http"]
    steered = choices["canary-mesh"].one("Rollout")["spec"]["strategy"]["canary"]["trafficRouting"]["istio"]
    assert steered["virtualService"]["routes"] == [route["name"] for route in routes]
    for route_ in routes:
        assert [(to["destination"]["subset"], to["weight"]) for to in route_["route"]] == [
            ("stable", 100),
            ("canary", 0),
        ]


@pytest.mark.parametrize("choice", ["canary", "canary-mesh", "canary-gateway"])
def test_canary_is_scaled(choices: Mapping[str, Rendered], choice: str) -> None:
    """The autoscaler follows the Rollout, which takes its pods from the Deployment."""
    found = choices[choice]
    assert found.one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["kind"] == "Rollout"
    assert found.one("Rollout")["spec"]["workloadRef"]["name"] == found.one("Deployment")["metadata"]["name"]
    assert "replicas" not in found.one("Rollout")["spec"]


def test_canary_without_calls_proves_nothing(choices: Mapping[str, Rendered]) -> None:
    """Where there is no number neither condition holds: the roll-out waits for the user."""
    for metric in choices["canary"].one("AnalysisTemplate")["spec"]["metrics"]:
        assert metric["successCondition"].startswith("len(result) > 0 && "), metric["name"]
        assert metric["failureCondition"] == "false" or metric["failureCondition"].startswith("len(result) > 0 && ")
        assert metric["inconclusiveLimit"] == 0


# --------------------------------------------------------------------------------------- make, numbers


def test_an_environment_that_is_not_there(shop: Shop) -> None:
    """It is named, with those that are."""
    assert "unknown environment 'prdo': ENV can be dev prod staging" in shop.render("prdo").stdout


def test_no_deployment_without_an_image(shop: Shop) -> None:
    """Without a digest in the overlay, make deploy touches no cluster."""
    real("kubectl", "https://kubernetes.io/docs/tasks/tools/")
    finished = run(["make", "--no-print-directory", "deploy", "ENV=prod"], shop.folder)
    assert finished.returncode != 0
    assert "deploy/kubernetes/overlays/prod/kustomization.yaml does not name an image yet" in finished.stdout


def test_no_deployment_without_a_cluster(shop: Shop, tmp_path: Path) -> None:
    """Nor does it guess one."""
    real("kubectl", "https://kubernetes.io/docs/tasks/tools/")
    command = ["make", "--no-print-directory", "deploy", "ENV=dev"]
    finished = run(command, shop.folder, {"KUBECONFIG": str(tmp_path / "none")})
    assert finished.returncode != 0
    assert finished.stdout == "kubectl has no current cluster: kubectl config use-context NAME\n"


def test_defaults_of_settings_and_manifests_are_one(shop: Shop) -> None:
    """A port or a time limit that differs from what manifests say would be found in production only."""
    text = shop.text("src/shop/gen/defaults.py")
    assert f"grpc_port: int = Field(default={deployment.GRPC_PORT}," in text
    assert f"metrics_port: int = Field(default={deployment.METRICS_PORT}," in text
    assert f"default_timeout: float = Field(default={deployment.DEFAULT_TIMEOUT_SECONDS}.0," in text
    assert f"shutdown_grace: float = Field(default={deployment.SHUTDOWN_GRACE_SECONDS}.0," in text
