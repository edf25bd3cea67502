"""The ways of today's users, by aiohttp: one request after another, a symbol's gathered, 64 symbols gathered."""

from importlib.metadata import version

import aiohttp

from bench.job import Job
from bench.systems.base import PooledSystem, Rows, System
from bench.truth import Frames
from eliteflow.operations.benchmark import old_ways

VERSION = f"aiohttp {version('aiohttp')}"
WAYS = {
    "serial": old_ways.serial,
    "serial_gathered": old_ways.serial_gathered,
    "batch_64": old_ways.batches_of_64,
}


class Users(System):
    """One of the old ways, word for word."""

    async def open(self) -> None:
        """Open a session, with aiohttp's own 100 connections."""
        self._session = aiohttp.ClientSession(self.job.rest_url)

    async def fetch(self) -> Frames:
        """Fetch as they do."""
        return await WAYS[self.job.way](self._session, self.job.symbols, self.job.timeframes, self.job.limit)

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()


class Pooled(PooledSystem):
    """What aiohttp does at its best: 256 connections and a pool instead of batches."""

    async def open(self) -> None:
        """Open a session that allows as many connections."""
        connector = aiohttp.TCPConnector(limit=self.in_flight)
        self._session = aiohttp.ClientSession(self.job.rest_url, connector=connector)

    async def rows(self, symbol: str, timeframe: str) -> Rows:
        """Ask for one series."""
        query = {"symbol": symbol, "interval": timeframe, "limit": str(self.job.limit)}
        async with self._session.get("/fapi/v1/klines", params=query) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()


def make(job: Job) -> System:
    """Return the system for a job."""
    return Pooled(job) if job.way == "pooled" else Users(job)
