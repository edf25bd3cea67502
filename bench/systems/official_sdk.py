"""Binance's own SDK: blocking, so one thread for each request under way."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import DerivativesTradingUsdsFutures

from bench.job import Job
from bench.systems.base import PooledSystem, Rows, System

VERSION = f"binance-sdk {version('binance-sdk-derivatives-trading-usds-futures')}"


class OfficialSdk(PooledSystem):
    """`kline_candlestick_data` in 64 threads, its best."""

    in_flight = 64

    async def open(self) -> None:
        """Make the client and the threads."""
        configuration = ConfigurationRestAPI(api_key="none", api_secret="none", base_path=self.job.rest_url)
        self._client = DerivativesTradingUsdsFutures(config_rest_api=configuration)
        self._threads = ThreadPoolExecutor(self.in_flight)

    async def rows(self, symbol: str, timeframe: str) -> Rows:
        """Ask for one series."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, symbol, timeframe)

    def _ask(self, symbol: str, timeframe: str) -> Rows:
        answer = self._client.rest_api.kline_candlestick_data(symbol=symbol, interval=timeframe, limit=self.job.limit)
        return [list(row) for row in answer.data()]

    async def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()


def make(job: Job) -> System:
    """Return the system for a job."""
    return OfficialSdk(job)
