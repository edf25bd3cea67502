"""What happens inside a bar."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.emulator.bars import (
    CLOSE,
    FIELDS,
    HIGH,
    LOW,
    OPEN,
    QUOTE,
    TAKER_QUOTE,
    TAKER_VOLUME,
    TRADES,
    VOLUME,
    Block,
    roll_up,
    running,
)
from eliteflow.emulator.intervals import BASE_MS
from eliteflow.emulator.paths import trace

BEFORE = 1_000


@st.composite
def a_bar(draw: st.DrawFn) -> Block:
    """Draw any bar that a venue could show, from none to very many trades."""
    low = draw(st.integers(1, 10_000))
    high = low + draw(st.integers(0, 500))
    open_, close = draw(st.integers(low, high)), draw(st.integers(low, high))
    volume = draw(st.one_of(st.integers(1, 8), st.integers(1, 10**9)))
    trades = draw(st.integers(1, min(volume, 10**6)))
    taker = draw(st.integers(0, volume))
    quote = volume * low + draw(st.integers(0, volume * (high - low)))
    least = max(taker * low, quote - (volume - taker) * high)
    most = min(taker * high, quote - (volume - taker) * low)
    taker_quote = draw(st.integers(least, most))
    return np.array([open_, high, low, close, volume, quote, trades, taker, taker_quote, 77], dtype=np.int64)


def _traced(bar: Block, key: int) -> tuple[Block, Block]:
    slots, when = trace(
        bar[:, None], np.array([BEFORE]), np.array([1], dtype=np.int64), np.array([key], dtype=np.uint64)
    )
    return slots[:, 0], when[0]


keys = st.integers(0, 2**64 - 1)


@settings(max_examples=60, deadline=None)
@given(a_bar(), keys)
def test_a_path_ends_in_exactly_the_final_bar(bar: Block, key: int) -> None:
    """The steps of a bar sum to all ten values of the bar."""
    slots, when = _traced(bar, key)
    assert roll_up(slots, [0])[:, 0].tolist() == bar.tolist()
    assert np.all(np.diff(when) > 0)
    assert when[0] >= 0
    assert when[-1] < BASE_MS


@settings(max_examples=60, deadline=None)
@given(a_bar(), keys)
def test_a_forming_bar_only_grows(bar: Block, key: int) -> None:
    """Trades and volumes never fall, the range never narrows, and nothing exceeds the final value."""
    states = running(_traced(bar, key)[0])
    for field in (VOLUME, QUOTE, TRADES, TAKER_VOLUME, TAKER_QUOTE):
        assert np.all(np.diff(states[field]) >= 0)
        assert states[field, -1] == bar[field]
    begun = states[:, states[VOLUME] > 0]
    assert np.all(np.diff(begun[HIGH]) >= 0)
    assert np.all(np.diff(begun[LOW]) <= 0)
    assert np.all(begun[OPEN] == bar[OPEN])
    assert np.all(states[TAKER_VOLUME] <= states[VOLUME])
    waiting = states[:, states[VOLUME] == 0]
    assert np.all(waiting[OPEN : CLOSE + 1] == BEFORE)


@settings(max_examples=60, deadline=None)
@given(a_bar(), keys)
def test_every_step_is_a_possible_batch_of_trades(bar: Block, key: int) -> None:
    """A step's volume and trades come together, and its prices lie in the bar's range."""
    slots, _ = _traced(bar, key)
    assert np.array_equal(slots[VOLUME] > 0, slots[TRADES] > 0)
    happened = slots[:, slots[VOLUME] > 0]
    assert np.all(happened[LOW] >= bar[LOW])
    assert np.all(happened[HIGH] <= bar[HIGH])
    assert np.all(happened[LOW] <= happened[CLOSE])
    assert np.all(happened[CLOSE] <= happened[HIGH])
    assert np.all(slots[TAKER_VOLUME] <= slots[VOLUME])
    assert np.all(slots >= 0)
    assert slots.shape[0] == FIELDS


def test_a_bar_without_trades_has_no_steps() -> None:
    """Nothing happens in it, and it stays at the close before."""
    bar = np.array([BEFORE] * 4 + [0] * 5 + [77], dtype=np.int64)
    slots, _ = _traced(bar, 5)
    assert not slots[VOLUME].any()
    assert np.all(slots[OPEN : CLOSE + 1] == BEFORE)
