"""A chart of one series as one HTML file that needs no network, or as PNG, drawn by Vega-Lite."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import ModuleType

import numpy as np

from eliteflow.analysis import talib_library
from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.signal_outcome import FollowedSignal
from eliteflow.analysis.structure import find_structure
from eliteflow.errors import ConfigError, utc_text
from eliteflow.messages import language, set_language, text
from eliteflow.model.candle import OHLCV
from eliteflow.operations.charts import chart_layers as layers
from eliteflow.operations.charts.chart_layers import Rows, Spec
from eliteflow.operations.charts.chart_signals import SignalLayers
from eliteflow.operations.charts.chart_structure import StructureLayers
from eliteflow.operations.tables.rendering import time_cell, venue_label

VEGA_LITE = "6.4"
WIDTH, PRICE_HEIGHT, PANE_HEIGHT, SCALE = 1100, 460, 110, 2.0
FONT = "Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, WenQuanYi Micro Hei, sans-serif"
LATIN_END = 0x2E7F  # Chinese begins after it
ON_PRICES = frozenset({"bollinger", "keltner", "donchian", "supertrend", "rolling_vwap", "session_vwap"})
"""Indicators in the unit of the price that are not TA-Lib's own, or have another name there."""

GUIDES: Mapping[str, tuple[float, ...]] = {
    "rsi": (30, 70),
    "stoch_k": (20, 80),
    "mfi": (20, 80),
    "cci": (-100, 100),
    "adx": (20, 25),
    "macd": (0,),
}


