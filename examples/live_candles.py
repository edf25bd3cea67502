"""Prints every 5m candle as it closes, and every gap: `python examples/live_candles.py BTCUSDT ETHUSDT`."""

import asyncio
import sys
from collections.abc import Iterable

from eliteflow import WebSocketManager
from eliteflow.model.stream_event import CandlePushes, Reconnecting, StreamsLive


async def watch(manager: WebSocketManager, symbols: Iterable[str]) -> None:
    """Print what the streams of some symbols say, until the manager is closed."""
    manager.follow(symbols)
    async for event in manager.events():
        match event:
            case CandlePushes(pushes):
                for candle in (push.candle for push in pushes if push.candle.is_closed):
                    print(candle.symbol, candle.open_time_ms, candle.close, candle.volume)
            case Reconnecting(missing, since_ms, reason):
                print(f"{len(missing)} symbols may lack pushes since {since_ms} ({reason})")
            case StreamsLive(complete, since_ms):
                print(f"{len(complete)} symbols are complete from {since_ms} on")


if __name__ == "__main__":
    asyncio.run(watch(WebSocketManager(), sys.argv[1:] or ["BTCUSDT"]))
