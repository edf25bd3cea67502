"""Live klines, from the socket to the newest candle of each symbol: ours, and other people's clients.

A round is over when every symbol's newest candle is the venue's last; a client that loses messages may still get
there, one that breaks does not.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bench.job import Job
from bench.systems.base import System

VERSION = ""
PATIENCE_S = 60.0


class Streams(System):
    """Follows 5m klines of all symbols. newest: each symbol's number of the newest kline, as far as it was followed."""

    package = "eliteflow"

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.newest: dict[str, int] = {}
        self.messages = 0
        self._done = asyncio.Event()

    def took(self, symbol: str, number: int) -> None:
        """Note a kline that has been stored."""
        self.newest[symbol] = number
        self.messages += 1
        if number == self.job.klines and sum(n == number for n in self.newest.values()) == len(self.job.symbols):
            self._loop.call_soon_threadsafe(self._done.set)  # some clients call from threads of their own

    async def prepare(self) -> None:
        """Wait until the subscriptions have settled and the venue has its messages ready."""
        await asyncio.sleep(1.0)
        self._loop = asyncio.get_running_loop()
        await self._signal(b"p")

    async def _signal(self, word: bytes) -> None:
        start = urlsplit(self.job.control_url)
        reader, writer = await asyncio.open_connection(start.hostname, start.port)
        writer.write(word)
        await reader.read()
        writer.close()

    async def fetch(self) -> object:
        """Let the venue send, and follow to the end."""
        await self._signal(b"s")
        async with asyncio.timeout(PATIENCE_S):
            await self._done.wait()
        return None

    async def check(self, found: object, as_of_ms: int) -> tuple[int, int, int]:
        """Return how many symbols there are, were followed at all, and to the end."""
        return len(self.job.symbols), len(self.newest), sum(n == self.job.klines for n in self.newest.values())

    @property
    def extra(self) -> dict[str, float]:
        """How many messages were sent, and noticed."""
        return {"sent": self.job.klines * len(self.job.symbols), "messages": self.messages}


class Ours(Streams):
    """`WebSocketManager` into the candle store."""

    async def open(self) -> None:
        """Connect and subscribe."""
        from eliteflow.config import Settings, VenueSettings
        from eliteflow.exchange.websocket_manager import WebSocketManager
        from eliteflow.model.timeframe import Timeframe
        from eliteflow.pipeline.candle_store import CandleStore

        self._store, self._m5 = CandleStore(), Timeframe.M5
        self._store.reserve(self.job.symbols, (self._m5,))
        settings = Settings(venue=VenueSettings(environment="emulator", ws_url=self.job.ws_url))
        self._manager = WebSocketManager(settings)
        await self._manager.__aenter__()
        self._manager.follow(self.job.symbols)
        self._reading = asyncio.create_task(self._read())
        await self.prepare()

    async def _read(self) -> None:
        from eliteflow.model.stream_event import CandlePushes

        async for event in self._manager.events():
            if isinstance(event, CandlePushes):
                self._store.push(event.pushes)
                self.messages += len(event.pushes)
                if self.messages >= self.job.klines * len(self.job.symbols):
                    self._look()

    def _look(self) -> None:
        for symbol in self.job.symbols:
            if (push := self._store.newest_push(self._m5, symbol)) is not None:
                self.newest[symbol] = int(push.candle.trades)
        self._done.set()

    async def close(self) -> None:
        """Close the connections."""
        await self._manager.aclose()
        await self._reading
        await self._manager.__aexit__(None, None, None)


class Reading(Streams):
    """A client that one task reads from; `read` is called until the end."""

    async def open(self) -> None:
        """Connect, and begin to read."""
        self._read_one = await self.connect()
        self._reading = asyncio.create_task(self._read())
        await self.prepare()

    async def connect(self) -> Callable[[], Awaitable[None]]:
        """Return what reads once."""
        raise NotImplementedError

    async def _read(self) -> None:
        while not self._done.is_set():
            await self._read_one()

    async def fetch(self) -> object:
        """Follow to the end; what breaks the reading ends the round."""
        following = asyncio.create_task(super().fetch())
        await asyncio.wait({following, self._reading}, return_when=asyncio.FIRST_COMPLETED)
        if self._reading.done() and (broken := self._reading.exception()) is not None:
            following.cancel()
            raise broken
        return await following

    async def close(self) -> None:
        """Stop reading."""
        self._reading.cancel()


