"""Panels of a dashboard as SVG: lines, stacks, numbers and heat maps."""

import math
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any, NamedTuple

COLUMN, UNIT, GAP = 54.0, 26.0, 6.0
"""Pixels of a grid column and of a unit of height, and between panels."""
COLOURS = ("#73bf69", "#5794f2", "#f2cc0c", "#ff9830", "#f2495c", "#b877d9", "#8ab8ff", "#96d98d", "#ffb357", "#e02f44")
_BACK, _PANEL, _TEXT, _DIM, _LINE = "#111217", "#181b1f", "#d8d9da", "#8e9097", "#2c3036"


class Series(NamedTuple):
    """One line: points are (share of the time, value)."""

    label: str
    metric: dict[str, str]
    points: tuple[tuple[float, float], ...]


class Panel(NamedTuple):
    """A panel with its answers; ``lower`` is how far opened rows have moved it down."""

    title: str
    json: Any
    series: tuple[Series, ...]
    lower: int

    @property
    def unit(self) -> str:
        """Grafana's name of the unit."""
        return str(self.json["fieldConfig"]["defaults"]["unit"])


class Box(NamedTuple):
    """A rectangle on the picture."""

    x: float
    y: float
    width: float
    height: float


def picture(panels: Sequence[Panel]) -> str:
    """All panels as one SVG."""
    boxes = [_box(panel) for panel in panels]
    width, height = 24 * COLUMN + GAP, max(box.y + box.height for box in boxes) + GAP
    parts = [line for panel, box in zip(panels, boxes, strict=True) for line in _panel(panel, box)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="11">'
    )
    return "\n".join([head, _rect(Box(0, 0, width, height), _BACK), *parts, "</svg>"]) + "\n"


def _box(panel: Panel) -> Box:
    grid = panel.json["gridPos"]
    x, y = grid["x"] * COLUMN + GAP, (grid["y"] + panel.lower) * UNIT + GAP
    return Box(x, y, grid["w"] * COLUMN - GAP, grid["h"] * UNIT - GAP)


def _panel(panel: Panel, box: Box) -> Iterator[str]:
    kind = panel.json["type"]
    if kind == "row":
        yield _text(box.x, box.y + 14, f"▾ {panel.title}", 14)
        return
    yield _rect(box, _PANEL)
    yield _text(box.x + 8, box.y + 15, panel.title, 12)
    draw = {"stat": _stat, "heatmap": _heatmap, "timeseries": _lines}[kind]
    yield from (
        draw(panel, box) if panel.series else [_text(box.x + box.width / 2 - 20, box.y + 60, "No data", 12, _DIM)]
    )


# -------------------------------------------------------------------------------------------- kinds


def _stat(panel: Panel, box: Box) -> Iterator[str]:
    series, *_ = panel.series
    last = series.points[-1][1]
    colour = COLOURS[0]
    for step in panel.json["fieldConfig"]["defaults"].get("thresholds", {"steps": []})["steps"]:
        if step["value"] is None or last >= step["value"]:
            colour = {"green": COLOURS[0], "orange": COLOURS[3], "red": COLOURS[4]}[step["color"]]
    yield _text(box.x + 8, box.y + 52, value(last, panel.unit), 28, colour)
    plot = Box(box.x, box.y + 62, box.width, box.height - 64)
    yield _path(_placed(series.points, plot, *_scale([series])), colour, 1.2)


def _lines(panel: Panel, box: Box) -> Iterator[str]:
    shown = sorted(panel.series, key=lambda series: -max((y for _, y in series.points), default=0))[:8]
    rows = min(len(shown), 4)
    plot = Box(box.x + 52, box.y + 26, box.width - 62, box.height - 42 - 14 * rows)
    stacked = "stacking" in panel.json["fieldConfig"]["defaults"].get("custom", {})
    lines = list(_stacked(shown)) if stacked else shown
    low, high = _scale(lines)
    yield from _axis(plot, low, high, panel.unit)
    for index, series in reversed(list(enumerate(lines))):
        placed = _placed(series.points, plot, low, high)
        yield _path(placed, COLOURS[index % len(COLOURS)], 1.2, plot if stacked else None)
    for index, series in enumerate(shown[:rows]):
        y = box.y + box.height - 14 * (rows - index) + 6
        yield _rect(Box(box.x + 8, y - 5, 12, 3), COLOURS[index])
        last = value(series.points[-1][1], panel.unit) if series.points else ""
        yield _text(box.x + 24, y, f"{series.label or panel.title}  {last}", 10, _DIM)


