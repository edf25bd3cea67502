"""One finished cycle for tests of what people and programs read."""

from eliteflow.errors import UnknownSymbol
from eliteflow.model.market_row import MarketRow
from eliteflow.scheduler.cycle import CycleOutcome, CycleReport

REPORT = CycleReport(
    cycle=3,
    venue="SIMULATED",
    as_of_ms=1_763_892_120_000,
    symbols=3,
    succeeded=2,
    failed=1,
    inferred=0,
    requests=6,
    weight=6,
    l1_hits=0,
    l2_hits=0,
    cache_hit_rate=0.0,
    batch_success_rate=0.5,
    data_s=0.84,
    analysis_s=0.12,
    total_s=0.9,
    signals=0,
    degraded=False,
)
ROWS = [
    MarketRow("BTCUSDT", 86_028.3, -1.25, "up", "down", "flat", 0.4, 31.5, converged=True),
    MarketRow("币安人生USDT", 1.5e-7, None, None, None, "up", 0.1, None, converged=False),
]
OUTCOME = CycleOutcome(REPORT, ROWS, {"ETHUSD": UnknownSymbol("ETHUSD", "ETHUSDT")})
