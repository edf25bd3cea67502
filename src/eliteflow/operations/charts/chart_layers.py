"""The pieces that a chart's Vega-Lite specification is put together from; each returns layers over named data.

Times in the data are UTC milliseconds. A bar is drawn between `left` and `right`, lines pass through its `middle`.
"""

from collections.abc import Callable, Mapping, Sequence

Spec = Mapping[str, object]
Rows = Sequence[Mapping[str, object]]

UP, DOWN = "#1f9d6b", "#d1495b"
LINES = ("#e08a00", "#3b6fd4", "#8e44ad", "#0f8b8d", "#b5651d", "#5c6b7a", "#c2185b", "#7a8f00")
NEUTRAL = "#8892a0"
LONG, SHORT = "#0a4fd6", "#e36c00"

_BAR_COLOUR = {"condition": {"test": "datum.close >= datum.open", "value": UP}, "value": DOWN}


def time(field: str, title: str | None = None) -> Spec:
    """Return the encoding of a time on the shared axis, which is in UTC."""
    axis = {"format": "%m-%d %H:%M", "labelOverlap": True, "grid": True, "tickCount": 10}
    return {"field": field, "type": "temporal", "scale": {"type": "utc"}, "axis": axis, "title": title}


def price(field: str, title: str | None = None) -> Spec:
    """Return the encoding of a price; its axis need not begin at 0."""
    return {"field": field, "type": "quantitative", "scale": {"zero": False}, "title": title}


def over_prices(view: Spec, lowest: float, highest: float) -> Spec:
    """Return a view with its prices from `lowest` to `highest`, whatever lies beyond."""
    scale = {"zero": False, "nice": False, "domain": [lowest, highest]}
    return _changed(view, lambda encoding: {**encoding, "y": {**_dict(encoding["y"]), "scale": scale}})


def without_times(view: Spec) -> Spec:
    """Return a view whose time axis has no labels, as it has another one below."""
    axis = {"labels": False, "ticks": False, "grid": True, "tickCount": 10}
    return _changed(view, lambda encoding: {**encoding, "x": {**_dict(encoding["x"]), "axis": axis, "title": None}})


def _changed(view: Spec, change: Callable[[dict[str, object]], Spec]) -> Spec:
    """Return a view with all its encodings changed that have a place in time."""
    if "layer" in view:
        parts = view["layer"]
        assert isinstance(parts, list)
        return {**view, "layer": [_changed(part, change) for part in parts]}
    encoding = _dict(view["encoding"])
    return {**view, "encoding": change(encoding)} if "x" in encoding else view


def _dict(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


def candles(tooltip: Sequence[Spec], title: str) -> list[Spec]:
    """Return wicks and bodies of the data `bars`."""
    wick = {"x": time("middle"), "y": price("low", title), "y2": {"field": "high"}, "color": _BAR_COLOUR}
    body = {"x": time("left"), "x2": {"field": "right"}, "y": price("open", title), "y2": {"field": "close"}}
    return [
        {"data": {"name": "bars"}, "mark": {"type": "rule"}, "encoding": wick},
        {
            "name": "candles",
            "data": {"name": "bars"},
            "mark": {"type": "bar", "strokeWidth": 1},  # the stroke shows bodies without height
            "encoding": body | {"color": _BAR_COLOUR, "stroke": _BAR_COLOUR, "tooltip": tooltip},
        },
    ]


def columns(name: str, field: str, title: str, *, numbers: str = ",.6~g", colour: Spec | None = None) -> Spec:
    """Return bars of a field from 0 up or down."""
    y = {"field": field, "type": "quantitative", "title": title, "axis": {"format": numbers}}
    place = {"x": time("left"), "x2": {"field": "right"}, "y": y, "y2": {"datum": 0}}
    encoding = place | {"color": colour or _BAR_COLOUR}
    return {"name": name, "data": {"name": "bars"}, "mark": {"type": "bar", "opacity": 0.6}, "encoding": encoding}


def line(field: str, title: str | None = None, *, is_named: bool = True) -> Spec:
    """Return a line of one output, named in the legend."""
    colour = {"datum": field, "type": "nominal"} | ({} if is_named else {"legend": None})
    encoding = {"x": time("middle"), "y": price(field, title), "color": colour}
    return {"data": {"name": "bars"}, "mark": {"type": "line", "strokeWidth": 1.4, "clip": True}, "encoding": encoding}


def level(value: float) -> Spec:
    """Return a dashed horizontal line."""
    return {
        "data": {"values": [{"level": value}]},
        "mark": {"type": "rule", "strokeDash": [3, 3], "color": NEUTRAL},
        "encoding": {"y": {"field": "level", "type": "quantitative"}},
    }


def zones(name: str, *, opacity: float) -> Spec:
    """Return ranges of prices from `left` to `right`, coloured by their direction."""
    colour = {"condition": {"test": "datum.direction == 'up'", "value": UP}, "value": DOWN}
    encoding = {
        "x": time("left"),
        "x2": {"field": "right"},
        "y": price("bottom"),
        "y2": {"field": "top"},
        "color": colour,
        "tooltip": [{"field": "told", "type": "nominal", "title": None}],
    }
    return {"data": {"name": name}, "mark": {"type": "rect", "opacity": opacity, "clip": True}, "encoding": encoding}


def segments(name: str, *, dash: Sequence[int]) -> Spec:
    """Return horizontal lines at `price` from `left` to `right`, each in its own `colour`."""
    encoding = {
        "x": time("left"),
        "x2": {"field": "right"},
        "y": price("price"),
        "color": {"field": "colour", "type": "nominal", "scale": None},
    }
    return {
        "data": {"name": name},
        "mark": {"type": "rule", "strokeDash": dash, "strokeWidth": 1.5, "clip": True},
        "encoding": encoding,
    }


def labels(name: str, *, dy: float, size: int) -> Spec:
    """Return words at (`middle`, `price`), `dy` pixels below it, each in its own `colour`."""
    encoding = {
        "x": time("middle"),
        "y": price("price"),
        "text": {"field": "label", "type": "nominal"},
        "color": {"field": "colour", "type": "nominal", "scale": None},
        "tooltip": {"field": "told"},
    }
    mark = {"type": "text", "dy": dy, "fontSize": size, "fontWeight": 600, "clip": True}
    return {"data": {"name": name}, "mark": mark, "encoding": encoding}


def arrows(name: str, shape: str) -> Spec:
    """Return arrowheads at (`middle`, `price`)."""
    encoding = {
        "x": time("middle"),
        "y": price("price"),
        "color": {"field": "colour", "type": "nominal", "scale": None},
        "tooltip": {"field": "told"},
    }
    mark = {"type": "point", "shape": shape, "filled": True, "size": 260, "stroke": "white", "opacity": 1, "clip": True}
    return {"data": {"name": name}, "mark": mark, "encoding": encoding}
