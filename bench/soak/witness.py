"""Somebody else who hears the venue's final klines: how late the venue itself was, whatever the program does."""

import asyncio
from collections.abc import Sequence

import aiohttp
import msgspec

from eliteflow.clock import Clock

ADDRESS = "127.0.0.2"
AGAIN_S = 1.0


class Witness:
    """Listens to a few contracts, from an address of its own so that faults pass it by.

    heard_ms: close → when its last final kline came, on the machine's clock.
    """

    def __init__(self, ws_url: str, symbols: Sequence[str], clock: Clock) -> None:
        streams = "/".join(f"{symbol.lower()}@kline_5m" for symbol in symbols)
        self._url = f"{ws_url}/market/stream?streams={streams}"
        self._clock = clock
        self.heard_ms: dict[int, int] = {}

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            connector = aiohttp.TCPConnector(local_addr=(ADDRESS, 0))
            async with aiohttp.ClientSession(connector=connector) as session, session.ws_connect(self._url) as socket:
                async for message in socket:
                    self._hear(message.data)
            await asyncio.sleep(AGAIN_S)

    def _hear(self, text: str) -> None:
        bar = msgspec.json.decode(text)["data"]["k"]
        if bar["x"]:
            closed_ms = bar["T"] + 1
            self.heard_ms[closed_ms] = self._clock.now_ms()
