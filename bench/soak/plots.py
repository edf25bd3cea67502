"""Curves over the time of a run, one below the other, with what went wrong as bands behind them; plain SVG."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, LEFT, RIGHT = 860, 64, 150
HEAD, PANEL, GAP = 34, 96, 34
INK, BAND = "#7a7f87", "#d62728"
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd")

Points = Sequence[tuple[float, float]]
"""Minutes and values."""


class Panel(NamedTuple):
    """Some curves on one scale, by their names. most: the scale's end at least. is_dotted: single values, no line."""

    title: str
    curves: dict[str, Points]
    most: float = 0.0
    least: float = 0.0
    is_dotted: bool = False


class Band(NamedTuple):
    """A stretch of minutes, with what is written above it."""

    begins: float
    ends: float
    name: str


def figure(panels: Sequence[Panel], bands: Sequence[Band], minutes: float) -> str:
    """Return all panels, with the bands behind each."""
    height = HEAD + len(panels) * (PANEL + GAP) + 10
    body = [part for place, panel in enumerate(panels) for part in _panel(panel, bands, minutes, _top(place))]
    names = [
        _text(_across(max(band.begins, 0), minutes), HEAD - 14, band.name, anchor="start", size=10) for band in bands
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="11">\n' + "\n".join([*names, *body]) + "\n</svg>\n"
    )


def _panel(panel: Panel, bands: Sequence[Band], minutes: float, top: float) -> list[str]:
    values = [value for curve in panel.curves.values() for _, value in curve]
    high = max([panel.most, *values]) or 1.0
    low = min([panel.least, *values]) if panel.least else 0.0
    bottom = top + PANEL

    def up(value: float) -> float:
        return bottom - PANEL * (value - low) / ((high - low) or 1.0)

    parts = [_band(band, minutes, top) for band in bands]
    parts += [_rule(up(value), _short(value)) for value in (low, (low + high) / 2, high)]
    parts += [
        _text(_across(minute, minutes), bottom + 13, str(minute))
        for minute in range(0, int(minutes) + 1, _step(minutes))
    ]
    parts.append(_text(LEFT, top - 5, panel.title, anchor="start", weight="bold"))
    for number, (name, curve) in enumerate(panel.curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [(_across(minute, minutes), up(value)) for minute, value in curve]
        parts += _dots(places, colour) if panel.is_dotted else [_line(places, colour)]
        parts.append(_text(WIDTH - RIGHT + 8, top + 12 + 15 * number, name, colour, anchor="start"))
    return parts


def _top(place: int) -> float:
    return HEAD + place * (PANEL + GAP) + 10


def _across(minute: float, minutes: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * minute / minutes


def _step(minutes: float) -> int:
    return max(1, round(minutes / 20))


def _band(band: Band, minutes: float, top: float) -> str:
    left = _across(band.begins, minutes)
    width = max(_across(band.ends, minutes) - left, 1.5)
    return f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{PANEL}" fill="{BAND}" fill-opacity="0.13"/>'


def _rule(y: float, label: str) -> str:
    line = f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{INK}" stroke-opacity="0.3"/>'
    return line + _text(LEFT - 6, y + 4, label, anchor="end")


def _line(places: Points, colour: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _dots(places: Points, colour: str) -> list[str]:
    return [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _text(
    x: float, y: float, words: str, colour: str = INK, *, anchor: str = "middle", weight: str = "normal", size: int = 11
) -> str:
    look = f'fill="{colour}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(words)}</text>'
