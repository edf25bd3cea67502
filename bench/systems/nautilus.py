"""nautilus-trader's HttpClient, which is written in Rust; its Binance adapter decodes with msgspec."""

from importlib.metadata import version
from urllib.parse import quote

import msgspec
from nautilus_trader.core.nautilus_pyo3 import HttpClient, HttpMethod, Quota

from bench.array_path import ArrayPath
from bench.job import Job
from bench.systems.base import PooledSystem, Rows, System

VERSION = f"nautilus-trader {version('nautilus-trader')}"
THEIR_QUOTA = 2_400  # requests a minute, in their adapter for USDⓈ-M


class Nautilus(PooledSystem):
    """One request a series; with the quota that their adapter sets, or without."""

    async def open(self) -> None:
        """Make the client."""
        quota = Quota.rate_per_minute(THEIR_QUOTA) if self.job.way == "throttled" else None
        self._client = HttpClient(default_quota=quota)

    async def _body(self, symbol: str, timeframe: str) -> bytes:
        query = f"symbol={quote(symbol)}&interval={timeframe}&limit={self.job.limit}"
        answer = await self._client.request(HttpMethod.GET, f"{self.job.rest_url}/fapi/v1/klines?{query}")
        if answer.status != 200:
            raise RuntimeError(f"status {answer.status}")
        return bytes(answer.body)

    async def rows(self, symbol: str, timeframe: str) -> Rows:
        """Ask for one series."""
        found: Rows = msgspec.json.decode(await self._body(symbol, timeframe))
        return found

    async def into_arrays(self, path: ArrayPath, symbol: str, timeframe: str) -> None:
        """Put one series into our memory, without rows in between."""
        path.take_body(symbol, timeframe, await self._body(symbol, timeframe))


def make(job: Job) -> System:
    """Return the system for a job."""
    return Nautilus(job)
