"""Streams of a whole market in virtual time: what is said when the venue misbehaves."""

import asyncio

from tests.scenarios.streamed_market import StreamedMarket


async def test_every_symbol_goes_live_and_brings_its_candles() -> None:
    """Three connections and the market's own; nothing is left when it is closed."""
    market = StreamedMarket()
    manager = market.manager()
    await market.listen(manager, for_s=120)
    assert market.story == [("live", 8), ("live", 8), ("live", 9)]
    assert {push.candle.symbol for push in market.pushes} == set(market.symbols)
    assert len(asyncio.all_tasks()) == 1
    assert market.venue.desk.sessions == {}
