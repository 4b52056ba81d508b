"""The schemas of custom resources, out of the very files that are installed into a cluster.

They come as Go modules of the projects that define them.
"""

import functools
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.deploy.harness import real

MODULES = {
    "istio.io/api@v1.31.1": "kubernetes/customresourcedefinitions.gen.yaml",
    "sigs.k8s.io/gateway-api@v1.4.0": "config/crd/standard/*.yaml",
    "github.com/argoproj/argo-rollouts@v1.8.3": "manifests/crds/*-crd.yaml",
    "github.com/cert-manager/cert-manager@v1.21.2": "deploy/crds/cert-manager.io_*.yaml",
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": "example/prometheus-operator-crd/*.yaml",
}
"""Where each project keeps its definitions."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads a plain ``=`` as Kubernetes does: as a text."""


_Loader.add_constructor("tag:yaml.org,2002:value", yaml.SafeLoader.construct_yaml_str)


@functools.cache
def schemas() -> dict[tuple[str, str], Any]:
    """The strict schema of each version of each kind; skips the test where they cannot be had."""
    found = {}
    for definition in _definitions():
        spec = definition["spec"]
        for version in spec["versions"]:
            schema = version["schema"]["openAPIV3Schema"]
            schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {"type": "object"}}
            found[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = _strict(schema)
    return found


def check(manifest: dict[str, Any]) -> None:
    """Assert that a custom resource is what its definition asks for."""
    schema = schemas()[manifest["apiVersion"], manifest["kind"]]
    problems = [
        f"{error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(schema).iter_errors(manifest)
    ]
    assert problems == [], f"{manifest['kind']} {manifest['metadata']['name']}: {problems}"


def _definitions() -> Iterator[Any]:
    go = real("go", "it fetches the definitions of custom resources")
    done = subprocess.run([go, "mod", "download", "-json", *MODULES], capture_output=True, check=False, cwd=Path.home())
    decoder, text, folders = json.JSONDecoder(), done.stdout.decode(), []
    while text := text.lstrip():
        module, end = decoder.raw_decode(text)
        if "Dir" not in module:
            pytest.skip(f"{module['Path']} cannot be fetched: {module.get('Error')}")
        folders.append((module["Dir"], MODULES[f"{module['Path']}@{module['Version']}"]))
        text = text[end:]
    assert len(folders) == len(MODULES), done.stderr.decode()
    for folder, pattern in folders:
        for path in sorted(Path(folder).glob(pattern)):
            for document in yaml.load_all(path.read_bytes(), Loader=_Loader):
                if document and document["kind"] == "CustomResourceDefinition":
                    yield document


def _strict(schema: Any) -> Any:
    """The same schema, which takes no field that it does not know: a misspelt one would have no effect."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(value) for key, value in schema.items()}
    if strict.get("x-kubernetes-int-or-string") is True:
        strict.pop("type", None)
    names = strict.get("properties")
    open_ended = strict.get("x-kubernetes-preserve-unknown-fields") is True
    if isinstance(names, dict) and strict.get("type") == "object" and not open_ended:
        strict.setdefault("additionalProperties", False)
    return strict
