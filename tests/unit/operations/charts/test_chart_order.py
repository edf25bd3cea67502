"""The words of `eliteflow chart` become one series, a cycle over it, and a file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.config import Settings
from eliteflow.errors import DataNotReady, InvalidArgument
from eliteflow.model.panel import Panel
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.charts.chart_order import ChartOrder
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.ledger_file import LedgerFile
from tests.unit.operations.charts.drawn import signal_at, walk
from tests.unit.operations.outcomes import OUTCOME
from tests.unit.scheduler.market_client import FakeMarket


def test_names_are_read_one_by_one() -> None:
    """Symbols in any case."""
    order = ChartOrder.of("btcusdt", "15m", "ema_20, rsi,", 100, Path("a.png"))
    assert (order.symbol, order.timeframe, order.names) == ("BTCUSDT", Timeframe.M15, ("ema_20", "rsi"))


@pytest.mark.parametrize("out", [None, Path("a.jpg"), Path("chart")])
def test_another_kind_of_file_is_refused_before_anything_is_fetched(out: Path | None) -> None:
    """With the kinds there are."""
    with pytest.raises(InvalidArgument, match=r"\.html or \.png"):
        ChartOrder.of("BTCUSDT", "15m", "rsi", 100, out)


def test_an_unknown_timeframe_is_refused() -> None:
    """As everywhere."""
    with pytest.raises(InvalidArgument):
        ChartOrder.of("BTCUSDT", "7m", "rsi", 100, Path("a.png"))


@pytest.mark.parametrize("bars", [0, -5])
def test_a_chart_has_at_least_one_bar(bars: int) -> None:
    """Less would mean all of them."""
    with pytest.raises(InvalidArgument, match="--bars"):
        ChartOrder.of("BTCUSDT", "15m", "rsi", bars, Path("a.png"))


@pytest.mark.parametrize(
    ("timeframe", "given", "expected"),
    [("15m", None, "1h,15m,5m"), ("4h", None, "1h,15m,5m,4h"), ("5m", "1d", "1d,5m")],
)
def test_the_cycle_is_over_that_symbol_in_the_charts_timeframe_too(
    timeframe: str, given: str | None, expected: str
) -> None:
    """Strategies keep theirs unless others were named."""
    order = ChartOrder.of("BTCUSDT", timeframe, "rsi", 100, Path("a.png"))
    flags = order.flags({"timeframes": given, "quiet": True})
    assert flags == {"timeframes": expected, "symbols": "BTCUSDT", "quiet": True}


def test_signals_come_from_the_ledger_and_from_the_cycle(tmp_path: Path) -> None:
    """Those of other symbols do not."""
    panel = walk()
    order = ChartOrder.of("BTCUSDT", "5m", "rsi", 100, Path("a.png"))
    assert order._signals(OUTCOME, tmp_path / "missing.sqlite") == []
    file = LedgerFile(tmp_path / "s.sqlite", venue="SIMULATED", host="venue")
    file.write([signal_at(panel, 250)], [])
    file.close()
    assert order._signals(OUTCOME, tmp_path / "s.sqlite") == [signal_at(panel, 250)]


class WithoutBars(UnifiedDataPipeline):
    """Memory that holds no bar of anything."""

    def panel(
        self,
        timeframe: str,
        symbols: Sequence[str] | None = None,
        bars: int | None = None,
        *,
        as_of_ms: int | None = None,
    ) -> Panel:
        """Nothing is closed yet."""
        return Panel(Timeframe.parse(timeframe), tuple(symbols or ()), np.empty(0, np.int64), np.empty((5, 1, 0)))


def test_a_contract_without_a_closed_bar_is_refused_in_words(tmp_path: Path) -> None:
    """It was listed moments ago: there is nothing to draw, and nothing is written."""
    order = ChartOrder.of("NEWUSDT", "5m", "rsi", 100, tmp_path / "a.html")
    with pytest.raises(DataNotReady, match="NEWUSDT 5m: 0 closed bars, need 1"):
        order.draw(Settings(), "venue", WithoutBars(FakeMarket("NEWUSDT")), EliteTechnicalEngine(), OUTCOME)
    assert not list(tmp_path.iterdir())
