"""What one cycle over the market found, and how its symbols are cut into batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from eliteflow.errors import EliteflowError
from eliteflow.model.breaker import Circuit
from eliteflow.model.market_row import MarketRow
from eliteflow.model.signal import Signal
from eliteflow.model.timeframe import Timeframe
from eliteflow.scheduler.judgement import Judgement

if TYPE_CHECKING:
    from eliteflow.analysis.market_regime import MarketRegime
    from eliteflow.analysis.signal_outcome import FollowedSignal
    from eliteflow.analysis.verdict import Funnel


@dataclass(frozen=True, slots=True)
class CycleReport:
    """One cycle in numbers; also the fields of the event `cycle.finished` and the `report` of the JSON output.

    cycle: counts from 1. venue: `production`, `testnet`, a host, or `SIMULATED`.
    as_of_ms: venue time, UTC milliseconds, at which the cycle looked at the market.
    symbols, succeeded, failed: contracts asked for, complete, and not.
    inferred: series whose newest bar was closed by rule because nobody traded and the venue sent nothing.
    signals: new ones; a signal counts in the first cycle that looks at its bar, and in no later one.
    requests, weight: REST requests sent and the weight they cost.
    l1_hits, l2_hits: series answered from memory and from disk without a request.
    cache_hit_rate, batch_success_rate: shares, 0 to 1. degraded: whether a part works by its fallback,
        or a strategy did not answer.
    breaker: `closed`, `open` or `half_open` as the cycle ended; breaker_retry_after_s: seconds until it lets a probe
        through, 0 unless open.
    data_s: seconds to the last reply of the cycle, 0 when nothing was sent. analysis_s, total_s: seconds; data and
        analysis overlap, so their sum may exceed the total.
    mean_ms, fastest_ms, slowest_ms: milliseconds a symbol took, data and analysis of its batch together divided by the
        symbols in it: over all symbols, in the quickest batch and in the slowest.
    """

    cycle: int
    venue: str
    as_of_ms: int
    symbols: int
    succeeded: int
    failed: int
    inferred: int
    requests: int
    weight: int
    l1_hits: int
    l2_hits: int
    cache_hit_rate: float
    batch_success_rate: float
    data_s: float
    analysis_s: float
    total_s: float
    signals: int
    degraded: bool
    breaker: str = Circuit.CLOSED
    breaker_retry_after_s: float = 0.0
    mean_ms: float = 0.0
    fastest_ms: float = 0.0
    slowest_ms: float = 0.0

    def fields(self) -> dict[str, int | float | str | bool]:
        """Return the report as the fields of a log line or JSON document, in order."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CycleOutcome:
    """Everything one cycle produced.

    rows: the ranked market. errors: why symbols are missing in it. judgement: what the strategies said.
    regimes: what kind of market it is, by timeframe. ended: signals of the ledger that have ended since the last cycle.
    without_bars: symbols that did not fail and yet have no row, for no bar of theirs has closed yet.
    """

    report: CycleReport
    rows: Sequence[MarketRow]
    errors: Mapping[str, EliteflowError]
    judgement: Judgement = field(default_factory=Judgement)
    regimes: "Mapping[Timeframe, MarketRegime]" = field(default_factory=dict)
    ended: "tuple[FollowedSignal, ...]" = ()
    without_bars: tuple[str, ...] = ()

    @property
    def failure(self) -> EliteflowError | None:
        """The gravest error of a cycle in which no symbol succeeded; None if one did."""
        if self.report.succeeded:
            return None
        return max(self.errors.values(), key=lambda error: (not error.retryable, error.exit_status), default=None)

    @property
    def signals(self) -> tuple[Signal, ...]:
        """All signals at the newest bars, the strongest first, those that earlier cycles had already found too."""
        return self.judgement.signals

    @property
    def funnels(self) -> "Mapping[str, Funnel]":
        """For each strategy, how many symbols were left after each step."""
        return self.judgement.funnels


def batches(symbols: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield the symbols in runs of `size`, the last one shorter if need be."""
    for start in range(0, len(symbols), size):
        yield symbols[start : start + size]
