"""A generated project that is deployed, and its manifests as a cluster would get them."""

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.command import Finished, run, scripts
from tests.support.protoc import protoc

HERE = Path(__file__).parent
OPTIONS = HERE.parents[1] / "protoc_gen_pyservice" / "include"

Manifest = dict[str, Any]

CHOICES: dict[str, tuple[str, Sequence[str]]] = {
    "dev": ("dev", ()),
    "staging": ("staging", ("components/mtls",)),
    "prod": ("prod", ("components/mtls",)),
    "redis": ("prod", ("components/mtls", "components/redis")),
    "postgres": ("prod", ("components/mtls", "components/postgres")),
    "gateway": ("prod", ("components/mtls", "components/gateway")),
    "monitoring": ("prod", ("components/mtls", "monitoring")),
    "mesh": ("prod", ("istio",)),
    "canary": ("prod", ("components/mtls", "canary/rollout")),
    "canary-mesh": ("prod", ("istio", "canary/istio")),
    "canary-gateway": ("prod", ("components/mtls", "components/gateway", "canary/gateway")),
    "everything": (
        "prod",
        ("istio", "monitoring", "components/gateway", "components/redis", "components/postgres", "canary/istio"),
    ),
    "staging-everything": (
        "staging",
        ("components/mtls", "components/gateway", "components/redis", "components/postgres", "canary/gateway"),
    ),
}
"""Overlays, and the components that are switched on in them: each alone, and all that go together."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The project of shop.proto."""

    folder: Path

    def text(self, path: str) -> str:
        """One of its files."""
        return (self.folder / path).read_text(encoding="utf-8")

    def choose(self, overlay: str, components: Sequence[str]) -> None:
        """Switch components of an overlay on and all others off, as the user does: by the ``#`` of a line."""
        path = self.folder / f"deploy/kubernetes/overlays/{overlay}/kustomization.yaml"
        found = set()

        def switched(line: re.Match[str]) -> str:
            component = line[1].removeprefix("../").lstrip("./")
            found.add(component)
            return f"  - {line[1]}" if component in components else f"  # - {line[1]}"

        text = re.sub(r"(?m)^  (?:# )?- (\.\./\.\./(?!base).+)$", switched, path.read_text(encoding="utf-8"))
        assert found.issuperset(components), f"{overlay} has no line for {set(components) - found}"
        path.write_text(text if components else text.replace("\ncomponents:\n", "\n# components:\n"), encoding="utf-8")

    def render(self, overlay: str) -> Finished:
        """The manifests of an overlay, by the project's own command."""
        return run(["make", "--no-print-directory", "render", f"ENV={overlay}"], self.folder)


@dataclass(frozen=True, slots=True)
class Rendered:
    """The manifests of one choice."""

    manifests: tuple[Manifest, ...]

    def one(self, kind: str, name: str | None = None) -> Any:
        """The only object of a kind, or the one of that name."""
        (found,) = (m for m in self.manifests if m["kind"] == kind and name in (None, m["metadata"]["name"]))
        return found

    def has(self, kind: str) -> bool:
        """Whether there is an object of a kind."""
        return any(manifest["kind"] == kind for manifest in self.manifests)

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables of the service's config map."""
        data: dict[str, str] = next(m["data"] for m in self.manifests if "GRPC_PORT" in m.get("data", {}))
        return data

    @property
    def pod(self) -> Any:
        """The pods of the service."""
        return self.one("Deployment")["spec"]["template"]["spec"]


def generate(folder: Path, proto: str, *options: str) -> Finished:
    """Generate the project of a proto's text, the first time or again."""
    protos = folder / "proto"
    protos.mkdir(parents=True, exist_ok=True)
    (protos / "shop.proto").write_text(proto, encoding="utf-8")
    finished = protoc(f"-I{protos}", f"-I{OPTIONS}", "--pyservice_out=.", *options, "shop.proto", cwd=folder)
    assert finished.returncode == 0, finished.said
    return finished


def rendered(shop: Shop, choice: str) -> Rendered:
    """The manifests of a choice; ``shop`` is changed to it."""
    overlay, components = CHOICES[choice]
    shop.choose(overlay, components)
    finished = shop.render(overlay)
    assert finished.returncode == 0, finished.said
    return Rendered(tuple(yaml.safe_load_all(finished.stdout)))


def real(tool: str, install: str) -> str:
    """The path of a tool, from PATH or beside the Python of these tests; skips the test where there is none."""
    found = shutil.which(tool) or shutil.which(tool, path=scripts())
    if found is None:
        pytest.skip(f"{tool} is not installed: {install}")
    return found


def values(node: object) -> Iterator[object]:
    """Every value in a manifest that has none below it."""
    if isinstance(node, dict):
        for value in node.values():
            yield from values(value)
    elif isinstance(node, list):
        for value in node:
            yield from values(value)
    else:
        yield node
