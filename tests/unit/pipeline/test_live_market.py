"""What streams say reaches memory, and what is doubtful is remembered."""

import numpy as np
import pytest

from eliteflow.model.stream_event import (
    CandlePushes,
    ContractChanged,
    MarketTraded,
    Reconnecting,
    StreamEvent,
    StreamsLive,
)
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.gap_repair import GapRepair
from eliteflow.pipeline.larger_bars import LargerBars
from eliteflow.pipeline.live_market import LiveMarket
from eliteflow.pipeline.series_fetcher import SeriesFetcher
from eliteflow.testing.instruments import make_instrument
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource
from tests.unit.pipeline.live_bars import H1, HOUR_MS, M5, M15, FakeStream, push_of, rolled

SYMBOLS = ("AUSDT", "BUSDT")
END_MS = HOUR_MS + M5.ms
WITNESS = [MarketTraded(HOUR_MS + second * 1_000, {"BTCUSDT": 1.0}) for second in range(-1, 303)]


def market_of(*events: StreamEvent) -> LiveMarket:
    """Return a market over two contracts that has heard everything."""
    store = CandleStore(64)
    larger = LargerBars(store, M5, (H1, M15))
    store.observers.append(larger)
    clock = ManualClock(HOUR_MS)
    gaps = GapRepair(store, SeriesFetcher(MemorySource(clock), store, clock), clock, (M5,))
    market = LiveMarket(store, FakeStream(*events), larger, gaps, clock)
    market.watch([make_instrument(symbol, step_size="1") for symbol in SYMBOLS])
    for event in events:
        market.take(event)
    return market


async def test_pushes_reach_memory_and_larger_bars() -> None:
    """A final bar closes, and the bar in progress is there in every timeframe."""
    market = market_of()
    market.stream.said = (  # type: ignore[attr-defined]  # the fake's own
        CandlePushes([push_of("AUSDT", 0), push_of("AUSDT", 1, is_final=False)]),
    )
    await market.run()
    assert market.forming(M5, SYMBOLS, END_MS)[:, 0].tolist() == list(push_of("AUSDT", 1).candle.values())
    assert market.forming(M15, SYMBOLS, HOUR_MS)[:, 0].tolist() == rolled("AUSDT", range(2)).tolist()
    assert np.isnan(market.forming(H1, ["BUSDT"], HOUR_MS)).all()


def test_the_same_contracts_are_followed_once() -> None:
    """Connections are touched only when the universe has changed."""
    market = market_of()
    market.watch([make_instrument(symbol) for symbol in SYMBOLS])
    market.watch([make_instrument("CUSDT")])
    assert market.stream.followed == [SYMBOLS, ("CUSDT",)]  # type: ignore[attr-defined]  # the fake's own


def test_a_finer_step_counts_from_the_next_universe_on() -> None:
    """The venue changes the filters of a contract that goes on trading: its sums are proved in the new units."""
    market, pushes = market_of(), [push_of("AUSDT", 0), push_of("AUSDT", 1, is_final=False)]
    for push in pushes:
        push.candle.volume = push.candle.taker_buy_volume = 1e-5
    market.take(CandlePushes(pushes))
    assert np.isnan(market.forming(M15, ["AUSDT"], HOUR_MS)).all()
    market.watch([make_instrument(symbol, step_size="0.00001") for symbol in SYMBOLS])
    assert not np.isnan(market.forming(M15, ["AUSDT"], HOUR_MS)).any()


def test_streams_are_down_until_they_are_live() -> None:
    """A gap is something that streams say, as is its end."""
    market = market_of(StreamsLive(SYMBOLS, HOUR_MS), Reconnecting(("AUSDT",), HOUR_MS, "closed"))
    assert market.down() == ("AUSDT",)
    market.take(StreamsLive(("AUSDT",), HOUR_MS + 99))
    assert market.down() == ()


def test_an_announcement_is_remembered() -> None:
    """Whoever reads the contracts anew finds it."""
    assert market_of(ContractChanged(HOUR_MS, "CUSDT", "TRADING")).contracts_changed


@pytest.mark.parametrize(
    ("events", "is_quiet"),
    [
        ([StreamsLive(SYMBOLS, HOUR_MS - 1), *WITNESS], True),
        ([StreamsLive(SYMBOLS, HOUR_MS - 1), *WITNESS, CandlePushes([push_of("AUSDT", -1)])], True),
        ([*WITNESS], False),  # never live
        ([StreamsLive(SYMBOLS, HOUR_MS + 1), *WITNESS], False),  # live for a part of the bar
        ([StreamsLive(SYMBOLS, HOUR_MS - 1), Reconnecting(SYMBOLS, HOUR_MS + 5, "closed"), *WITNESS], False),
        ([StreamsLive(SYMBOLS, HOUR_MS - 1), *WITNESS, CandlePushes([push_of("AUSDT", 0, is_final=False)])], False),
        ([StreamsLive(SYMBOLS, HOUR_MS - 1), *WITNESS, MarketTraded(HOUR_MS + 999, {"AUSDT": 1.0})], True),
        ([StreamsLive(SYMBOLS, HOUR_MS - 1), *WITNESS, MarketTraded(HOUR_MS + 1_000, {"AUSDT": 1.0})], False),
        ([StreamsLive(SYMBOLS, HOUR_MS - 1), *WITNESS[:100]], False),  # the witness has fallen silent
        ([StreamsLive(SYMBOLS, HOUR_MS - 1), *WITNESS[:100], *WITNESS[110:]], False),  # it was silent for a while
        ([StreamsLive(SYMBOLS, HOUR_MS - 1)], False),  # there is no witness
    ],
)
def test_a_symbol_is_quiet_only_when_that_is_proven(events: list[StreamEvent], is_quiet: bool) -> None:
    """A live stream that pushed nothing, and a witness of the whole bar that did not name it."""
    assert market_of(*events).is_quiet("AUSDT", HOUR_MS) is is_quiet


def test_a_symbol_on_a_dead_connection_is_not_quiet() -> None:
    """Silence proves nothing there."""
    market = market_of(StreamsLive(SYMBOLS, HOUR_MS - 1), *WITNESS)
    market.stream.dead.add("AUSDT")  # type: ignore[attr-defined]  # the fake's own
    assert not market.is_quiet("AUSDT", HOUR_MS)
    assert market.is_quiet("BUSDT", HOUR_MS)
