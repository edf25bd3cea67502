"""The running count of one cycle, batch after batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eliteflow.analysis.market_indicators import MarketIndicators
from eliteflow.analysis.market_regime import MarketRegime
from eliteflow.analysis.signal_outcome import FollowedSignal
from eliteflow.errors import EliteflowError
from eliteflow.model.breaker import BreakerSnapshot
from eliteflow.model.market_row import MarketRow
from eliteflow.model.spend import Spend
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.result import Refresh
from eliteflow.scheduler.cycle import CycleOutcome, CycleReport
from eliteflow.scheduler.judgement import Judgement


@dataclass(slots=True)
class CycleTally:
    """What one cycle has done so far.

    started_s: on the steady clock. spent: of the client, when the cycle began. as_of_ms: venue time that decides bars.
    analysis_s: the market as a whole included. summed_ms: of the batches. symbol_ms: what a symbol took, by batch.
    rows: the ranked market. judgement: of the strategies. regimes: what kind of market it is.
    ended: signals that have ended. without_bars: symbols that neither failed nor have a closed bar.
    """

    cycle: int
    started_s: float
    spent: Spend
    as_of_ms: int = 0
    degraded: bool = False
    done: int = 0
    analysis_s: float = 0.0
    summed_data_s: float = 0.0
    summed_ms: float = 0.0
    last_reply_s: float = 0.0
    l1_hits: int = 0
    l1_misses: int = 0
    l2_hits: int = 0
    inferred: int = 0
    batches: int = 0
    whole_batches: int = 0
    analysed: int = 0
    symbol_ms: list[float] = field(default_factory=list)
    indicators: dict[Timeframe, list[MarketIndicators]] = field(default_factory=dict)
    errors: dict[str, EliteflowError] = field(default_factory=dict)
    rows: Sequence[MarketRow] = ()
    judgement: Judgement = field(default_factory=Judgement)
    regimes: Mapping[Timeframe, MarketRegime] = field(default_factory=dict)
    ended: tuple[FollowedSignal, ...] = ()
    without_bars: tuple[str, ...] = ()

    def add_batch(
        self, refresh: Refresh, indicators: Mapping[Timeframe, MarketIndicators], *, fetched_s: float, analysis_s: float
    ) -> None:
        """Count one batch. fetched_s: moment of its last reply on the steady clock. analysis_s: seconds."""
        report = refresh.report
        self.done += report.symbols
        self.analysis_s += analysis_s
        self.summed_data_s += report.data_s
        if report.requests:
            self.last_reply_s = max(self.last_reply_s, fetched_s)
        self.l1_hits += report.l1_hits
        self.l1_misses += report.l1_misses
        self.l2_hits += report.l2_hits
        self.inferred += report.inferred
        took_ms = (report.data_s + analysis_s) * 1000
        self.summed_ms += took_ms
        self.symbol_ms.append(took_ms / max(1, report.symbols))
        self.batches += 1
        self.whole_batches += not refresh.errors
        self.analysed += report.succeeded
        for timeframe, found in indicators.items():
            self.indicators.setdefault(timeframe, []).append(found)
        self.errors |= refresh.errors

    def progress(self) -> Mapping[str, float]:
        """Return the fields of `cycle.progress`; a batch's time counts for its own symbols only."""
        return {
            "done": self.done,
            "analysed": self.analysed,
            "mean_analysis_ms": self.analysis_s * 1000 / max(1, self.analysed),
            "mean_data_ms": self.summed_data_s * 1000 / max(1, self.done),
        }

    def outcome(
        self,
        venue: str,
        spent: Spend,
        unknown: Mapping[str, EliteflowError],
        now_s: float,
        *,
        breaker: BreakerSnapshot,
    ) -> CycleOutcome:
        """Return the finished cycle.

        venue: its name in reports. spent, breaker: of the client, now. unknown: symbols asked for that do not trade.
        now_s: on the steady clock.
        """
        errors = {**self.errors, **unknown}
        report = CycleReport(
            cycle=self.cycle,
            venue=venue,
            as_of_ms=self.as_of_ms,
            symbols=self.done + len(unknown),
            succeeded=self.analysed,
            failed=len(errors),
            inferred=self.inferred,
            requests=spent.requests - self.spent.requests,
            weight=(spent.weight or 0) - (self.spent.weight or 0),
            l1_hits=self.l1_hits,
            l2_hits=self.l2_hits,
            signals=len(self.judgement.new_signals),
            degraded=self.degraded or self.judgement.is_troubled,
            breaker=breaker.circuit,
            breaker_retry_after_s=breaker.retry_after_s,
            **self._shares(),
            **self._times(now_s),
        )
        return CycleOutcome(report, self.rows, errors, self.judgement, self.regimes, self.ended, self.without_bars)

    def _shares(self) -> Mapping[str, float]:
        """Return the fields of the report that are shares, 0 to 1."""
        hits = self.l1_hits + self.l2_hits
        lookups = hits + self.l1_misses
        return {
            "cache_hit_rate": hits / lookups if lookups else 0.0,
            "batch_success_rate": self.whole_batches / self.batches if self.batches else 1.0,
        }

    def _times(self, now_s: float) -> Mapping[str, float]:
        """Return the fields of the report that say how long something took."""
        return {
            "data_s": max(0.0, self.last_reply_s - self.started_s),
            "analysis_s": self.analysis_s,
            "total_s": now_s - self.started_s,
            "mean_ms": self.summed_ms / max(1, self.done),
            "fastest_ms": min(self.symbol_ms, default=0.0),
            "slowest_ms": max(self.symbol_ms, default=0.0),
        }
