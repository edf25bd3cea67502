"""What a chart shows of signals: where they were given, their stop and target, and how they ended."""

from collections.abc import Iterator, Sequence

from eliteflow.analysis.signal_outcome import FollowedSignal
from eliteflow.messages import text
from eliteflow.model.panel import Panel
from eliteflow.model.signal import Side
from eliteflow.operations.charts import chart_layers as layers
from eliteflow.operations.charts.chart_layers import Rows, Spec
from eliteflow.operations.tables.rendering import number_cell


class SignalLayers:
    """The layers of a symbol's signals of any timeframe, over the newest `shown` bars of its panel."""

    def __init__(self, signals: Sequence[FollowedSignal], panel: Panel, shown: int) -> None:
        self._interval_ms = panel.timeframe.ms
        self._first_ms, self._last_ms = int(panel.open_time_ms[-shown:][0]), int(panel.open_time_ms[-1])
        self._signals = [one for one in signals if self._first_ms <= self._bar_ms(one.signal.bar_ms) <= self._last_ms]

    def prices(self) -> list[float]:
        """Return all stops and targets that are drawn."""
        return [price for one in self._signals for price in (one.signal.stop, one.signal.target)]

    def data(self) -> dict[str, Rows]:
        """Return the rows of each layer."""
        rows = [(one.signal.side, self._arrow(one)) for one in self._signals]
        return {
            "longs": [row for side, row in rows if side is Side.LONG],
            "shorts": [row for side, row in rows if side is Side.SHORT],
            "trades": [line for one in self._signals for line in self._lines(one)],
        }

    def above(self) -> list[Spec]:
        """Return what lies before the candles."""
        return [
            layers.segments("trades", dash=(2, 2)),
            layers.arrows("longs", "triangle-up"),
            layers.arrows("shorts", "triangle-down"),
        ]

    def _arrow(self, one: FollowedSignal) -> dict[str, object]:
        signal = one.signal
        ending = text(f"ending.{one.course.ending or 'open'}")
        return {
            "middle": self._bar_ms(signal.bar_ms) + self._interval_ms // 2,
            "price": signal.entry,
            "colour": layers.LONG if signal.side is Side.LONG else layers.SHORT,
            "told": text(
                "chart.signal",
                strategy=signal.strategy,
                side=text(f"side.{signal.side}"),
                **{name: number_cell(getattr(signal, name)) for name in ("entry", "stop", "target")},
                ending=ending if one.result_r is None else f"{ending} {one.result_r:+.2f} R",
            ),
        }

    def _lines(self, one: FollowedSignal) -> Iterator[dict[str, object]]:
        """Return stop and target, from the signal to its end or to the newest bar."""
        left = self._bar_ms(one.signal.bar_ms) + self._interval_ms // 2
        end_ms = one.course.ended_ms if one.course.ended_ms is not None else self._last_ms
        right = max(min(self._bar_ms(end_ms), self._last_ms) + self._interval_ms, left)
        for price, colour in ((one.signal.stop, layers.DOWN), (one.signal.target, layers.UP)):
            yield {"left": left, "right": right, "price": price, "colour": colour}

    def _bar_ms(self, time_ms: int) -> int:
        """Return the open time of the chart's bar in which a time lies."""
        return time_ms - time_ms % self._interval_ms
