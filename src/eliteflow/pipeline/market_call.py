"""One call of the pipeline, from its arguments to its report."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from eliteflow.errors import EliteflowError
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.result import FetchReport, Refresh
from eliteflow.pipeline.tally import Tally


@dataclass(slots=True)
class MarketCall:
    """One call in progress: what is wanted as of one instant, and what has happened so far.

    limit: rows of each series, the bar in progress among them if it is included.
    asks_for_forming: whether the venue has to be asked for the bar in progress, since no stream brings it.
    leaves_late: whether bars that the watch over their close still fetches are named as missing, not waited for.
    asked_for: series that the venue had to be asked for. l2_hits: series that were there because the disk had them.
    inferred: series whose newest closed bar was closed by rule.
    refused: symbols that are known not to trade. failures: why a series is not there.
    """

    symbols: tuple[str, ...]
    timeframes: tuple[Timeframe, ...]
    limit: int
    as_of_ms: int
    include_forming: bool = False
    asks_for_forming: bool = False
    leaves_late: bool = False
    refused: Mapping[str, EliteflowError] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    failures: dict[tuple[str, Timeframe], EliteflowError] = field(default_factory=dict)
    asked_for: set[tuple[str, Timeframe]] = field(default_factory=set)
    l2_hits: int = 0
    inferred: int = 0
    waited_s: float = 0.0

    @property
    def bars(self) -> int:
        """How many closed bars of each series are needed, at least one."""
        return max(1, self.limit - self.include_forming)

    def head_ms(self, timeframe: Timeframe) -> int:
        """Return the open time of the bar that is the newest closed one at the call's instant."""
        return timeframe.newest_closed_ms(self.as_of_ms)

    def asked(self) -> list[str]:
        """Return the symbols that are worth asking for."""
        return [symbol for symbol in self.symbols if symbol not in self.refused]

    def finish(self) -> Refresh:
        """Return the first failure of each symbol, in the order of symbols and timeframes, and the call in numbers."""
        by_symbol: dict[str, EliteflowError] = {}
        for timeframe in self.timeframes:
            for symbol in self.symbols:
                if error := self.failures.get((symbol, timeframe)):
                    by_symbol.setdefault(symbol, error)
        errors = {
            symbol: error for symbol in self.symbols if (error := self.refused.get(symbol) or by_symbol.get(symbol))
        }
        return Refresh(errors, self._report(len(errors)))

    def _report(self, failed: int) -> FetchReport:
        misses = sum(timeframe in self.timeframes for _, timeframe in self.asked_for)
        return FetchReport(
            as_of_ms=self.as_of_ms,
            symbols=len(self.symbols),
            succeeded=len(self.symbols) - failed,
            failed=failed,
            requests=self.tally.requests,
            weight=self.tally.weight,
            l1_hits=len(self.asked()) * len(self.timeframes) - misses - self.l2_hits,
            l1_misses=misses,
            l2_hits=self.l2_hits,
            inferred=self.inferred,
            data_s=self.tally.data_s,
            waited_s=self.waited_s,
        )
