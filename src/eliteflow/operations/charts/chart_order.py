"""What a call of `eliteflow chart` asked for, and how it becomes a picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.signal_outcome import FollowedSignal
from eliteflow.config import Settings
from eliteflow.errors import DataNotReady, InvalidArgument
from eliteflow.messages import text
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.charts.chart import Chart, is_chart_file
from eliteflow.operations.command_options import Flag
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.cycle import CycleOutcome
from eliteflow.scheduler.ledger_file import read_ledger
from eliteflow.scheduler.signal_ledger import ledger_path

STRATEGY_TIMEFRAMES = ("1h", "15m", "5m")


@dataclass(frozen=True, slots=True)
class ChartOrder:
    """One series, the names of indicators, how many bars, and the file. Raises ConfigError for another kind of file."""

    symbol: str
    timeframe: Timeframe
    names: tuple[str, ...]
    bars: int
    path: Path

    @classmethod
    def of(cls, symbol: str, timeframe: str, names: str, bars: int, out: Flag) -> "ChartOrder":
        """Return what the words of the command line mean."""
        if not isinstance(out, Path) or not is_chart_file(out):
            raise InvalidArgument("--out", found=str(out or ""), wanted=text("chart.kind"))
        if bars < 1:
            raise InvalidArgument("--bars", found=bars, wanted="1, 2, 3, …")
        chosen = tuple(name.strip() for name in names.split(",") if name.strip())
        return cls(symbol.upper(), Timeframe.parse(timeframe), chosen, bars, out)

    def flags(self, given: Mapping[str, Flag]) -> dict[str, Flag]:
        """Return the flags of a cycle over this symbol alone, in the strategies' timeframes and the chart's."""
        timeframes = str(given.get("timeframes") or ",".join(STRATEGY_TIMEFRAMES)).split(",")
        together = ",".join(dict.fromkeys((*timeframes, self.timeframe.value)))
        return {**given, "symbols": self.symbol, "timeframes": together}

    def draw(
        self,
        settings: Settings,
        host: str,
        data_pipeline: UnifiedDataPipeline,
        engine: EliteTechnicalEngine,
        outcome: CycleOutcome,
    ) -> None:
        """Write the picture of what a cycle has brought into memory, and say so; host: whose signals are shown.

        Raises DataNotReady for a contract that has no closed bar yet.
        """
        panes = {name: engine.outputs_of([name]) for name in self.names}
        panel = data_pipeline.panel(self.timeframe, [self.symbol])
        if not panel.bars:
            raise DataNotReady(self.symbol, self.timeframe, have=0, need=1)
        found = engine.calculate_market(panel, self.names)
        signals = self._signals(outcome, ledger_path(host, settings.store.path))
        chart = Chart(outcome.report.venue, self.symbol, found, panes, signals, self.bars)
        if self.path.suffix == ".png" and chart.lacks_font():
            click.echo(text("chart.no_font"), err=True)
        chart.write(self.path)
        told = {"symbol": self.symbol, "timeframe": self.timeframe, "bars": chart.shown}
        click.echo(text("chart.written", path=self.path, **told), err=True)

    def _signals(self, outcome: CycleOutcome, ledger: Path) -> list[FollowedSignal]:
        """Return the symbol's signals, those of earlier runs with what became of them."""
        kept = read_ledger(ledger).signals if ledger.is_file() else []
        known = [one for one in kept if one.signal.symbol == self.symbol]
        told = {(one.signal.strategy, one.signal.timeframe, one.signal.bar_ms) for one in known}
        fresh = (one for one in outcome.signals if (one.strategy, one.timeframe, one.bar_ms) not in told)
        return known + [FollowedSignal.new(signal) for signal in fresh]
