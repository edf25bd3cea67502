"""Binance USDⓈ-M futures over REST: market data, typed and raw."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self, TypeVar, overload

from eliteflow.clock import Clock, TimeSample
from eliteflow.config import Settings
from eliteflow.errors import RequestRejected, UnknownSymbol
from eliteflow.exchange import endpoints, wire
from eliteflow.exchange.circuit_breaker import CircuitBreaker
from eliteflow.exchange.credentials import Credentials, required_credentials
from eliteflow.exchange.direct_transport import open_transport
from eliteflow.exchange.endpoints import Call
from eliteflow.exchange.kline_wire import decode_klines
from eliteflow.exchange.rest_channel import Answer, RestChannel
from eliteflow.exchange.shared_file import SharedFile, shared_path
from eliteflow.exchange.standstill import Refusal
from eliteflow.exchange.transport import AiohttpTransport, HttpTransport
from eliteflow.exchange.venue_watch import VenueWatch
from eliteflow.exchange.weight_budget import WeightBudget, WeightSnapshot
from eliteflow.exchange.weight_share import WeightShare
from eliteflow.model.breaker import BreakerSnapshot
from eliteflow.model.instrument import Instrument
from eliteflow.model.key_permissions import KeyPermissions
from eliteflow.model.priority import Priority
from eliteflow.model.series import Series
from eliteflow.model.spend import Spend
from eliteflow.model.ticker import Ticker
from eliteflow.model.timeframe import Timeframe
from eliteflow.model.venue import venue_name
from eliteflow.telemetry.histogram import HistogramSnapshot

T = TypeVar("T")

INVALID_SYMBOL, TIMESTAMP_REFUSED = -1121, -1021


@dataclass(frozen=True, slots=True)
class ClientSnapshot:
    """A client at one instant.

    venue: its name in reports. outcomes: how many requests ended in each way. took: how long answers took, in seconds.
    refusal: the one that lasts.
    machine_offset_ms: how far the venue's time is ahead of the machine's.
    """

    environment: str
    venue: str
    host: str
    spend: Spend
    outcomes: Mapping[str, int]
    took: HistogramSnapshot
    weight: WeightSnapshot
    breaker: BreakerSnapshot
    refusal: Refusal | None
    is_clock_synchronised: bool
    machine_offset_ms: float


class BinanceClient:
    """Reads the venue's market data; needs no argument and no key.

    settings: which venue, through what, how many at once; production by default.
    credentials: keys for what concerns an account; by default those of the environment, read when they are needed.
    transport, clock, budget, breaker: for tests, or to share them between clients; built from `settings` otherwise.

    Every method may be called any number of times at once: requests flow through one pool of
    `settings.rest.max_in_flight` kept-alive connections, inside the venue's weight. It can be built outside an event
    loop and works without `async with`. Raises ConfigError for an address or proxy that cannot be used.

    Methods raise ExchangeUnreachable after up to four tries, RateLimited and IPBanned, AccessDenied and
    RestrictedLocation, RequestRejected (never repeated), MalformedPayload after two tries, and CircuitOpen.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        transport: HttpTransport | None = None,
        clock: Clock | None = None,
        budget: WeightBudget | None = None,
        breaker: CircuitBreaker | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        settings = settings or Settings()
        rest = settings.rest
        if transport is None:
            url = endpoints.rest_url(settings.venue)
            transport = open_transport(url, max_connections=rest.max_in_flight, proxy=settings.venue.proxy)
        self.clock = clock or Clock()
        self.environment = settings.venue.environment
        self._is_own_url = settings.venue.rest_url is not None
        self._channel = RestChannel(
            transport,
            self.clock,
            budget or self._own_budget(settings, transport),
            breaker
            or CircuitBreaker(
                transport.host, self.clock, failures=settings.breaker.failures, open_s=settings.breaker.open_s
            ),
            timeout_s=rest.timeout_s,
            credentials=required_credentials if credentials is None else lambda: credentials,
        )
        self._universe: list[str] = []

    def __repr__(self) -> str:
        return f"<BinanceClient {self.environment} {self.host}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; a later request opens them again."""
        await self._channel.transport.aclose()

    def _own_budget(self, settings: Settings, transport: HttpTransport) -> WeightBudget:
        rest = settings.rest
        shared = None
        if rest.state_dir != "":
            proxy = transport.proxy if isinstance(transport, AiohttpTransport) else None
            file = SharedFile(shared_path(transport.host, rest.state_dir))
            shared = WeightShare(file, self.clock, way=proxy.address if proxy else "")
        return WeightBudget(
            self.clock,
            share=rest.weight_share,
            max_in_flight=rest.max_in_flight,
            is_tuned=rest.tune_in_flight,
            shared=shared,
        )

    @property
    def host(self) -> str:
        """The venue's host, with the port where it is not the usual one."""
        return self._channel.transport.host

    @property
    def venue(self) -> str:
        """The venue's name in reports: the environment, the host of an address of one's own, or `SIMULATED`."""
        is_emulator = self.environment == "emulator" or self._channel.speaks_to_emulator
        return venue_name(self.environment, self.host, is_emulator=is_emulator, is_own_url=self._is_own_url)

    @property
    def budget(self) -> WeightBudget:
        """The weight budget, for its `on_wait` and `snapshot`."""
        return self._channel.budget

    @property
    def weight_limit(self) -> int:
        """What the venue allows an address in a minute; 2,400 until exchangeInfo has told."""
        return self.budget.limit

    @property
    def breaker(self) -> CircuitBreaker:
        """The circuit breaker of the host."""
        return self._channel.breaker

    def spend(self) -> Spend:
        """Return how many requests were sent, and their documented weight."""
        return self._channel.spend()

    def breaker_snapshot(self) -> BreakerSnapshot:
        """Return the circuit breaker as it stands now."""
        return self.breaker.snapshot()

    def snapshot(self) -> ClientSnapshot:
        """Return the client as it stands now."""
        return ClientSnapshot(
            environment=self.environment,
            venue=self.venue,
            host=self.host,
            spend=self.spend(),
            outcomes=self._channel.outcomes.snapshot(),
            took=self._channel.took.snapshot(),
            weight=self.budget.snapshot(),
            breaker=self.breaker_snapshot(),
            refusal=self._channel.refusal(),
            is_clock_synchronised=self.clock.is_synchronised,
            machine_offset_ms=self.clock.machine_offset_ms,
        )

    async def synchronise_clock(self, samples: int = 3) -> None:
        """Take over the venue's time: the median of `samples` answers, each corrected by half its round trip.

        One request goes before them: it opens the connection, whose handshake would falsify a round trip.
        """
        await self.get_server_time()
        self.clock.synchronise([await self._sample_time() for _ in range(samples)])

    async def watch(self) -> None:
        """Watch the venue until cancelled; run it as a task of a program that goes on for hours.

        Its time is learnt anew every hour, and near each minute's end its counter is read, for a weight of 1, by one of
        the user's programs: so what others on the address spend is known before the next burst.
        """
        await self._venue_watch().run()

    def _venue_watch(self) -> VenueWatch:
        async def look() -> None:
            # Ahead of whatever fills the minute: just then it matters what others add.
            await self._channel.get(endpoints.PING, lambda answer: answer.body, Priority.CLOSE_REPAIR)

        return VenueWatch(self.clock, self.budget, look=look, learn_time=self.synchronise_clock)

    async def fetch_series(
        self,
        symbol: str,
        timeframe: Timeframe,
        *,
        limit: int,
        start_ms: int | None = None,
        end_ms: int | None = None,
        priority: Priority = Priority.INTERACTIVE,
        on_sent: Callable[[], None] | None = None,
    ) -> Series:
        """Return at most `limit` candles with open times from `start_ms` up to `end_ms`, the newest by default.

        on_sent: called whenever the request leaves, after the weight and the connection it had to wait for.
        The last candle may be the bar in progress. Raises UnknownSymbol for a name the venue does not know, and
        InvalidArgument for a `limit` outside 1 … 1500.
        """
        call = endpoints.klines(symbol.upper(), timeframe, limit, start_ms, end_ms)
        interval_ms = timeframe.ms
        with self._naming(symbol):
            return await self._channel.get(
                call, lambda answer: decode_klines(answer.body, interval_ms), priority, on_sent
            )

    async def fetch_instruments(self) -> list[Instrument]:
        """Return every contract of the venue in its own order; takes over the weight limit it tells."""
        return await self._get(endpoints.EXCHANGE_INFO, self._read_exchange_info)

    async def fetch_universe(self) -> list[Instrument]:
        """Return the trading USDT perpetuals (`Instrument.is_in_universe`), sorted by name."""
        instruments = await self.fetch_instruments()
        return sorted((entry for entry in instruments if entry.is_in_universe), key=lambda entry: entry.symbol)

    async def fetch_tickers(self) -> list[Ticker]:
        """Return the 24-hour statistics of every trading contract, for a weight of 40."""
        return await self._get(endpoints.ticker_24hr(), wire.decode_tickers)

    async def fetch_key_permissions(self) -> KeyPermissions:
        """Return what the account behind the keys may do, for a weight of 5; a way to learn whether keys are right.

        Raises ConfigError without keys, RequestRejected with the venue's code for wrong ones (-2014, -2015, -1022).
        """
        try:
            return await self._get(endpoints.ACCOUNT_CONFIG, wire.decode_key_permissions)
        except RequestRejected as error:
            if error.code != TIMESTAMP_REFUSED:
                raise
        # The machine's clock was taken for the venue's, or has drifted: learn it anew, and ask once more.
        await self.synchronise_clock()
        return await self._get(endpoints.ACCOUNT_CONFIG, wire.decode_key_permissions)

    async def get_klines(
        self,
        symbol: str,
        interval: str,
        limit: int = 500,
        start_time: int | None = None,
        end_time: int | None = None,
    ) -> list[list[object]]:
        """Return the venue's raw rows, twelve columns each, oldest first; times in UTC milliseconds.

        Any interval of the venue is accepted. Raises UnknownSymbol, and InvalidArgument for a `limit` outside 1 … 1500.
        """
        call = endpoints.klines(symbol.upper(), interval, limit, start_time, end_time)
        with self._naming(symbol):
            return await self._get(call, wire.decode_rows)

    async def get_exchange_info(self) -> dict[str, object]:
        """Return the venue's raw exchangeInfo; takes over the weight limit it tells."""

        def decode(body: bytes) -> dict[str, object]:
            self._read_exchange_info(body)
            return wire.decode_object(endpoints.EXCHANGE_INFO.name, body)

        return await self._get(endpoints.EXCHANGE_INFO, decode)

    async def get_server_time(self) -> int:
        """Return the venue's time in UTC milliseconds, as it was when the venue answered."""
        return (await self._sample_time()).server_ms

    @overload
    async def get_ticker_24hr(self, symbol: str) -> dict[str, object]: ...
    @overload
    async def get_ticker_24hr(self, symbol: None = None) -> list[dict[str, object]]: ...
    async def get_ticker_24hr(self, symbol: str | None = None) -> dict[str, object] | list[dict[str, object]]:
        """Return the venue's raw 24-hour statistics: of one symbol for a weight of 1, of all for 40."""
        if symbol is None:
            return await self._get(endpoints.ticker_24hr(), wire.decode_objects)
        call = endpoints.ticker_24hr(symbol.upper())
        with self._naming(symbol):
            return await self._get(call, partial(wire.decode_object, call.name))

    async def _get(self, call: Call, decode: Callable[[bytes], T]) -> T:
        return await self._channel.get(call, lambda answer: decode(answer.body), Priority.INTERACTIVE)

    async def _sample_time(self) -> TimeSample:
        def decode(answer: Answer) -> TimeSample:
            return TimeSample(answer.sent_s, answer.received_s, wire.decode_server_time(answer.body))

        return await self._channel.get(endpoints.SERVER_TIME, decode, Priority.CLOSE_REPAIR)

    def _read_exchange_info(self, body: bytes) -> list[Instrument]:
        info = wire.decode_exchange_info(body)
        if info.weight_limit is not None:
            self.budget.set_limit(info.weight_limit)
        self._universe = [entry.symbol for entry in info.instruments if entry.is_in_universe]
        return list(info.instruments)

    @contextmanager
    def _naming(self, symbol: str) -> Iterator[None]:
        """Say which symbol the venue did not know, and the nearest it does, once its contracts have been read."""
        try:
            yield
        except RequestRejected as error:
            if error.code != INVALID_SYMBOL:
                raise
            raise UnknownSymbol.among(symbol.upper(), self._universe) from error
