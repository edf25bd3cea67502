"""How a market is fetched today, kept for comparison: one request after another, or gathered in batches.

Written as users of these ways write them: JSON by the standard library, a DataFrame of twelve columns, then `astype`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import pandas as pd

COLUMNS = [
    *("open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "trades"),
    *("taker_buy_volume", "taker_buy_quote_volume", "ignore"),
]
NUMBERS = [*COLUMNS[1:6], *COLUMNS[7:11]]
Frames = dict[str, dict[str, pd.DataFrame]]
Way = Callable[[aiohttp.ClientSession, Sequence[str], Sequence[str], int], Awaitable[Frames]]


async def serial(
    session: aiohttp.ClientSession, symbols: Sequence[str], timeframes: Sequence[str], limit: int
) -> Frames:
    """Fetch one series after another."""
    return {
        symbol: {timeframe: await _frame(session, symbol, timeframe, limit) for timeframe in timeframes}
        for symbol in symbols
    }


async def serial_gathered(
    session: aiohttp.ClientSession, symbols: Sequence[str], timeframes: Sequence[str], limit: int
) -> Frames:
    """Fetch one symbol after another, its timeframes at the same time."""
    return {symbol: await _symbol(session, symbol, timeframes, limit) for symbol in symbols}


async def batches_of_64(
    session: aiohttp.ClientSession, symbols: Sequence[str], timeframes: Sequence[str], limit: int
) -> Frames:
    """Fetch 64 symbols at the same time, one batch after the other."""
    frames: Frames = {}
    for start in range(0, len(symbols), 64):
        batch = symbols[start : start + 64]
        fetched = await asyncio.gather(*(_symbol(session, symbol, timeframes, limit) for symbol in batch))
        frames |= dict(zip(batch, fetched, strict=True))
    return frames


async def _symbol(
    session: aiohttp.ClientSession, symbol: str, timeframes: Sequence[str], limit: int
) -> dict[str, pd.DataFrame]:
    frames = await asyncio.gather(*(_frame(session, symbol, timeframe, limit) for timeframe in timeframes))
    return dict(zip(timeframes, frames, strict=True))


async def _frame(session: aiohttp.ClientSession, symbol: str, timeframe: str, limit: int) -> pd.DataFrame:
    query = {"symbol": symbol, "interval": timeframe, "limit": str(limit)}
    async with session.get("/fapi/v1/klines", params=query) as answer:
        answer.raise_for_status()
        rows = await answer.json()
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame[NUMBERS] = frame[NUMBERS].astype(float)
    frame["open_time"] = pd.to_datetime(frame["open_time"], unit="ms")
    return frame.set_index("open_time")
