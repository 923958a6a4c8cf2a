"""Plots as inline SVG. Colours are CSS variables of the page; text is real text.

Every function returns trusted markup made from numbers and escaped names.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from eval.evaluation import LengthBucket, MetricResult
from eval.metrics import Floats

COLOURS = 6  # series colours in the style sheet; further systems start again, dashed
_WIDTH, _HEIGHT = 360.0, 220.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 36.0, 12.0, 10.0, 36.0
_BINS = 20


def intervals(result: MetricResult, names: Sequence[str]) -> Markup:
    """Scores as dots with their 95 % intervals as bars, one row a system."""
    rows = len(names)
    height = 30.0 + 34 * rows
    low, high = _range(result)
    left = 12.0

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * (_WIDTH - left - _RIGHT)

    parts = [_vertical_grid([(x(tick), tick) for tick in _ticks(low, high)], 4, height - 22)]
    for place, (name, score) in enumerate(zip(names, result.scores, strict=True)):
        y = 25.0 + 34 * place
        parts.append(Markup('<g class="{}">').format(_series(place)))
        if result.intervals:
            bar = result.intervals[place]
            parts.append(_line(x(bar.low), y, x(bar.high), y))
        parts.append(Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4.5"/></g>').format(x(score.value), y))
        parts.append(Markup('<text x="{:.1f}" y="{:.1f}">{}</text>').format(left, y - 9, name))
    title = f"{result.metric.name} of every system" + (
        " with 95 % confidence intervals" if result.intervals else ""
    )
    return _svg(title, parts, height)


def distribution(result: MetricResult) -> Markup:
    """How many segments have which score: one line a system, in steps of 5."""
    edges = np.linspace(0, 100, _BINS + 1)
    tables = []
    for score in result.scores:
        values = score.segments[~np.isnan(score.segments)]
        tables.append(np.histogram(np.clip(values, 0, 100), edges)[0].astype(np.float64))
    most = max(1.0, max(float(table.max()) for table in tables))
    ticks = _ticks(0, most)
    centres = ((edges[:-1] + edges[1:]) / 2).astype(np.float64)
    parts = [_axes([(tick, f"{tick:g}") for tick in range(0, 101, 20)], 0, 100, ticks, 0, most)]
    for place, table in enumerate(tables):
        parts.append(_polyline(place, centres, table, (0, 100), (0, most)))
    parts.append(_axis_names(f"{result.metric.name} of the segment", "segments"))
    return _svg(f"Number of segments by {result.metric.name}", parts, _HEIGHT)


def by_length(buckets: Sequence[LengthBucket], metric: str) -> Markup:
    """The score on segments of each length; one line a system."""
    values = np.array([bucket.scores for bucket in buckets])
    steps = np.arange(len(buckets), dtype=np.float64)
    low, high = _padded(float(values.min()), float(values.max()))
    places = [(float(i), length_label(bucket)) for i, bucket in enumerate(buckets)]
    ends = (-0.5, len(buckets) - 0.5)
    parts = [_axes(places, *ends, _ticks(low, high), low, high)]
    for place, column in enumerate(values.T):
        parts.append(_polyline(place, steps, column, ends, (low, high), dots=True))
    parts.append(_axis_names("words in the reference", metric))
    return _svg(f"{metric} by length of the reference", parts, _HEIGHT)


def length_label(bucket: LengthBucket) -> str:
    """A bucket's name: ``10-19``, or ``60+`` for the last."""
    return f"{bucket.first}+" if bucket.last is None else f"{bucket.first}–{bucket.last}"


def series_class(place: int) -> str:
    """The style class of a system's marks (for the page's legend)."""
    return _series(place)


def _series(place: int) -> str:
    return f"s{place % COLOURS}" + (" again" if place >= COLOURS else "")


def _svg(title: str, parts: Sequence[str], height: float) -> Markup:
    return Markup('<svg viewBox="0 0 {:.0f} {:.0f}" role="img"><title>{}</title>{}</svg>').format(
        _WIDTH, height, title, Markup("").join(parts)
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str = "") -> Markup:
    shape = Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"{}/>')
    return shape.format(x1, y1, x2, y2, Markup(' class="{}"').format(kind) if kind else "")


def _vertical_grid(ticks: Sequence[tuple[float, float]], top: float, bottom: float) -> Markup:
    parts = []
    for x, value in ticks:
        parts.append(_line(x, top, x, bottom, "grid"))
        parts.append(
            Markup('<text x="{:.1f}" y="{:.1f}" class="mid">{:g}</text>').format(x, bottom + 15, value)
        )
    return Markup("").join(parts)


def _axes(
    xs: Sequence[tuple[float, str]],
    x_low: float,
    x_high: float,
    ys: Sequence[float],
    y_low: float,
    y_high: float,
) -> Markup:
    parts = []
    for tick in ys:
        y = _y(tick, y_low, y_high)
        parts.append(_line(_LEFT, y, _WIDTH - _RIGHT, y, "grid"))
        parts.append(
            Markup('<text x="{:.1f}" y="{:.1f}" class="end">{:g}</text>').format(_LEFT - 5, y + 4, tick)
        )
    for value, label in xs:
        x = _x(value, x_low, x_high)
        parts.append(
            Markup('<text x="{:.1f}" y="{:.1f}" class="mid">{}</text>').format(x, _HEIGHT - 21, label)
        )
    return Markup("").join(parts)


def _axis_names(x: str, y: str) -> Markup:
    return Markup(
        '<text x="{:.1f}" y="{:.1f}" class="end axis">{}</text><text x="{:.1f}" y="9" class="axis">{}</text>'
    ).format(_WIDTH - _RIGHT, _HEIGHT - 5, x, 2, y)


def _polyline(
    place: int,
    xs: Floats,
    ys: Floats,
    x_ends: tuple[float, float],
    y_ends: tuple[float, float],
    dots: bool = False,
) -> Markup:
    points = [(_x(x, *x_ends), _y(y, *y_ends)) for x, y in zip(xs, ys, strict=True)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    marks = [Markup('<circle cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(*point) for point in points]
    return Markup('<g class="{}"><polyline points="{}"/>{}</g>').format(
        _series(place), path, Markup("").join(marks) if dots else ""
    )


def _x(value: float, low: float, high: float) -> float:
    return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)


def _y(value: float, low: float, high: float) -> float:
    return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _BOTTOM - _TOP - 6)


def _range(result: MetricResult) -> tuple[float, float]:
    values = [score.value for score in result.scores]
    values += [bar.low for bar in result.intervals] + [bar.high for bar in result.intervals]
    return _padded(min(values), max(values))


def _padded(low: float, high: float) -> tuple[float, float]:
    """A little room on both sides; never a range of nothing."""
    room = max(0.5, 0.08 * (high - low))
    return low - room, high + room


def _ticks(low: float, high: float) -> list[float]:
    """About five round values within a range."""
    rough = (high - low) / 5
    size = 10.0 ** np.floor(np.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    first = np.ceil(low / step)
    return [float(round(step * n, 6)) for n in np.arange(first, np.floor(high / step) + 1)]
