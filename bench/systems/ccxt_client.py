"""ccxt: with its own throttle, as it ships, and without it."""

from importlib.metadata import version

import ccxt.async_support as ccxt
import pandas as pd

from bench.array_path import ArrayPath
from bench.job import Job
from bench.systems.base import PooledSystem, Rows, System

VERSION = f"ccxt {version('ccxt')}"


class Ccxt(PooledSystem):
    """`fetch_ohlcv` for every series; 100 at a time is its best without the throttle."""

    in_flight = 100

    async def open(self) -> None:
        """Load the markets."""
        self._exchange = ccxt.binanceusdm({"enableRateLimit": self.job.way == "throttled"})
        for name, url in list(self._exchange.urls["api"].items()):
            if name.startswith("fapi"):
                self._exchange.urls["api"][name] = f"{self.job.rest_url}/fapi/v{url.rpartition('/v')[2]}"
        await self._exchange.load_markets()
        self._names = {symbol: self._exchange.safe_symbol(symbol) for symbol in self.job.symbols}

    async def rows(self, symbol: str, timeframe: str) -> Rows:
        """Ask for one series: six columns, numbers already."""
        found: Rows = await self._exchange.fetch_ohlcv(self._names[symbol], timeframe, limit=self.job.limit)
        return found

    async def frame(self, symbol: str, timeframe: str) -> pd.DataFrame:
        """Return the frame that ccxt's users build."""
        rows = await self.rows(symbol, timeframe)
        frame = pd.DataFrame(rows, columns=["timestamp", "open", "high", "low", "close", "volume"])
        frame["timestamp"] = pd.to_datetime(frame["timestamp"], unit="ms")
        return frame.set_index("timestamp")

    async def into_arrays(self, path: ArrayPath, symbol: str, timeframe: str) -> None:
        """Put one series into our memory, by the call that returns the venue's own rows."""
        query = {"symbol": symbol, "interval": timeframe, "limit": self.job.limit}
        path.take_rows(symbol, timeframe, await self._exchange.fapiPublicGetKlines(query))

    async def close(self) -> None:
        """Close the session."""
        await self._exchange.close()


def make(job: Job) -> System:
    """Return the system for a job."""
    return Ccxt(job)
