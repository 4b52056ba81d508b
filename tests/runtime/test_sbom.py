"""The software bill of materials of a project names the runtime, vendored or not."""

import json
import runpy
import sys
from pathlib import Path

import pytest

from pyservice_runtime.sbom import NAME, main, with_runtime
from pyservice_runtime.version import VERSION


def test_the_runtime_is_a_component(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is added once, beside those that the tool found."""
    path = tmp_path / "sbom.json"
    path.write_text(json.dumps({"bomFormat": "CycloneDX", "components": [{"name": "grpcio"}]}))
    monkeypatch.setattr(sys, "argv", ["sbom", str(path)])
    for _ in range(2):
        main()
    components = json.loads(path.read_text())["components"]
    assert [component["name"] for component in components] == ["grpcio", NAME]
    assert components[1]["version"] == VERSION
    assert components[1]["purl"] == f"pkg:pypi/{NAME}@{VERSION}"


def test_a_document_without_components() -> None:
    """It has one then."""
    assert [component["name"] for component in with_runtime({})["components"]] == [NAME]


def test_a_file_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says how."""
    monkeypatch.setattr(sys, "argv", ["sbom"])
    monkeypatch.delitem(sys.modules, "pyservice_runtime.sbom")
    with pytest.raises(SystemExit, match=r"usage: python -m PACKAGE\.runtime\.sbom SBOM\.json"):
        runpy.run_module("pyservice_runtime.sbom", run_name="__main__")
