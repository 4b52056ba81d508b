"""What scanners that reviewers use say of manifests and image: nothing that is not explained in place."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tests.deploy.harness import CHOICES, Manifest, Shop, real
from tests.deploy.test_schemas import VERSIONS, is_custom
from tests.support.command import run

pytestmark = pytest.mark.deploy

_GO = "go install"
CHECKOV = "checkov==3.3.30"


def checkov(*arguments: str | Path) -> str:
    """Run checkov in an environment of its own; returns what it says failed."""
    uvx = real("uvx", "pip install uv")
    command = [uvx, CHECKOV, *arguments, "--quiet", "--compact", "--skip-download"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert "Passed checks:" in done.stdout, done.stdout + done.stderr
    return "" if done.returncode == 0 else done.stdout


def test_checkov_on_manifests(manifests: Path) -> None:
    """No check fails; a check that is skipped says why beside the object."""
    assert checkov("--directory", manifests, "--framework", "kubernetes") == ""


def test_checkov_on_the_image(shop: Shop) -> None:
    """Nor on the Dockerfile."""
    assert checkov("--file", shop.folder / "Dockerfile", "--framework", "dockerfile") == ""


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("compose-spec", "compose.yaml"),
        ("dependabot", ".github/dependabot.yml"),
        ("github-workflows", ".github/workflows/ci.yml"),
    ],
)
def test_its_schema(shop: Shop, schema: str, path: str) -> None:
    """Files for Compose and GitHub are valid against the schemas of these tools."""
    tool = ["check-jsonschema==0.37.4", "--builtin-schema", f"vendor.{schema}", path]
    finished = run([real("uvx", "pip install uv"), *tool], shop.folder)
    assert finished.returncode == 0, finished.said


@pytest.mark.parametrize("choice", CHOICES)
def test_kube_score(manifests: Path, choice: str) -> None:
    """Neither critical nor warning."""
    tool = real("kube-score", f"{_GO} github.com/zegl/kube-score/cmd/kube-score@v1.20.0")
    command: list[str | Path] = [
        tool,
        "score",
        "--exit-one-on-warning",
        "--output-format",
        "ci",
        manifests / f"{choice}.yaml",
    ]
    finished = run(command, manifests)
    assert finished.returncode == 0, finished.said


def schemas(version: str, folder: Path) -> Path:
    """The schemas that kubernetes-validate ships, with references that can be followed from a folder."""
    shipped = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"v{version}.0-local-strict"
    for path in shipped.glob("*.json"):
        text = path.read_text(encoding="utf-8").replace(
            '"/api/_definitions.json', f'"file://{folder}/_definitions.json'
        )
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("version", [VERSIONS[0], VERSIONS[-1]])
def test_kubeconform(manifests: Path, version: str, tmp_path: Path) -> None:
    """A second opinion on Kubernetes' own kinds, in the oldest version and in the newest."""
    tool = real("kubeconform", f"{_GO} github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0")
    location = f"{schemas(version, tmp_path)}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    kinds = sorted({manifest["kind"] for manifest in everything(manifests) if is_custom(manifest)})
    command: list[str | Path] = [
        tool,
        "-strict",
        "-summary",
        "-schema-location",
        location,
        "-skip",
        ",".join(kinds),
        manifests,
    ]
    finished = run(command, manifests)
    assert finished.returncode == 0, finished.said
    assert "Invalid: 0, Errors: 0" in finished.stdout


def everything(manifests: Path) -> Iterator[Manifest]:
    """Every object of every choice."""
    for path in manifests.glob("*.yaml"):
        yield from yaml.safe_load_all(path.read_bytes())
