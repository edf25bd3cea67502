"""What a chart shows of market structure: swings, breaks, gaps, order blocks, each from the bar where it was known."""

from collections.abc import Iterator

import numpy as np

from eliteflow.analysis.price_zones import NOT_YET, Zones
from eliteflow.analysis.structure import MarketStructure
from eliteflow.analysis.structure_breaks import UP
from eliteflow.analysis.structure_state import HIGH_LABELS, LOW_LABELS
from eliteflow.analysis.swings import Swings
from eliteflow.messages import text
from eliteflow.operations.charts import chart_layers as layers
from eliteflow.operations.charts.chart_layers import Rows, Spec
from eliteflow.operations.tables.rendering import short_time_cell


class StructureLayers:
    """The layers of one symbol's structure, the only one in its panel. shown: how many of the newest bars are drawn."""

    def __init__(self, structure: MarketStructure, shown: int) -> None:
        self._structure = structure
        self._times = structure.panel.open_time_ms
        self._interval_ms = structure.panel.timeframe.ms
        self._first = max(len(self._times) - shown, 0)

    def data(self) -> dict[str, Rows]:
        """Return the rows of each layer."""
        found = self._structure
        return {
            "gaps": [*self._zones(found.gaps, "gap")],
            "blocks": [*self._zones(found.blocks, "block")],
            "highs": [*self._swings(found.highs, HIGH_LABELS)],
            "lows": [*self._swings(found.lows, LOW_LABELS)],
            "breaks": [*self._breaks()],
        }

    def below(self) -> list[Spec]:
        """Return what lies behind the candles."""
        return [layers.zones("gaps", opacity=0.13), layers.zones("blocks", opacity=0.24)]

    def above(self) -> list[Spec]:
        """Return what lies before them."""
        return [
            layers.labels("highs", dy=-8, size=9),
            layers.labels("lows", dy=9, size=9),
            layers.segments("breaks", dash=(4, 2)),
            layers.labels("breaks", dy=-6, size=10),
        ]

    def _zones(self, zones: Zones, kind: str) -> Iterator[dict[str, object]]:
        newest = len(self._times) - 1
        for place in range(len(zones.row)):
            passed = int(zones.passed_bar[place])
            last = newest if passed == NOT_YET else passed
            if last < self._first:
                continue
            known, direction = int(zones.bar[place]), "up" if zones.direction[place] == UP else "down"
            yield {
                "left": int(self._times[max(known, self._first)]),
                "right": int(self._times[last]) + self._interval_ms,
                "bottom": float(zones.bottom[place]),
                "top": float(zones.top[place]),
                "direction": direction,
                "told": text(f"chart.{kind}_{direction}", known=self._when(known)),
            }

    def _swings(self, swings: Swings, names: dict[int, str]) -> Iterator[dict[str, object]]:
        reach = self._structure.reach
        for known in np.flatnonzero(~np.isnan(swings.price[0])).tolist():
            if known - reach >= self._first:
                yield {
                    "middle": int(self._times[known - reach]) + self._interval_ms // 2,
                    "price": float(swings.price[0, known]),
                    "label": names.get(int(swings.label[0, known]), "•"),
                    "colour": layers.NEUTRAL,
                    "told": text("chart.swing", known=self._when(known)),
                }

    def _breaks(self) -> Iterator[dict[str, object]]:
        breaks, reach = self._structure.breaks, self._structure.reach
        for bar in np.flatnonzero(breaks.direction[0]).tolist():
            if bar >= self._first:
                turned = max(int(breaks.confirmed[0, bar]) - reach, self._first)
                left, right = int(self._times[turned]), int(self._times[bar]) + self._interval_ms
                yield {
                    "left": left,
                    "right": right,
                    "middle": (left + right) // 2,
                    "price": float(breaks.level[0, bar]),
                    "label": "CHoCH" if breaks.is_change[0, bar] else "BOS",
                    "colour": layers.UP if breaks.direction[0, bar] == UP else layers.DOWN,
                    "told": text("chart.break", known=self._when(bar)),
                }

    def _when(self, bar: int) -> str:
        return short_time_cell(int(self._times[bar]))