class CcxtPro(Reading):
    """`watch_ohlcv_for_symbols`, into ccxt's own cache; the last volume is what it shows."""

    package = "ccxt"

    async def connect(self) -> Callable[[], Awaitable[None]]:
        """Load the markets and subscribe."""
        ccxt: Any = importlib.import_module("ccxt.pro")
        exchange = self._exchange = ccxt.binanceusdm({"enableRateLimit": False})
        for name, url in list(exchange.urls["api"].items()):
            if name.startswith("fapi"):
                exchange.urls["api"][name] = f"{self.job.rest_url}/fapi/v{url.rpartition('/v')[2]}"
        exchange.urls["api"]["ws"]["linear"] = f"{self.job.ws_url}/ws"
        await exchange.load_markets()
        asked = [[exchange.safe_symbol(symbol), "5m"] for symbol in self.job.symbols]
        names = {name: symbol for (name, _), symbol in zip(asked, self.job.symbols, strict=True)}

        async def read() -> None:
            await exchange.watch_ohlcv_for_symbols(asked)

        self._looking = asyncio.create_task(self._look(names))
        return read

    async def _look(self, names: dict[str, str]) -> None:
        # What a call returns is the symbol that woke it; the others that came meanwhile are in the cache alone.
        while not self._done.is_set():
            await asyncio.sleep(0.02)
            for name, frames in self._exchange.ohlcvs.items():
                self.took(names[name], int(frames["5m"][-1][5]))

    async def close(self) -> None:
        """Close the sessions."""
        await super().close()
        self._looking.cancel()
        await self._exchange.close()


class PythonBinance(Reading):
    """One multiplex socket, its dict of each message kept."""

    package = "python-binance"

    async def connect(self) -> Callable[[], Awaitable[None]]:
        """Open the socket."""
        binance: Any = importlib.import_module("binance")
        self._client = binance.AsyncClient()
        sockets = binance.BinanceSocketManager(self._client, max_queue_size=1_000_000)
        sockets.FSTREAM_URL = f"{self.job.ws_url}/"
        names = [f"{symbol.lower()}@kline_5m" for symbol in self.job.symbols]
        socket = await sockets.futures_multiplex_socket(names).__aenter__()

        async def read() -> None:
            event = (await socket.recv())["data"]
            self.took(event["s"], event["k"]["n"])

        return read

    async def close(self) -> None:
        """Close the session."""
        await super().close()
        await self._client.close_connection()


class OfficialSdk(Streams):
    """One of its connections, a callback for each message."""

    package = "binance-sdk-derivatives-trading-usds-futures"

    async def open(self) -> None:
        """Connect and subscribe."""
        configuration: Any = importlib.import_module("binance_common.configuration")
        sdk: Any = importlib.import_module(
            "binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures"
        )
        streams = configuration.ConfigurationWebSocketStreams(stream_url=self.job.ws_url)
        client = sdk.DerivativesTradingUsdsFutures(config_ws_streams=streams)
        self._connection = await client.websocket_streams.create_connection()
        subscribe = self._connection.kline_candlestick_streams
        # All at once: each waits a tenth of a second before it speaks.
        asked = (subscribe(symbol=symbol.lower(), interval="5m") for symbol in self.job.symbols)
        for stream in await asyncio.gather(*asked):
            stream.on("message", self._keep)
        await self.prepare()

    def _keep(self, message: Any) -> None:
        event = message.to_dict() if hasattr(message, "to_dict") else message
        self.took(event["s"], event["k"]["n"])

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close_connection(close_session=True)


class _Kline(msgspec.Struct):
    n: int


class _Event(msgspec.Struct):
    s: str
    k: _Kline


class _Wrapped(msgspec.Struct):
    data: _Event


class Nautilus(Streams):
    """Its WebSocketClient, written in Rust, with msgspec as its adapter has it; 200 streams a connection."""

    package = "nautilus-trader"

    async def open(self) -> None:
        """Connect with the streams in the address."""
        core: Any = importlib.import_module("nautilus_trader.core.nautilus_pyo3")
        decode = msgspec.json.Decoder(_Wrapped).decode

        def keep(raw: bytes) -> None:
            event = decode(raw).data
            self.took(event.s, event.k.n)

        names = [f"{symbol.lower()}@kline_5m" for symbol in self.job.symbols]
        self._clients = []
        for begin in range(0, len(names), 200):
            url = f"{self.job.ws_url}/stream?streams={'/'.join(names[begin : begin + 200])}"
            config = core.WebSocketConfig(url=url, handler=keep, headers=[])
            self._clients.append(await core.WebSocketClient.connect(config))
        await self.prepare()

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            await client.disconnect()


WAYS = {
    "ours": Ours,
    "ccxt.pro": CcxtPro,
    "python-binance": PythonBinance,
    "official": OfficialSdk,
    "nautilus": Nautilus,
}


def make(job: Job) -> System:
    """Return the system for a job."""
    system = WAYS[job.way](job)
    system.version = f"{system.package} {version(system.package)}"
    return system
