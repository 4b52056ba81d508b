"""Every manifest is what the cluster's own schemas ask for, in every supported version and without unknown fields."""

from collections.abc import Iterator, Mapping

import kubernetes_validate
import pytest

from tests.deploy import crds
from tests.deploy.harness import CHOICES, Manifest, Rendered

VERSIONS = ("1.33", "1.34", "1.35", "1.36", "1.37")

CUSTOM = {
    "argoproj.io",
    "cert-manager.io",
    "gateway.networking.k8s.io",
    "monitoring.coreos.com",
    "networking.istio.io",
    "security.istio.io",
}
"""The groups whose kinds are not Kubernetes' own."""


def is_custom(manifest: Manifest) -> bool:
    """Return whether a manifest's kind is a custom resource."""
    return manifest["apiVersion"].partition("/")[0] in CUSTOM


def distinct(choices: Mapping[str, Rendered]) -> Iterator[Manifest]:
    """Each different manifest of all choices once."""
    seen: list[Manifest] = []
    for choice in choices.values():
        for manifest in choice.manifests:
            if manifest not in seen:
                seen.append(manifest)
                yield manifest


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes(choices: Mapping[str, Rendered], version: str) -> None:
    """Strictly: a misspelt field would be ignored in silence."""
    for manifest in distinct(choices):
        if not is_custom(manifest):
            kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.deploy
def test_custom_resources(choices: Mapping[str, Rendered]) -> None:
    """By the definitions that Istio, Gateway API, cert-manager, Argo and the Prometheus operator install."""
    checked = [manifest for manifest in distinct(choices) if is_custom(manifest)]
    for manifest in checked:
        crds.check(manifest)
    assert {"Rollout", "Certificate", "GRPCRoute", "VirtualService", "AuthorizationPolicy"} <= {
        manifest["kind"] for manifest in checked
    }


@pytest.mark.deploy
def test_a_misspelt_field_is_found(choices: Mapping[str, Rendered]) -> None:
    """The schemas are as strict as they are meant to be."""
    manifest = choices["mesh"].one("VirtualService")
    manifest["spec"]["http"][0]["retires"] = {}
    with pytest.raises(AssertionError, match="'retires' was unexpected"):
        crds.check(manifest)


def test_choices_are_whole() -> None:
    """Each overlay is there as it comes, and each component is part of some choice."""
    named = {component for _, components in CHOICES.values() for component in components}
    assert named == {
        *(f"components/{name}" for name in ("mtls", "gateway", "redis", "postgres")),
        *("istio", "monitoring", "canary/rollout", "canary/istio", "canary/gateway"),
    }
