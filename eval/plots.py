"""Plots as inline SVG. Colours are CSS variables of the page; text is real text.

Every function returns trusted markup made from numbers and escaped names.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from eval.breakdown import DocumentScores, LengthBucket
from eval.evaluation import MetricResult
from eval.inputs import Material
from eval.metrics import Floats

COLOURS = 6  # series colours in the style sheet; further systems start again, dashed
_WIDTH, _HEIGHT = 360.0, 220.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 36.0, 12.0, 10.0, 36.0
_BINS = 20
_DOCUMENTS = 40  # rows of the plot by document


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


def by_length(buckets: Sequence[LengthBucket], metric: str, unit: str = "words") -> Markup:
    """The score on segments of each length; one line a system."""
    values = np.array([bucket.scores for bucket in buckets])
    steps = np.arange(len(buckets), dtype=np.float64)
    low, high = _padded(float(values.min()), float(values.max()))
    places = [(float(i), length_label(bucket)) for i, bucket in enumerate(buckets)]
    ends = (-0.5, len(buckets) - 0.5)
    parts = [_axes(places, *ends, _ticks(low, high), low, high)]
    for place, column in enumerate(values.T):
        parts.append(_polyline(place, steps, column, ends, (low, high), dots=True))
    parts.append(_axis_names(f"{unit} in the reference", metric))
    return _svg(f"{metric} by length of the reference", parts, _HEIGHT)


def scatter(result: MetricResult, system: int, baseline: int, names: Sequence[str]) -> Markup:
    """Every segment as a dot: the baseline's score to the right, the system's upwards.

    Dots that fall together are drawn once, so a large test set makes no large plot.
    """
    ours, theirs = result.scores[system].segments, result.scores[baseline].segments
    known = ~(np.isnan(ours) | np.isnan(theirs))
    high = 100.0
    ticks = [float(tick) for tick in range(0, 101, 20)]
    parts = [_axes([(tick, f"{tick:g}") for tick in ticks], 0, high, ticks, 0, high)]
    parts.append(_line(_x(0, 0, high), _y(0, 0, high), _x(high, 0, high), _y(high, 0, high), "grid"))
    across = np.round(_x_of(np.clip(theirs[known], 0, high), high)).astype(int)
    up = np.round(_y_of(np.clip(ours[known], 0, high), high)).astype(int)
    dots = sorted(set(zip(across.tolist(), up.tolist(), strict=True)))
    path = "".join(f"M{x} {y}h0" for x, y in dots)
    parts.append(Markup('<path class="dots {}" d="{}"/>').format(_series(system), path))
    parts.append(_axis_names(f"{names[baseline]}", names[system]))
    sign = 1 if result.metric.higher_is_better else -1
    gap = sign * (ours[known] - theirs[known])
    title = (
        f"{result.metric.name} of each segment: {names[system]} is better than {names[baseline]} in "
        f"{int((gap > 0).sum())} segments, worse in {int((gap < 0).sum())}, equal in {int((gap == 0).sum())}"
    )
    return _svg(title, parts, _HEIGHT)


def length_ratios(material: Material, unit: str = "words") -> Markup:
    """How many segments have how many words (or links) for one of the reference: a line a system."""
    edges = np.linspace(0.375, 1.625, 26)  # the word-for-word ratio 1 is the middle of a bin
    wanted = np.array([len(texts[0].split()) if texts else 0 for texts in material.references])
    tables = []
    for system in material.systems:
        words = np.array([len(text.split()) for text in system.hypotheses])
        ratios = words[wanted > 0] / wanted[wanted > 0]
        tables.append(np.histogram(np.clip(ratios, 0.4, 1.6), edges)[0].astype(np.float64))
    most = max(1.0, max(float(table.max()) for table in tables))
    centres = (edges[:-1] + edges[1:]) / 2
    labels = [(0.4, "≤0.4"), (0.7, "0.7"), (1.0, "1"), (1.3, "1.3"), (1.6, "≥1.6")]
    parts = [_axes(labels, 0.375, 1.625, _ticks(0, most), 0, most)]
    for place, table in enumerate(tables):
        parts.append(_polyline(place, centres, table, (0.375, 1.625), (0, most)))
    parts.append(_axis_names(f"{unit} for one of the reference", "segments"))
    return _svg("Number of segments by length ratio", parts, _HEIGHT)


def chosen_documents(documents: Sequence[DocumentScores]) -> list[DocumentScores]:
    """The documents that are drawn: all if they are few, else those where systems differ most.

    With one system they are those that scored lowest.
    """
    if len(documents) <= _DOCUMENTS:
        return list(documents)
    several = len(documents[0].scores) > 1
    key = (lambda d: min(d.scores) - max(d.scores)) if several else (lambda d: d.scores[0])
    return sorted(documents, key=key)[:_DOCUMENTS]


def by_document(documents: Sequence[DocumentScores], metric: str) -> Markup:
    """A row a document, a dot a system."""
    values = [score for document in documents for score in document.scores]
    low, high = _padded(min(values), max(values))
    height = 30.0 + 17 * len(documents)
    left = 118.0

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * (_WIDTH - left - _RIGHT)

    parts = [_vertical_grid([(x(tick), tick) for tick in _ticks(low, high)], 4, height - 22)]
    for row, document in enumerate(documents):
        y = 14.0 + 17 * row
        name = document.name if len(document.name) <= 20 else document.name[:19] + "…"
        label = Markup('<text x="{:.1f}" y="{:.1f}" class="end"><title>{}</title>{}</text>')
        parts.append(label.format(left - 8, y + 4, document.name, name))
        parts.append(_line(x(min(document.scores)), y, x(max(document.scores)), y, "grid"))
        for place, score in enumerate(document.scores):
            dot = Markup('<g class="{}"><circle cx="{:.1f}" cy="{:.1f}" r="3.5"/></g>')
            parts.append(dot.format(_series(place), x(score), y))
    return _svg(f"{metric} by document", parts, height)


def range_label(first: int, last: int | None) -> str:
    """The name of a bucket: ``10-19``, ``5``, or ``60+`` for the last."""
    if last is None:
        return f"{first}+"
    return str(first) if first == last else f"{first}–{last}"


def length_label(bucket: LengthBucket) -> str:
    """A bucket's name: ``10-19``, or ``60+`` for the last."""
    return range_label(bucket.first, bucket.last)


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


def _x_of(values: Floats, high: float) -> Floats:
    result: Floats = _LEFT + values / high * (_WIDTH - _LEFT - _RIGHT)
    return result


def _y_of(values: Floats, high: float) -> Floats:
    result: Floats = _HEIGHT - _BOTTOM - values / high * (_HEIGHT - _BOTTOM - _TOP - 6)
    return result


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
