"""SECURITY.md and docs/operations.md say what is so."""

import re
from pathlib import Path

from pyservice_runtime.settings import ServiceSettings
from tests.deploy.harness import Shop

ROOT = Path(__file__).parents[2]


def test_every_guard_is_shown_by_a_test_that_exists(shop: Shop) -> None:
    """SECURITY.md names tests; a test that was renamed is renamed there."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shop.text("SECURITY.md"))
    assert len(named) > 30
    missing = [
        f"{file}::{test}"
        for file, test in named
        if f"def {test}(" not in ((ROOT / file).read_text(encoding="utf-8") if (ROOT / file).exists() else "")
    ]
    assert missing == []


def test_every_setting_that_is_named_exists(shop: Shop) -> None:
    """So are settings, in all documents; those of Envoy are in the table of the README."""
    settings = {name.upper() for name in ServiceSettings.model_fields}
    settings |= set(re.findall(r"(?m)^\| `([A-Z0-9_]+)` \|", shop.text("README.md")))
    for document in ("SECURITY.md", "docs/operations.md"):
        named = set(re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=\w+)?`", shop.text(document)))
        statuses = {"RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "NOT_SERVING"}
        assert named - statuses - settings == set(), document


def test_every_alert_has_a_runbook(shop: Shop) -> None:
    """The anchor that an alert names is a heading."""
    anchors = set(re.findall(r"docs/operations\.md#([\w-]+)", shop.text("deploy/monitoring/rules.yaml")))
    headings = {
        heading.lower().replace(" ", "-") for heading in re.findall(r"(?m)^#+ (.+)$", shop.text("docs/operations.md"))
    }
    assert anchors
    assert anchors - headings == set()


def test_links_lead_somewhere(shop: Shop) -> None:
    """To files of the project."""
    for document in ("SECURITY.md", "docs/operations.md"):
        folder = (shop.folder / document).parent
        for target in re.findall(r"\]\(([^)#]+)", shop.text(document)):
            assert (folder / target).exists(), f"{document}: {target}"
