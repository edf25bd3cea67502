"""One series after the other, any history: the serial path, and the list of contracts."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import pandas as pd

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.errors import EliteflowError, InvalidArgument, MalformedPayload
from eliteflow.messages import text
from eliteflow.model.instrument import Instrument, is_watched
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.completeness import stretch_fault
from eliteflow.pipeline.frames import frame_of
from eliteflow.pipeline.history import Stretch, fetch_stretch
from eliteflow.pipeline.market_request import parse_limit, parse_symbol, parse_timeframes
from eliteflow.pipeline.merge import SETTLE_MS, settled_at_ms
from eliteflow.pipeline.ports import ExchangeInfoClient, KlinesClient, SeriesSource, UniverseSource
from eliteflow.pipeline.result import FetchReport, Refresh, SymbolResult
from eliteflow.pipeline.sources import as_source, clock_of, refuse_unused
from eliteflow.pipeline.tally import Tally
from eliteflow.pipeline.venue_time import VenueTime

TERMS = ("contractType", "status", "quoteAsset", "marginAsset")
DEFAULT_BARS = 200


class DataService:
    """Candles fetched one request after the other, page by page: slow, simple, and as far back as the venue goes.

    binance_client: `eliteflow.BinanceClient`, or any client with `async get_klines(symbol, interval, limit)`, whose
        history ends 1,500 bars back since it takes no end time.
    perf_monitor, websocket_monitor: None; the names are there for callers that pass them by name.
    """

    def __init__(
        self,
        binance_client: SeriesSource | KlinesClient,
        perf_monitor: None = None,
        websocket_monitor: None = None,
        *,
        clock: Clock | None = None,
        settings: Settings | None = None,
    ) -> None:
        refuse_unused(perf_monitor=perf_monitor, websocket_monitor=websocket_monitor)
        self._client = binance_client
        self._clock = clock_of(binance_client, clock)
        self._source = as_source(binance_client, self._clock)
        self._venue_time = VenueTime(binance_client, self._clock)
        self._settings = settings or Settings()
        self._symbols: list[str] = []
        self._instruments: tuple[Instrument, ...] = ()

    def __repr__(self) -> str:
        return f"<DataService over {type(self._client).__name__}, {len(self._symbols)} symbols>"

    @property
    def all_symbols(self) -> list[str]:
        """Every trading USDT perpetual in the client's order; empty before `initialize`."""
        return [*self._symbols]

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The contracts behind `all_symbols`; empty before `initialize`, and where the client tells names alone."""
        return self._instruments

    async def initialize(self) -> None:
        """Read the list of contracts; call it again to read it anew.

        Raises InvalidArgument for a client that has no such list, ExchangeError or CircuitOpen.
        """
        if isinstance(self._client, UniverseSource):
            self._instruments = tuple(await self._client.fetch_universe())
            self._symbols = [instrument.symbol for instrument in self._instruments]
        elif isinstance(self._client, ExchangeInfoClient):
            self._symbols = _universe(await self._client.get_exchange_info())
        else:
            raise InvalidArgument("binance_client", found=self._client, wanted=text("argument.exchange_info_client"))

    async def get_multi_timeframe_data(self, symbol: str, timeframes: Iterable[str] | None = None) -> SymbolResult:
        """Return `{timeframe: DataFrame}` with the newest 200 closed bars each, one request after the other.

        timeframes: the settings' own by default. Whatever the venue does, nothing is raised: the result is then empty
        and its `.errors` says why. Raises InvalidArgument for a name or timeframe that cannot be meant.
        """
        symbol = parse_symbol(symbol)
        wanted = self._settings.data.timeframes if timeframes is None else parse_timeframes(timeframes)
        as_of_ms, tally = await self._venue_time.now_ms(), Tally()
        frames: dict[str, pd.DataFrame] = {}
        errors: dict[str, EliteflowError] = {}
        try:
            for timeframe in wanted:
                frames[timeframe.value] = frame_of(await self._newest(symbol, timeframe, as_of_ms, tally))
        except EliteflowError as error:
            frames, errors = {}, {symbol: error}
        return SymbolResult(frames, Refresh(errors, _report(as_of_ms, len(errors), tally)))

    async def get_klines(
        self,
        symbol: str,
        interval: str,
        limit: int | None = DEFAULT_BARS,
        start_time: int | datetime | None = None,
        end_time: int | datetime | None = None,
    ) -> pd.DataFrame:
        """Return closed bars, shape (bars, fields), as far back as the venue goes, in pages of the best price.

        limit: how many at most; the newest up to `end_time`, or with `start_time` the first from there on; None with a
            `start_time` means all. Fewer come back when the symbol has no more.
        start_time, end_time: open times, both included, in UTC milliseconds or as datetimes with a time zone.
        Raises InvalidArgument, ExchangeError, CircuitOpen, UnknownSymbol, and DataNotReady where another client than
        eliteflow's own does not reach back far enough.
        """
        symbol, timeframe = parse_symbol(symbol), Timeframe.parse(interval)
        if limit is not None or start_time is None:
            limit = parse_limit(limit, most=None)
        start_ms, end_ms = _time_ms("start_time", start_time), _time_ms("end_time", end_time)
        head_ms = timeframe.newest_closed_ms(await self._venue_time.now_ms() - SETTLE_MS)
        end_ms = head_ms if end_ms is None else min(end_ms, head_ms)
        series = await self.fetch_history(symbol, timeframe, limit=limit, start_ms=start_ms, end_ms=end_ms)
        return frame_of(series)

    async def fetch_history(
        self,
        symbol: str,
        timeframe: Timeframe,
        *,
        limit: int | None,
        end_ms: int,
        start_ms: int | None = None,
        tally: Tally | None = None,
    ) -> Series:
        """Return at most `limit` candles that opened up to `end_ms`: the newest, or with `start_ms` the first from it.

        tally: counts the requests. If the bar at `end_ms` ended less than 2 s ago, the rest of them is waited for, as
        it cannot be trusted before. Nothing is checked: the last candle is the bar in progress if `end_ms` reaches it.
        """
        if self._clock.now_ms() >= end_ms + timeframe.ms:
            await self._clock.sleep_until(settled_at_ms(end_ms, timeframe.ms))
        counted = Tally() if tally is None else tally
        stretch = Stretch(symbol, timeframe, limit, end_ms, start_ms)
        try:
            return await fetch_stretch(self._source, stretch, counted, lambda: counted.left(self._clock.steady_s()))
        finally:
            counted.replied(self._clock.steady_s())

    async def _newest(self, symbol: str, timeframe: Timeframe, as_of_ms: int, tally: Tally) -> Series:
        head_ms = timeframe.newest_closed_ms(as_of_ms - SETTLE_MS)
        series = await self.fetch_history(symbol, timeframe, limit=DEFAULT_BARS, end_ms=head_ms, tally=tally)
        if fault := stretch_fault(symbol, timeframe, series.open_time_ms, head_ms, as_of_ms):
            raise fault
        return series


def _universe(exchange_info: Mapping[str, object]) -> list[str]:
    contracts = exchange_info.get("symbols")
    if not isinstance(contracts, list) or not all(isinstance(contract, Mapping) for contract in contracts):
        raise MalformedPayload("exchangeInfo $.symbols", text("foreign.contracts"), repr(contracts)[:80])
    return [str(contract["symbol"]) for contract in contracts if is_watched(*map(contract.get, TERMS))]


def _time_ms(name: str, time: int | datetime | None) -> int | None:
    if isinstance(time, datetime) and time.tzinfo is not None:
        return round(time.timestamp() * 1000)
    if time is None or (isinstance(time, int) and not isinstance(time, bool)):
        return time
    raise InvalidArgument(name, found=time, wanted=text("argument.time"))


def _report(as_of_ms: int, failed: int, tally: Tally) -> FetchReport:
    return FetchReport(
        as_of_ms=as_of_ms,
        symbols=1,
        succeeded=1 - failed,
        failed=failed,
        requests=tally.requests,
        weight=tally.weight,
        data_s=tally.data_s,
    )
