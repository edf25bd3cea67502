"""A venue for scheduler tests: the candles of MemorySource, a list of contracts, tickers."""

from eliteflow.model.breaker import BreakerSnapshot, Circuit
from eliteflow.model.ticker import Ticker
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource

NOW_MS = 1_763_892_120_000  # 2025-11-23 10:02:00 UTC


class FakeMarket(MemorySource):
    """Trades `symbols`, the first with the largest turnover. breaks: raised when the list of contracts is asked for."""

    venue = "SIMULATED"

    def __init__(self, *symbols: str) -> None:
        self.manual_clock = ManualClock(NOW_MS)
        super().__init__(self.manual_clock)
        self.symbols = list(symbols)
        self.breaks: Exception | None = None
        self.times_synchronised = 0
        self.breaker = BreakerSnapshot("market", Circuit.CLOSED, 0.0)

    async def get_exchange_info(self) -> dict[str, object]:
        """Return the list of contracts."""
        if self.breaks:
            raise self.breaks
        terms = {"contractType": "PERPETUAL", "status": "TRADING", "quoteAsset": "USDT", "marginAsset": "USDT"}
        return {"symbols": [{"symbol": symbol, **terms} for symbol in self.symbols]}

    def breaker_snapshot(self) -> BreakerSnapshot:
        """Return the breaker that was set."""
        return self.breaker

    async def fetch_tickers(self) -> list[Ticker]:
        """Return a turnover for each symbol, falling in their order."""
        return [Ticker(symbol, 1.0, 0.0, 1.0, 1000.0 - rank, 1, NOW_MS) for rank, symbol in enumerate(self.symbols)]

    async def synchronise_clock(self) -> None:
        """Count that the time was asked for."""
        self.times_synchronised += 1
