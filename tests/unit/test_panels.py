"""tools.panels: panels of a dashboard as SVG."""

import math
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from tools.panels import Panel, Series, picture, value


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (0.0128, "percentunit", "1.28 %"),
        (0.0042, "s", "4.2 ms"),
        (2.5, "s", "2.5 s"),
        (7776000.0, "s", "90 days"),
        (math.inf, "s", "∞"),
        (176.4, "reqps", "176 /s"),
        (3 * 2**20, "bytes", "3 MiB"),
        (1000.0, "short", "1000"),
    ],
)
def test_numbers_have_their_unit(number: float, unit: str, text: str) -> None:
    """As people read them."""
    assert value(number, unit) == text


def panel(kind: str, *series: Series, **defaults: Any) -> Panel:
    """A panel of a kind."""
    grid = {"x": 0, "y": 0, "w": 8, "h": 8}
    return Panel("a < b", {"type": kind, "gridPos": grid, "fieldConfig": {"defaults": defaults}}, series, 0)


LINE = Series("<x>", {"le": "0.5"}, ((0.0, 1.0), (1.0, -3.0)))

KINDS = {
    "row": panel("row"),
    "stat": panel("stat", LINE, unit="s"),
    "timeseries": panel("timeseries", LINE, LINE, unit="short"),
    "stacked": panel("timeseries", LINE, LINE, unit="short", custom={"stacking": {"mode": "normal"}}),
    "heatmap": panel("heatmap", LINE, Series("", {"le": "+Inf"}, ((0.0, 4.0), (1.0, 4.0))), unit="s"),
    "empty": panel("timeseries", unit="short"),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_drawn(name: str) -> None:
    """It is XML whatever the names are, and nothing is outside of the picture."""
    drawn = ElementTree.fromstring(picture([KINDS[name]]))
    left, top, width, height = map(float, drawn.attrib["viewBox"].split())
    assert any("a < b" in (each.text or "") for each in drawn)
    for each in drawn.iter("{http://www.w3.org/2000/svg}rect"):
        x, y = float(each.attrib["x"]), float(each.attrib["y"])
        assert left <= x <= x + float(each.attrib["width"]) <= width
        assert top <= y <= y + float(each.attrib["height"]) <= height
    numbers = " ".join(each.attrib["d"] for each in drawn.iter("{http://www.w3.org/2000/svg}path"))
    assert "-" not in numbers
