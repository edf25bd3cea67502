"""The count of one cycle."""

from eliteflow.model.breaker import BreakerSnapshot, Circuit
from eliteflow.model.spend import Spend
from eliteflow.pipeline.result import FetchReport, Refresh
from eliteflow.scheduler.cycle_tally import CycleTally


def fetched(symbols: int, data_s: float) -> Refresh:
    """Return a batch of so many symbols whose data took so long."""
    return Refresh({}, FetchReport(0, symbols, symbols, 0, requests=1, l1_hits=2, l1_misses=1, data_s=data_s))


def test_a_symbol_took_its_share_of_its_batch() -> None:
    """The mean is over all symbols; the fastest and the slowest are those of whole batches."""
    tally = CycleTally(1, 0.0, Spend(0, 0))
    tally.add_batch(fetched(64, 0.64), {}, fetched_s=0.7, analysis_s=0.0)
    tally.add_batch(fetched(16, 0.0), {}, fetched_s=0.7, analysis_s=0.016)
    tally.analysis_s += 0.4  # strategies and the ranking, which no batch is charged with
    report = tally.outcome("SIMULATED", Spend(2, 2), {}, 0.8, breaker=BreakerSnapshot("host", Circuit.CLOSED, 0)).report
    assert (report.mean_ms, report.fastest_ms, report.slowest_ms) == (8.2, 1.0, 10.0)
    assert (report.l1_hits, report.cache_hit_rate, report.requests, report.total_s) == (4, 4 / 6, 2, 0.8)
