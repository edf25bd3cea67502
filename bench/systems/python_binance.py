"""python-binance's asynchronous client."""

from importlib.metadata import version

from aiohttp import TCPConnector
from binance import AsyncClient

from bench.job import Job
from bench.systems.base import PooledSystem, Rows, System

VERSION = f"python-binance {version('python-binance')}"


class PythonBinance(PooledSystem):
    """`futures_klines` for every series, over as many connections as are asked at a time."""

    async def open(self) -> None:
        """Make the client."""
        self._client = AsyncClient(session_params={"connector": TCPConnector(limit=self.in_flight)})
        self._client.FUTURES_URL = f"{self.job.rest_url}/fapi"

    async def rows(self, symbol: str, timeframe: str) -> Rows:
        """Ask for one series."""
        found: Rows = await self._client.futures_klines(symbol=symbol, interval=timeframe, limit=self.job.limit)
        return found

    async def close(self) -> None:
        """Close the session."""
        await self._client.close_connection()


def make(job: Job) -> System:
    """Return the system for a job."""
    return PythonBinance(job)
