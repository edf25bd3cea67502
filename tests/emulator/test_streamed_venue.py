"""The manager over real sockets, in front of the emulator with a whole market."""

import asyncio
import os

import aiohttp
import pytest

from eliteflow.config import Settings, VenueSettings
from eliteflow.emulator.opening import EmulatorOptions
from eliteflow.emulator.server import EmulatorServer
from eliteflow.exchange.websocket_manager import WebSocketManager
from eliteflow.model.stream_event import CandlePushes, MarketTraded, StreamsLive

pytestmark = pytest.mark.loopback
PATIENCE_S = 60


def settings(server: EmulatorServer) -> Settings:
    """As `--emulator` sets them."""
    return Settings(venue=VenueSettings(environment="emulator", ws_url=server.ws_url))


async def test_a_whole_market_goes_live_and_leaves_nothing_behind() -> None:
    """530 symbols, one of them Chinese, over three connections; then no task and no descriptor is left."""
    async with EmulatorServer(EmulatorOptions(latency_ms=0)) as server:
        symbols = [one.symbol for one in server.venue.market.instruments if one.is_usdt_perpetual]
        before = len(os.listdir("/proc/self/fd"))
        live: set[str] = set()
        pushed: set[str] = set()
        witnesses = 0
        manager = WebSocketManager(settings(server))
        manager.follow(symbols)
        async with manager, asyncio.timeout(PATIENCE_S):
            async for event in manager.events():
                match event:
                    case StreamsLive(news, _):
                        live.update(news)
                    case CandlePushes(pushes):
                        pushed.update(push.candle.symbol for push in pushes)
                    case MarketTraded():
                        witnesses += 1
                if len(live) == len(symbols) == 530 and witnesses and len(pushed) > 400:
                    break
            snapshot = manager.snapshot()
        assert [(connection.streams, str(connection.state)) for connection in snapshot.connections] == [
            *((3, "live"), (178, "live"), (178, "live"), (177, "live")),
        ]
        assert any(not symbol.isascii() for symbol in live)
        async with asyncio.timeout(PATIENCE_S):
            while server.venue.desk.sessions:  # noqa: ASYNC110  # nothing signals that the venue has noticed
                await asyncio.sleep(0)
        assert len(os.listdir("/proc/self/fd")) == before
        assert len(asyncio.all_tasks()) == 1


async def test_a_break_over_a_socket_is_mended() -> None:
    """The venue cuts every connection; all are back in a moment."""
    async with EmulatorServer(EmulatorOptions(symbols=10, latency_ms=0)) as server, aiohttp.ClientSession() as client:
        symbols = [one.symbol for one in server.venue.market.instruments if one.is_usdt_perpetual]
        manager = WebSocketManager(settings(server))
        manager.follow(symbols)
        story: list[str] = []
        async with manager, asyncio.timeout(PATIENCE_S):
            async for event in manager.events():
                if isinstance(event, CandlePushes | MarketTraded):
                    continue
                story.append(type(event).__name__)
                if len(story) == 1:
                    await client.post(server.control_url + "/fault", json={"kind": "drop", "count": 2})
                if len(story) == 3:
                    break
        assert story == ["StreamsLive", "Reconnecting", "StreamsLive"]
