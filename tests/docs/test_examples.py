"""The examples work."""

from pathlib import Path

from eliteflow.config import Settings, StrategySettings
from eliteflow.pipeline.data_service import DataService
from eliteflow.scheduler.detached_threads import AtOnce
from eliteflow.scheduler.unified_scheduler import UnifiedScheduler
from tests.unit.scheduler.market_client import FakeMarket

EXAMPLES = Path(__file__).parents[2] / "examples"


async def test_the_strategy_of_20_lines_gives_signals_in_a_cycle() -> None:
    """It is found by the name that it tells, and its class is short enough for its own."""
    market = FakeMarket(*(f"C{number:02}USDT" for number in range(10)))
    settings = Settings(strategy=StrategySettings(names=("examples.strategy_20_lines:Dip",)))
    scheduler = UnifiedScheduler(settings, market, DataService(market, clock=market.clock), strategy_executor=AtOnce())
    report = await scheduler.run_cycle()
    outcome = scheduler.last_outcome
    assert outcome is not None
    assert outcome.funnels["dip"].total == outcome.funnels["dip"].data == 10
    assert report.signals == outcome.funnels["dip"].signal > 0
    source = (EXAMPLES / "strategy_20_lines.py").read_text("utf-8")
    assert len(source[source.index("class Dip") :].splitlines()) <= 20
