"""freqtrade's own refresh of candles, as its bot calls it before each iteration."""

from importlib.metadata import version

from freqtrade.enums import CandleType, RunMode
from freqtrade.exchange import Exchange
from freqtrade.resolvers import ExchangeResolver

from bench.job import Job
from bench.systems.base import System
from bench.truth import Frames

VERSION = f"freqtrade {version('freqtrade')}"


def _settings(job: Job) -> dict[str, object]:
    api = dict.fromkeys(("fapiPublic", "fapiPrivate", "public", "private"), f"{job.rest_url}/fapi/v1")
    api |= {"fapiPublicV2": f"{job.rest_url}/fapi/v2", "fapiPublicV3": f"{job.rest_url}/fapi/v3"}
    ccxt = {"urls": {"api": api}, "options": {"defaultType": "swap", "fetchMarkets": {"types": ["linear"]}}}
    return {
        "exchange": {
            "name": "binance",
            "ccxt_config": ccxt,
            "ccxt_async_config": ccxt,
            "pair_whitelist": [],
            "enable_ws": False,
            "skip_pair_validation": True,
        },
        "stake_currency": "USDT",
        "dry_run": True,
        "trading_mode": "futures",
        "margin_mode": "isolated",
        "candle_type_def": CandleType.FUTURES,
        "timeframe": "5m",
        "runmode": RunMode.DRY_RUN,
    }


class Freqtrade(System):
    """`refresh_latest_ohlcv` with its own throttle and batches of 100, in a loop of its own: so this blocks."""

    _exchange: Exchange

    def open(self) -> None:  # type: ignore[override]
        """Make the exchange as the bot does."""
        self._exchange = ExchangeResolver.load_exchange(_settings(self.job), validate=False, load_leverage_tiers=False)
        self._exchange.reload_markets(True, load_leverage_tiers=False)
        names = {market["id"]: name for name, market in self._exchange.markets.items() if market.get("swap")}
        self._pairs = {names[symbol]: symbol for symbol in self.job.symbols}
        self._exchange.ohlcv_candle_limit = lambda *_args, **_kwargs: self.job.limit

    def fetch(self) -> Frames:  # type: ignore[override]
        """Refresh everything."""
        asked = [(pair, timeframe, CandleType.FUTURES) for timeframe in self.job.timeframes for pair in self._pairs]
        found = self._exchange.refresh_latest_ohlcv(asked, cache=False, drop_incomplete=False)
        market: dict[str, dict[str, object]] = {symbol: {} for symbol in self.job.symbols}
        for (pair, timeframe, _), frame in found.items():
            market[self._pairs[pair]][timeframe] = frame
        return market

    def close(self) -> None:  # type: ignore[override]
        """Close its sessions."""
        self._exchange.close()


def make(job: Job) -> System:
    """Return the system for a job."""
    return Freqtrade(job)
