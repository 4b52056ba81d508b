"""Whatever things are called in a proto, its manifests are YAML, and their objects have names that a cluster takes."""

import re

import pytest
import yaml

from tests.deploy.harness import values
from tests.support.cases import Case, load_cases
from tests.support.projects import Projects

CASES = [case for case in load_cases() if case.refused is None]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_OURS = ("compose.yaml", "deploy/kubernetes/", "deploy/istio/", "deploy/canary/")


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_manifests_of_any_proto(projects: Projects, case: Case) -> None:
    """No name ends its quotes, becomes a number or a flag, or is too long; each method is in one rule of access."""
    project = projects[case]
    paths = [path for path in project.files if path.startswith(_OURS)]
    if not project.serves:
        assert paths == []
        return
    for path in paths:
        for document in yaml.load_all((project.folder / path).read_bytes(), Loader=_LOADER):
            assert isinstance(document, dict), path
            name = document.get("metadata", {}).get("name", "fine")
            assert isinstance(name, str), path
            assert _LABEL.fullmatch(name), f"{path}: {name}"
    policy = (project.folder / "deploy/istio/access.yaml").read_text(encoding="utf-8")
    registry = (project.folder / f"src/{project.package}/gen/registry.py").read_text(encoding="utf-8")
    declared = re.findall(r'(?m)^ +path="(/.+)",$', registry)
    allowed = [value for document in yaml.safe_load_all(policy) for value in values(document)]
    assert [path for path in declared if allowed.count(path) != 1] == []