def _stacked(series: Iterable[Series]) -> Iterator[Series]:
    """Each line on top of those before it."""
    below: dict[float, float] = {}
    for each in series:
        points = []
        for at, y in each.points:
            key = round(at, 4)
            below[key] = below.get(key, 0.0) + y
            points.append((at, below[key]))
        yield each._replace(points=tuple(points))


def _heatmap(panel: Panel, box: Box) -> Iterator[str]:
    ordered = sorted(panel.series, key=lambda series: float(series.metric["le"]))
    plot = Box(box.x + 52, box.y + 26, box.width - 62, box.height - 40)
    cells: list[tuple[int, float, float]] = []
    before: dict[float, float] = {}
    for row, series in enumerate(ordered):
        cells += [(row, at, y - before.get(at, 0.0)) for at, y in series.points]
        before = dict(series.points)
    most = max((count for *_, count in cells), default=1.0) or 1.0
    height = plot.height / len(ordered)
    width = plot.width / max(len(before), 1)
    for row, series in enumerate(ordered):
        if row % 3 == 0:
            text = value(float(series.metric["le"]), "s")
            yield _text(box.x + 8, plot.y + plot.height - row * height, text, 10, _DIM)
    for row, at, count in cells:
        if count > most / 100:
            where = Box(
                plot.x + at * (plot.width - width), plot.y + plot.height - (row + 1) * height, width, height - 1
            )
            yield _rect(where, COLOURS[3], 0.15 + 0.85 * math.sqrt(count / most))


# ------------------------------------------------------------------------------------------- pieces


def _scale(series: Iterable[Series]) -> tuple[float, float]:
    """From 0 to a round number above all values."""
    high = max((y for each in series for _, y in each.points), default=1.0) or 1.0
    step = 10 ** math.floor(math.log10(high))
    return 0.0, next(round_ * step for round_ in (1, 1.5, 2, 3, 4, 5, 7.5, 10) if round_ * step >= high * 0.999)


def _axis(plot: Box, low: float, high: float, unit: str) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        y = plot.y + plot.height * (1 - share)
        yield f'<path d="M{plot.x:.0f} {y:.0f}h{plot.width:.0f}" stroke="{_LINE}"/>'
        yield _text(plot.x - 46, y + 4, value(low + (high - low) * share, unit), 10, _DIM)


def _placed(points: Iterable[tuple[float, float]], plot: Box, low: float, high: float) -> list[tuple[float, float]]:
    inside = ((at, min(max(y, low), high)) for at, y in points)
    return [(plot.x + at * plot.width, plot.y + plot.height * (1 - (y - low) / (high - low))) for at, y in inside]


def _path(points: Sequence[tuple[float, float]], colour: str, width: float, fill: Box | None = None) -> str:
    if not points:
        return ""
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    if fill is None:
        return f'<path d="{line}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
    floor = fill.y + fill.height
    area = f"{line}L{points[-1][0]:.1f} {floor:.1f}L{points[0][0]:.1f} {floor:.1f}Z"
    return f'<path d="{area}" fill="{colour}" stroke="{_PANEL}" stroke-width="0.5"/>'


def _rect(box: Box, colour: str, opacity: float = 1.0) -> str:
    shade = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
    size = f'width="{box.width:.1f}" height="{box.height:.1f}"'
    return f'<rect x="{box.x:.1f}" y="{box.y:.1f}" {size} fill="{colour}"{shade}/>'


def _text(x: float, y: float, text: str, size: float, colour: str = _TEXT) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size:g}" fill="{colour}">{escape(text)}</text>'


def value(number: float, unit: str) -> str:
    """A number as Grafana writes it, more or less."""
    match unit:
        case "percentunit":
            return f"{number * 100:.3g} %"
        case "s" if math.isinf(number):
            return "∞"
        case "s" if number >= 86400:
            return f"{number / 86400:.0f} days"
        case "s":
            return f"{number * 1000:.3g} ms" if number < 1 else f"{number:.3g} s"
        case "bytes":
            return f"{number / 2**20:.0f} MiB"
        case "reqps" | "cps":
            return f"{number:.3g} /s"
    return f"{number:.4g}"
