"""Small markets and requests for the emulator's tests."""

import json
from typing import Any

from eliteflow.emulator.intervals import INTERVALS
from eliteflow.emulator.market import KlineQuery, Market
from eliteflow.emulator.messages import Request, Response
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.emulator.venue import Venue

NOW_MS = 1_795_422_158_684  # 2026-11-23 08:22:38
MINUTE = 60_000

Row = list[Any]


def a_venue(symbols: int = 6, now_ms: int = NOW_MS, **options: Any) -> Venue:
    """Return a venue of few contracts without latency."""
    return open_venue(EmulatorOptions(symbols=symbols, latency_ms=0, **options), now_ms)


def a_market(symbols: int = 6, now_ms: int = NOW_MS, **options: Any) -> Market:
    """Return the market of such a venue."""
    return a_venue(symbols, now_ms, **options).market


def rows(
    market: Market,
    interval: str,
    now_ms: int = NOW_MS,
    symbol: str = "BTCUSDT",
    limit: int = 50,
    start_ms: int | None = None,
    end_ms: int | None = None,
) -> list[Row]:
    """Return decoded rows."""
    query = KlineQuery(symbol, INTERVALS[interval], start_ms, end_ms, limit)
    found: list[Row] = json.loads(market.klines(query, now_ms))
    return found


def get(
    venue: Venue,
    target: str,
    now_ms: int = NOW_MS,
    client_ip: str = "127.0.0.1",
    headers: dict[str, str] | None = None,
) -> Response:
    """Ask the venue for a path with its query."""
    path, _, query = target.partition("?")
    return venue.handle(Request("GET", path, query, client_ip, headers or {}), now_ms)
