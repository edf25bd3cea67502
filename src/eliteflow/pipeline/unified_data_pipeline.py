"""The candles of the whole market as users read them: memory first, the venue for what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eliteflow.clock import Clock
from eliteflow.config import Settings
from eliteflow.errors import UnknownSymbol
from eliteflow.model.instrument import Instrument
from eliteflow.model.panel import Panel
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import ClosedBar
from eliteflow.pipeline.data_service import DataService
from eliteflow.pipeline.known_symbols import KnownSymbols
from eliteflow.pipeline.market_call import MarketCall
from eliteflow.pipeline.market_frames import MarketFrames, frames_from_history, frames_from_memory
from eliteflow.pipeline.market_history import MarketHistory
from eliteflow.pipeline.market_memory import market_memory
from eliteflow.pipeline.market_request import market_request, parse_limit, parse_symbol, parse_symbols
from eliteflow.pipeline.pipeline_stats import PipelineStats
from eliteflow.pipeline.ports import CandleKeeper, CandleStream, KlinesClient, SeriesSource
from eliteflow.pipeline.result import BatchResult, FetchReport, Refresh, SymbolResult, raise_first
from eliteflow.pipeline.sources import as_source, check_cache, check_monitor, clock_of
from eliteflow.pipeline.upkeep import UpkeepSnapshot
from eliteflow.pipeline.venue_time import VenueTime
from eliteflow.telemetry.log import EventLog

DEFAULT_TIMEFRAMES = ["1h", "15m", "5m"]


@dataclass(frozen=True, slots=True)
class PipelineSnapshot:
    """The pipeline at one moment.

    under_way: requests under way. as_of_ms: instant of the latest call, or None. upkeep: None without streams.
    """

    symbols: int
    timeframes: tuple[str, ...]
    capacity_bars: int
    under_way: int
    as_of_ms: int | None
    stats: Mapping[str, float]
    upkeep: UpkeepSnapshot | None = None


class UnifiedDataPipeline:
    """Keeps closed candles in memory (L1) and asks the venue only for what memory lacks.

    binance_client: `eliteflow.BinanceClient`, or any client with `async get_klines(symbol, interval, limit)` that
        returns the venue's raw rows.
    websocket_monitor: live candles, as `eliteflow.WebSocketManager` brings them while `run` runs; None: REST alone.
    cache: keeps candles across restarts, as `eliteflow.DiskCache` does; None: nothing is kept.
    clock: venue time; by default the client's own, synchronised by the first call if nobody has, else the machine's.
    settings: `data.capacity_bars` (and at least `data.limit`) is what memory holds; `data.include_forming` is used.
    data_service: pages what memory cannot hold; by default one over the same client.
    include_forming: return the bar in progress in every call that does not say otherwise. Over REST alone it costs
        one request for every series in every call, since only the venue knows it.
    universe: the symbols that trade, if known; see `set_universe`.

    A series in memory is valid exactly when its newest closed bar is the one that must be the newest at the call's
    instant and no bar is missing inside the window asked for. A bar that closed less than 2 s before a call is not
    trusted over REST yet, so such a call waits for the rest of the 2 s (`report.waited_s`).
    """

    def __init__(
        self,
        binance_client: SeriesSource | KlinesClient,
        websocket_monitor: CandleStream | None = None,
        cache: CandleKeeper | None = None,
        *,
        clock: Clock | None = None,
        settings: Settings | None = None,
        data_service: DataService | None = None,
        include_forming: bool = False,
        universe: Iterable[str] | None = None,
    ) -> None:
        check_monitor(websocket_monitor)
        check_cache(cache)
        settings = settings or Settings()
        self._clock = clock_of(binance_client, clock)
        self._venue_time = VenueTime(binance_client, self._clock)
        source = as_source(binance_client, self._clock)
        self._timeframes = settings.data.timeframes
        self._include_forming = include_forming or settings.data.include_forming
        self._known_symbols = KnownSymbols(None if universe is None else parse_symbols(universe))
        self._memory = market_memory(source, websocket_monitor, cache, self._clock, settings)
        self._history = MarketHistory(data_service or DataService(binance_client, clock=self._clock), self._clock)
        self._stats = PipelineStats()
        self._as_of_ms: int | None = None
        self._log = EventLog("UnifiedDataPipeline")
        self._log.write("pipeline.ready")

    def __repr__(self) -> str:
        return f"<UnifiedDataPipeline {self.store!r}, {self._memory.fetcher.under_way} series under way>"

    async def batch_get_multi_timeframe_data(
        self,
        symbols: Iterable[str],
        timeframes: Sequence[str] = DEFAULT_TIMEFRAMES,
        limit: int = 50,
        *,
        include_forming: bool | None = None,
        raise_errors: bool = False,
    ) -> BatchResult:
        """Return `{symbol: {timeframe: DataFrame}}` with the newest `limit` closed bars, all as of one instant.

        Symbols are taken in any case and returned in upper case, each once. A symbol that failed in one timeframe has
        `{}`; `.errors` says why, `.report` what it all cost. A young listing with fewer bars is no failure.
        limit: 1 to 1,500; beyond what memory holds (512) every call pages through `DataService`.
        include_forming: see the class; the bar in progress is then the last of the `limit` rows, and a column
            `closed` (1 or 0) is added. Where the venue has none yet, all rows are closed.
        raise_errors: raise the first symbol's error instead, the others attached as its cause.
        Raises InvalidArgument for an argument that no data could answer.
        """
        frames, refresh = await self._frames(symbols, timeframes, limit, include_forming)
        self._log_batch(refresh.report)
        if raise_errors and refresh.errors:
            raise_first(refresh.errors.values())
        return BatchResult(frames, refresh)

    async def get_multi_timeframe_data(
        self,
        symbol: str,
        timeframes: Sequence[str] = DEFAULT_TIMEFRAMES,
        limit: int = 50,
        *,
        include_forming: bool | None = None,
        raise_errors: bool = False,
    ) -> SymbolResult:
        """Return `{timeframe: DataFrame}` of one symbol; all else as `batch_get_multi_timeframe_data` has it."""
        name = parse_symbol(symbol)
        frames, refresh = await self._frames((name,), timeframes, limit, include_forming)
        if raise_errors and refresh.errors:
            raise_first(refresh.errors.values())
        return SymbolResult(frames[name], refresh)

    async def refresh(
        self,
        symbols: Iterable[str],
        timeframes: Sequence[str] = DEFAULT_TIMEFRAMES,
        limit: int = 50,
        *,
        as_of_ms: int | None = None,
        leave_late: bool = False,
    ) -> Refresh:
        """Make memory hold the newest `limit` closed bars (at most its capacity), without building frames.

        as_of_ms: venue time that decides which bars are closed; now by default. Several calls of one cycle pass the
            same, and read their panels with it. Errors and arguments as in `batch_get_multi_timeframe_data`.
        leave_late: name bars as missing that `closed` has given up waiting for, instead of waiting for them.
        """
        call = await self._call(symbols, timeframes, limit, as_of_ms=as_of_ms)
        call.limit, call.leaves_late = min(call.limit, self.store.capacity), leave_late
        await self._memory.refresher.run(call)
        refresh = self._finish(call)
        self._log_batch(refresh.report)
        return refresh

    def panel(
        self,
        timeframe: str,
        symbols: Sequence[str] | None = None,
        bars: int | None = None,
        *,
        as_of_ms: int | None = None,
    ) -> Panel:
        """Return OHLCV from memory, copied at one instant; symbols that are not up to date are left out.

        symbols: the universe, or all that were ever asked for, by default. bars: at most so many; all there are by
        default. as_of_ms: the instant of the latest call by default.
        """
        parsed = Timeframe.parse(timeframe)
        names = self._known_symbols.universe or self.store.symbols if symbols is None else parse_symbols(symbols)
        width = self.store.capacity if bars is None else parse_limit(bars, self.store.capacity)
        return self.store.panel(parsed, names, parsed.newest_closed_ms(self._instant(as_of_ms)), width)

    def closed_bar(self, timeframe: str, symbols: Sequence[str], *, as_of_ms: int | None = None) -> ClosedBar:
        """Return the newest closed bar of each symbol from memory, copied at one instant.

        as_of_ms: the instant of the latest call by default.
        """
        parsed = Timeframe.parse(timeframe)
        return self.store.closed_bar(parsed, parse_symbols(symbols), parsed.newest_closed_ms(self._instant(as_of_ms)))

    @property
    def store(self) -> CandleStore:
        """The candles in memory, to be read."""
        return self._memory.store

    def absorb(
        self,
        symbol: str,
        timeframe: str,
        series: Series,
        *,
        rows_asked: int | None = None,
        requested_ms: int | None = None,
    ) -> None:
        """Take candles that somebody else has just fetched into memory; those not settled when asked for stay apart.

        rows_asked: how many rows were asked for, up to the newest; fewer in `series` then prove the symbol's first bar.
        requested_ms: venue time of the request; now by default, which is right for what `DataService` fetched.
        """
        name, parsed = parse_symbol(symbol), Timeframe.parse(timeframe)
        asked_ms = self._clock.now_ms() if requested_ms is None else requested_ms
        if rows_asked is not None and 0 < len(series) < rows_asked:
            self.store.note_first_bar(name, parsed, int(series.open_time_ms[0]))
        self.store.write(name, parsed, series, requested_ms=asked_ms)

    def load(self) -> int:
        """Take over what the disk cache holds, and return how many series that are; the first call does it too."""
        self._memory.warm_start.load()
        return len(self._memory.warm_start.series)

    async def run(self) -> None:
        """Keep memory current until cancelled, or until the streams end; without streams there is nothing to do."""
        if self._memory.upkeep is not None:
            await self._memory.upkeep.run()

    def watch(self, instruments: Sequence[Instrument]) -> None:
        """Say which contracts streams, if there are any, keep current from now on; call it again when they change."""
        if self._memory.upkeep is not None:
            self._memory.upkeep.watch(instruments)
        elif instruments:
            self._memory.larger.use(instruments)

    @property
    def is_degraded(self) -> bool:
        """Whether some of the streams are down, so that their bars are fetched at each close."""
        return self._memory.upkeep is not None and self._memory.upkeep.is_degraded

    def take_contract_news(self) -> bool:
        """Return whether the venue has announced a change of its contracts since this was last asked."""
        if self._memory.upkeep is None:
            return False
        is_news, self._memory.upkeep.live.contracts_changed = self._memory.upkeep.live.contracts_changed, False
        return is_news

    async def closed(self, boundary_ms: int) -> None:
        """Return when the bars that end at `boundary_ms` are final, or what is missing of them can be fetched."""
        await self._memory.closes.settled(boundary_ms)

    def set_universe(self, symbols: Iterable[str]) -> None:
        """Say which symbols trade: any other is refused at once, with the nearest name, without a request.

        The first time what the disk cache holds of them is taken over; it forgets those that trade no more.
        """
        names = parse_symbols(symbols)
        self._known_symbols.replace(names)
        self._memory.warm_start.follow(names)

    def last_price(self, symbol: str) -> float | None:
        """Return the newest close that memory knows of the symbol, in any timeframe, or None. Sends nothing."""
        return self.store.last_close(parse_symbol(symbol))

    def get_stats(self) -> dict[str, float]:
        """Return sums over all calls, and `cache_hit_rate` and `batch_success_rate` from 0 to 1."""
        return self._stats.as_dict()

    def snapshot(self) -> PipelineSnapshot:
        """Return the pipeline at this moment."""
        return PipelineSnapshot(
            symbols=len(self.store.symbols),
            timeframes=tuple(timeframe.value for timeframe in self._known_timeframes()),
            capacity_bars=self.store.capacity,
            under_way=self._memory.fetcher.under_way,
            as_of_ms=self._as_of_ms,
            stats=self._stats.as_dict(),
            upkeep=None if self._memory.upkeep is None else self._memory.upkeep.snapshot(),
        )

    def _known_timeframes(self) -> Iterable[Timeframe]:
        """Return the timeframes of memory in the order of the settings, not in that in which they came."""
        known = self.store.timeframes
        ordered = (*self._timeframes, *known)
        return dict.fromkeys(timeframe for timeframe in ordered if timeframe in known)

    def _instant(self, as_of_ms: int | None) -> int:
        """Return the instant that was named, else that of the latest call, else now."""
        if as_of_ms is None:
            as_of_ms = self._as_of_ms
        return self._clock.now_ms() if as_of_ms is None else as_of_ms

    async def _frames(
        self, symbols: Iterable[str], timeframes: Sequence[str], limit: int, include_forming: bool | None
    ) -> tuple[MarketFrames, Refresh]:
        call = await self._call(symbols, timeframes, limit)
        call.include_forming = self._include_forming if include_forming is None else include_forming
        call.asks_for_forming = call.include_forming and not self._memory.is_live(call.symbols)
        if call.bars > self.store.capacity:
            history = await self._history.run(call)
            refresh = self._finish(call)
            return frames_from_history(history, call, refresh.errors), refresh
        await self._memory.refresher.run(call)
        refresh = self._finish(call)
        return frames_from_memory(self.store, self._memory.forming(call), call, refresh.errors), refresh

    async def _call(
        self, symbols: Iterable[str], timeframes: Sequence[str], limit: int, *, as_of_ms: int | None = None
    ) -> MarketCall:
        request = market_request(symbols, timeframes, limit)
        self._memory.warm_start.load()
        as_of_ms = await self._venue_time.now_ms() if as_of_ms is None else as_of_ms
        self._as_of_ms = max(as_of_ms, self._as_of_ms or 0)
        refused = self._known_symbols.refusals(request.symbols)
        return MarketCall(request.symbols, request.timeframes, request.bars, as_of_ms, refused=refused)

    def _finish(self, call: MarketCall) -> Refresh:
        for (symbol, timeframe), error in call.failures.items():
            if isinstance(error, UnknownSymbol):
                self.store.forget(symbol)
                if error.nearest is None:
                    call.failures[symbol, timeframe] = self._known_symbols.unknown(symbol, self.store.symbols)
        self._memory.count(call)
        if self._memory.upkeep is not None and call.asked_for:
            self._memory.upkeep.deepening.look()
        refresh = call.finish()
        self._stats.add(refresh.report)
        return refresh

    def _log_batch(self, report: FetchReport) -> None:
        if report.symbols:
            self._log.write(
                "batch.fetched",
                symbols=report.symbols,
                succeeded=report.succeeded,
                failed=report.failed,
                data_s=report.data_s,
                mean_ms=report.data_s * 1000 / report.symbols,
            )
