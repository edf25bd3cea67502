"""eliteflow itself: cold, warm, after a close; its way names a transport or a fixed number in flight."""

from importlib.metadata import version
from tempfile import TemporaryDirectory

from bench.job import Job
from bench.systems.base import System
from bench.truth import Frames
from eliteflow.app import open_app
from eliteflow.clock import Clock
from eliteflow.config import RestSettings, Settings, StoreSettings, VenueSettings
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.exchange.transport import AiohttpTransport
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline

VERSION = version("eliteflow")


class Ours(System):
    """`UnifiedDataPipeline` over `BinanceClient`. Each round is a new program with a weight book of its own."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        rest = RestSettings(state_dir="", max_in_flight=job.in_flight or 256, tune_in_flight=not job.in_flight)
        self._settings = Settings(venue=VenueSettings(environment="emulator", rest_url=job.rest_url), rest=rest)
        transport = None
        if job.way == "aiohttp":
            transport = AiohttpTransport(job.rest_url, max_connections=rest.max_in_flight, environment={})
        self._client = BinanceClient(self._settings, transport=transport, clock=Clock())
        self._pipeline = UnifiedDataPipeline(self._client, clock=self._client.clock)

    async def open(self) -> None:
        """Learn time and contracts; before a warm step fetch the market, before `after_close` that of a bar ago."""
        await self._client.synchronise_clock()
        await self._client.fetch_instruments()
        if self.job.step == "warm":
            await self.fetch()
        elif self.job.step == "after_close":
            before_ms = Timeframe.M5.open_time_ms(self._client.clock.now_ms()) - 1
            await self._pipeline.refresh(self.job.symbols, self.job.timeframes, self.job.limit, as_of_ms=before_ms)

    async def fetch(self) -> Frames:
        """Call what users call."""
        found = await self._pipeline.batch_get_multi_timeframe_data(
            self.job.symbols, self.job.timeframes, self.job.limit
        )
        for error in found.errors.values():
            raise error
        return found

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    @property
    def extra(self) -> dict[str, float]:
        """The number in flight at the end."""
        return {"in_flight": self._client.budget.snapshot().room.allowed}


class Restarted(System):
    """A whole program that finds the market of its last run on disk: from its start to frames."""

    async def open(self) -> None:
        """Run it once, and end it."""
        self._folder = TemporaryDirectory()
        self._settings = Settings(
            venue=VenueSettings(environment="emulator", rest_url=self.job.rest_url),
            rest=RestSettings(state_dir=""),
            store=StoreSettings(path=self._folder.name),
        )
        await self.fetch()

    async def fetch(self) -> Frames:
        """Start, fetch what is not on disk, and end."""
        async with open_app(self._settings) as app:
            app.data_pipeline.set_universe(self.job.symbols)
            return await app.data_pipeline.batch_get_multi_timeframe_data(
                self.job.symbols, self.job.timeframes, self.job.limit
            )

    async def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()


def make(job: Job) -> System:
    """Return the system for a job."""
    return Restarted(job) if job.step == "restart" else Ours(job)
