"""Small SVG plots that read the same on a light and on a dark page."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, ROW, LEFT, RIGHT, TOP = 720, 22, 250, 70, 34
HEIGHT = 300
INK, OURS, OTHERS = "#7a7f87", "#1f77b4", "#b0b5bc"
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b", "#e377c2")


def bars(title: str, rows: Sequence[tuple[str, float]], unit: str, ours: str) -> str:
    """Return horizontal bars on a logarithmic scale; `ours` begins the labels that stand out."""
    low = 10 ** math.floor(math.log10(min(value for _, value in rows)))
    span = math.log10(max(value for _, value in rows) / low)
    parts = []
    for place, (label, value) in enumerate(rows):
        y = TOP + place * ROW
        width = (WIDTH - LEFT - RIGHT) * math.log10(value / low) / span
        colour = OURS if label.startswith(ours) else OTHERS
        parts.append(_text(LEFT - 8, y + 14, label, anchor="end"))
        parts.append(f'<rect x="{LEFT}" y="{y + 3}" width="{max(width, 1):.1f}" height="{ROW - 7}" fill="{colour}"/>')
        parts.append(_text(LEFT + max(width, 1) + 5, y + 14, f"{shown(value)} {unit}"))
    return _svg(f"{title}, logarithmic", parts, TOP + len(rows) * ROW + 8)


def lines(title: str, x_label: str, curves: Mapping[str, Sequence[tuple[float, float]]], unit: str) -> str:
    """Return curves on two logarithmic scales, each point marked and the last one labelled."""
    points = [point for curve in curves.values() for point in curve]
    (x0, x1), (y0, y1) = (_range([point[axis] for point in points]) for axis in (0, 1))

    def at(x: float, y: float) -> tuple[float, float]:
        across = 60 + (WIDTH - 260) * math.log(x / x0) / math.log(x1 / x0)
        return across, HEIGHT - 40 - (HEIGHT - 40 - TOP) * math.log(y / y0) / math.log(y1 / y0)

    parts = [f'<path d="M60 {TOP} V{HEIGHT - 40} H{WIDTH - 200}" stroke="{INK}" fill="none"/>']
    parts += [
        _text(at(x, y0)[0], HEIGHT - 24, shown(x), anchor="middle") for x in sorted({point[0] for point in points})
    ]
    parts += [_text(54, at(x0, y)[1] + 4, shown(y), anchor="end") for y in _decades(y0, y1)]
    parts.append(_text((WIDTH - 140) / 2, HEIGHT - 6, x_label, anchor="middle"))
    for colour, (label, curve) in zip(COLOURS, curves.items(), strict=False):
        places = [at(x, y) for x, y in curve]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        parts.append(_text(places[-1][0] + 8, places[-1][1] + 4, f"{label} ({shown(curve[-1][1])} {unit})", colour))
    return _svg(f"{title}, {unit}, both scales logarithmic", parts, HEIGHT)


def shown(value: float) -> str:
    """Return a number with three figures."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.1 else f"{value:.2g}"


def _range(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _decades(low: float, high: float) -> list[float]:
    return [10.0**power for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]


def _text(x: float, y: float, words: str, colour: str = INK, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(title: str, parts: Sequence[str], height: float) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12" role="img"><title>{escape(title)}</title>'
    )
    return "\n".join([head, _text(8, 18, title), *parts, "</svg>"]) + "\n"
