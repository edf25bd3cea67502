"""Larger candles from smaller ones."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eliteflow.emulator.bars import CLOSE, FIELDS, HIGH, LOW, OPEN, TRADES, VOLUME, Block, roll_up, running
from eliteflow.emulator.base_bars import join


def _parts(volumes: list[int], seed: int) -> Block:
    """Return consistent parts in which a volume of 0 repeats the previous close."""
    random = np.random.default_rng(seed)
    block = np.zeros((FIELDS, len(volumes)), dtype=np.int64)
    close = 100
    for at, volume in enumerate(volumes):
        prices = random.integers(50, 150, 4) if volume else np.full(4, close)
        block[:4, at] = prices[0], prices.max(), prices.min(), prices[3]
        block[VOLUME:, at] = volume, volume * close, volume, volume // 2, volume * close // 2, sum(volumes[:at])
        close = int(block[CLOSE, at])
    return block


volumes = st.lists(st.integers(0, 3), min_size=1, max_size=12)


@settings(max_examples=50)
@given(volumes, st.integers(0, 1_000))
def test_a_part_without_trades_counts_for_nothing_but_the_close(sizes: list[int], seed: int) -> None:
    """The larger bar opens at its first trade, as the venue's does."""
    parts = _parts(sizes, seed)
    bar = roll_up(parts, [0])[:, 0]
    traded = parts[:, parts[VOLUME] > 0]
    assert bar[CLOSE] == parts[CLOSE, -1]
    assert bar[VOLUME] == sum(sizes)
    if traded.shape[1]:
        assert (bar[OPEN], bar[HIGH], bar[LOW]) == (traded[OPEN, 0], traded[HIGH].max(), traded[LOW].min())
    else:
        assert bar[OPEN] == bar[HIGH] == bar[LOW] == bar[CLOSE]


@settings(max_examples=50)
@given(volumes, st.integers(0, 1_000))
def test_running_ends_in_the_rolled_up_bar(sizes: list[int], seed: int) -> None:
    """What a bar is after its last part is what it is in the end, and each state is the roll-up of its parts."""
    parts = _parts(sizes, seed)
    for count in range(1, len(sizes) + 1):
        assert np.array_equal(running(parts)[:, count - 1], roll_up(parts[:, :count], [0])[:, 0])


@settings(max_examples=50)
@given(volumes, st.integers(0, 1_000), st.integers(1, 11))
def test_join_equals_rolling_up(sizes: list[int], seed: int, cut: int) -> None:
    """Adding the newest part to the sum of the earlier ones gives the same bar as summing all."""
    parts = _parts(sizes, seed)
    cut = min(cut, len(sizes) - 1)
    earlier = roll_up(parts[:, :cut], [0])[:, 0].tolist() if cut else None
    newest = roll_up(parts[:, cut:], [0])[:, 0].tolist()
    assert join(earlier, newest) == roll_up(parts, [0])[:, 0].tolist()
    assert join(earlier, newest)[TRADES] == sum(sizes)
