"""Charts of a random walk for tests."""

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.signal_outcome import FollowedSignal, follow
from eliteflow.model.panel import Panel
from eliteflow.model.signal import Side, Signal
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.charts.chart import Chart
from tests.unit.analysis.analysis_series import panel_of, random_walk

M5 = Timeframe.M5
ENGINE = EliteTechnicalEngine()
NAMES = ("ema_20", "bollinger", "rsi", "macd")


def walk(bars: int = 300) -> Panel:
    """One symbol."""
    return panel_of(random_walk(bars, volatility=0.004), timeframe=M5, symbols=("BTCUSDT",))


def signal_at(panel: Panel, bar: int, side: Side = Side.LONG) -> FollowedSignal:
    """A signal at the close of a bar, followed to the end of the panel."""
    close = float(panel.close[0, bar])
    risk = 0.01 * close * side.sign
    new = FollowedSignal.new(
        Signal("dip", "BTCUSDT", side, M5, int(panel.open_time_ms[bar]), close, close - risk, close + 2 * risk, 0.5)
    )
    return follow(new, panel.open_time_ms[bar + 1 :], panel.values[:4, 0, bar + 1 :], expiry_bars=20)


def chart_of(panel: Panel, *signals: FollowedSignal, bars: int = 100, venue: str = "SIMULATED") -> Chart:
    """A chart with two lines over the candles and two panes."""
    panes = {name: ENGINE.outputs_of([name]) for name in NAMES}
    return Chart(venue, "BTCUSDT", ENGINE.calculate_market(panel, NAMES), panes, signals, bars)