@dataclass(frozen=True, slots=True)
class Chart:
    """The newest `bars` bars of one symbol.

    indicators: of that symbol alone, with its candles. panes: name of an indicator → its outputs, in order.
    signals: of that symbol, from the ledger and the newest bar.
    """

    venue: str
    symbol: str
    indicators: MarketIndicators
    panes: Mapping[str, tuple[str, ...]]
    signals: Sequence[FollowedSignal] = ()
    bars: int = 200

    def write(self, path: Path) -> None:
        """Write the chart as the file's name ends, `.html` or `.png`; raise ConfigError if it cannot be written."""
        document = self.png() if path.suffix == ".png" else self.html()
        try:
            path.write_bytes(document)
        except OSError as error:
            raise ConfigError("--out", text("config.unwritable", path=path, reason=error.strerror)) from error

    def html(self) -> bytes:
        """Return a page with everything in it: the candles and the code that draws them; it zooms and explains."""
        page: str = _renderer().vegalite_to_html(self.spec(), vl_version=VEGA_LITE, bundle=True, config=_config())
        page = page.replace("<html>", f'<html lang="{language()}">', 1)
        return page.replace("<title>Chart</title>", f"<title>{escape(self._title())}</title>", 1).encode()

    def png(self) -> bytes:
        """Return an image; in English where no font on this machine has Chinese characters."""
        renderer, chosen = _renderer(), language()
        if self.lacks_font():
            set_language("en")
        try:
            image: bytes = renderer.vegalite_to_png(self.spec(), vl_version=VEGA_LITE, scale=SCALE, config=_config())
        finally:
            set_language(chosen)
        return image

    def lacks_font(self) -> bool:
        """Return whether an image would need characters that no font on this machine has."""
        told = (self._title(), *self._subtitle(), text("chart.price"))
        needed = {character for character in "".join(told) if ord(character) > LATIN_END}
        return not all(map(_is_drawn, needed))

    def spec(self) -> Spec:
        """Return the chart as a Vega-Lite specification with its data."""
        structure = StructureLayers(find_structure(self.indicators.panel), self.shown)
        signals = SignalLayers(self.signals, self.indicators.panel, self.shown)
        price: Spec = {
            "width": WIDTH,
            "height": PRICE_HEIGHT,
            "layer": [
                *structure.below(),
                *layers.candles(self._tooltip(), text("chart.price")),
                *(layers.line(output) for output in self._overlays()),
                *structure.above(),
                *signals.above(),
            ],
        }
        price = layers.over_prices(price, *self._price_range(signals.prices()))
        *upper, lowest = (price, *self._panes())
        views = [*map(layers.without_times, upper), lowest]
        data = {"bars": [*self._rows()], **structure.data(), **signals.data()}
        return {
            "$schema": f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE}.json",
            "title": {"text": self._title(), "subtitle": self._subtitle(), "anchor": "start"},
            "datasets": data,
            "vconcat": views,
            "spacing": 6,
            "resolve": {"scale": {"x": "shared", "color": "independent"}},
            "params": [_zoom(["candles", "volume"])],
        }

    @property
    def shown(self) -> int:
        """How many bars are drawn."""
        return min(self.bars, self.indicators.panel.bars)

    def _price_range(self, further: Sequence[float]) -> tuple[float, float]:
        """Return from where to where prices are drawn: all that candles, lines and `further` prices need."""
        panel = self.indicators.panel
        lines = [self.indicators[output][0, -self.shown :] for output in self._overlays()]
        prices = np.concatenate([*panel.values[1:3, 0, -self.shown :], *lines, further])
        lowest, highest = float(np.nanmin(prices)), float(np.nanmax(prices))
        margin = (highest - lowest) * 0.04 or highest * 0.01
        return lowest - margin, highest + margin

    def _title(self) -> str:
        timeframe = self.indicators.timeframe
        return text("chart.title", symbol=self.symbol, timeframe=timeframe, venue=venue_label(self.venue))

    def _subtitle(self) -> list[str]:
        newest = utc_text(int(self.indicators.open_time_ms[-1]))
        return [text("chart.bars", bars=self.shown, newest=newest), text("chart.legend")]

    def _tooltip(self) -> list[Spec]:
        number = {"type": "quantitative", "format": ",.8~g"}
        numbers = [{"field": name, "title": text(f"candles.{name}"), **number} for name in OHLCV]
        return [{"field": "when", "type": "nominal", "title": "UTC"}, *numbers]

    def _overlays(self) -> list[str]:
        return [output for name, outputs in self.panes.items() if on_prices(name) for output in outputs]

    def _panes(self) -> Iterator[Spec]:
        """Yield the volume, and a pane for each indicator that is not in the unit of the price."""
        volume = layers.columns("volume", "volume", text("candles.volume"), numbers="~s")
        yield {"width": WIDTH, "height": PANE_HEIGHT * 2 // 3, **volume}
        for name, outputs in self.panes.items():
            if not on_prices(name):
                yield {"width": WIDTH, "height": PANE_HEIGHT, "layer": [*_pane(name, outputs)]}

    def _rows(self) -> Rows:
        """Return the bars that are drawn, each with its outputs; what is not known is left out."""
        panel, interval_ms = self.indicators.panel, self.indicators.timeframe.ms
        drawn = {output for outputs in self.panes.values() for output in outputs}
        names = (*OHLCV, *drawn)
        columns = [*panel.values[:, 0, -self.shown :], *(self.indicators[one][0, -self.shown :] for one in drawn)]
        rows = []
        for open_ms, *values in zip(panel.open_time_ms[-self.shown :].tolist(), *columns, strict=True):
            known = {name: float(value) for name, value in zip(names, values, strict=True) if math.isfinite(value)}
            edges = {"left": open_ms + interval_ms // 8, "right": open_ms + interval_ms - interval_ms // 8}
            when = time_cell(open_ms)
            rows.append({"when": when, "middle": open_ms + interval_ms // 2, **edges, **known})
        return rows


def is_chart_file(path: Path) -> bool:
    """Return whether a file's name ends as one that a chart can be."""
    return path.suffix in (".html", ".png")


def on_prices(name: str) -> bool:
    """Return whether an indicator, named with or without periods, is drawn over the candles."""
    plain = name.rstrip("0123456789_") if name not in ON_PRICES else name
    if plain in ON_PRICES:
        return True
    function = plain.upper()
    return function in talib_library.function_names() and talib_library.facts(function).has_price_scale


def _pane(name: str, outputs: Sequence[str]) -> Iterator[Spec]:
    for guide in GUIDES.get(outputs[0].split("_")[0], GUIDES.get(outputs[0], ())):
        yield layers.level(guide)
    for output in outputs:
        if "histogram" in output:
            sign = {"condition": {"test": f"datum['{output}'] >= 0", "value": layers.UP}, "value": layers.DOWN}
            yield layers.columns(output, output, name, colour=sign)
        else:
            yield layers.line(output, name, is_named=len(outputs) > 1)


def _zoom(views: Sequence[str]) -> Spec:
    """Return that dragging moves all panes along the time, and the wheel zooms."""
    return {"name": "zoom", "select": {"type": "interval", "encodings": ["x"]}, "bind": "scales", "views": [*views]}


def _config() -> Spec:
    return {
        "font": FONT,
        "background": "white",
        "axis": {"gridColor": "#eceff3", "domainColor": layers.NEUTRAL, "tickColor": layers.NEUTRAL},
        "axisY": {"minExtent": 52},  # panes begin at the same place
        "range": {"category": [*layers.LINES]},
        "title": {"fontSize": 16, "offset": 10, "subtitleColor": "#5c6b7a", "subtitlePadding": 6},
        "legend": {"title": None, "orient": "top-left", "fillColor": "rgba(255,255,255,0.6)", "padding": 4},
        "view": {"stroke": "#d5dae1"},
    }


def _is_drawn(character: str) -> bool:
    """Return whether some font has the character: one that none has looks like one that never will be."""
    return _image_of(character) != _image_of("\U0010fffe")


def _image_of(character: str) -> bytes:
    word = f'<text y="20" font-family="{FONT}">{character}</text>'
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24">{word}</svg>'
    image: bytes = _renderer().svg_to_png(drawing)
    return image


def _renderer() -> ModuleType:
    """Return the library that draws; raise ConfigError where it is not installed."""
    try:
        import vl_convert
    except ImportError as error:
        raise ConfigError("eliteflow chart", text("chart.missing")) from error
    return vl_convert
