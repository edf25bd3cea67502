"""Hours of the emulator's streams without a socket."""

import asyncio
import json

from eliteflow.emulator.venue import Venue
from eliteflow.exchange.transport import FrameSource
from tests.unit.testing.simulated import BAR_MS, simulated


def test_a_quiet_connection_lives_by_its_pongs_until_its_day_is_over() -> None:
    """Pings are answered inside; after 24 h the venue closes."""

    async def scene(source: FrameSource, venue: Venue) -> float:
        connection = await source.connect("/private/ws", timeout_s=1.0)
        assert await connection.receive() == []
        assert connection.close_code == 1001
        return asyncio.get_running_loop().time()

    assert 86_400 <= simulated(scene) < 86_402


def test_a_slice_of_the_market_in_virtual_time() -> None:
    """A plain dictionary fed for two hours ends in what REST says, for every contract."""

    async def scene(source: FrameSource, venue: Venue) -> None:
        names = [i.symbol.lower() for i in venue.market.instruments if i.is_usdt_perpetual]
        path = "/market/stream?streams=" + "/".join(f"{name}@kline_5m" for name in names)
        connection = await source.connect(path, timeout_s=1.0)
        closed: dict[tuple[str, int], str] = {}
        while len(closed) < 24 * len(names):
            for frame in await connection.receive():
                event = json.loads(frame)["data"]
                if event["k"]["x"]:
                    closed[event["s"], event["k"]["t"]] = event["k"]["c"]
        for (symbol, open_ms), close in closed.items():
            row = venue.market.rows[symbol]
            bar = venue.market.base.of(row, open_ms // BAR_MS, 1)[:, 0]
            assert int(close.replace(".", "")) == bar[3]

    simulated(scene, kline_push_ms=50_000)
