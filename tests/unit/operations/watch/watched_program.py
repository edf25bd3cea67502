"""All parts of a program without streams and disk, over a venue inside the test."""

from eliteflow.clock import Clock
from eliteflow.config import RestSettings, Settings, StrategySettings
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.operations.supervisor import Supervisor
from eliteflow.operations.watch.live_status import WatchedParts
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.scheduler.unified_scheduler import UnifiedScheduler
from tests.unit.exchange.scripted_venue import ScriptedVenue

SETTINGS = Settings(rest=RestSettings(state_dir=""), strategy=StrategySettings(names=()))


def parts_at(clock: Clock, settings: Settings = SETTINGS) -> WatchedParts:
    """Parts that have done nothing yet."""
    client = BinanceClient(settings, transport=ScriptedVenue(clock), clock=clock)
    service = DataService(client)
    pipeline = UnifiedDataPipeline(client, clock=clock, settings=settings, data_service=service)
    scheduler = UnifiedScheduler(settings, client, service, data_pipeline=pipeline, clock=clock)
    return WatchedParts(client, pipeline, scheduler, supervisor=Supervisor(clock))
