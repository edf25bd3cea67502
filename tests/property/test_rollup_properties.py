"""Rolled-up bars equal direct aggregation in exact decimals."""

from decimal import Decimal
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eliteflow.model.instrument import Instrument
from eliteflow.pipeline.rollup import RollUpUnits, roll_up
from eliteflow.testing.instruments import make_instrument

SIZES = ("0.00001", "0.0001", "0.001", "0.01", "0.05", "0.1", "1", "10")


class Part(NamedTuple):
    """One bar in whole numbers of ticks, lot steps and both, as (low, open, close, high), volumes and trades."""

    prices: tuple[int, int, int, int]
    volume: int
    taker_volume: int
    trades: int

    @property
    def ohlc(self) -> tuple[int, int, int, int]:
        """Open, high, low and close."""
        low, one, other, high = sorted(self.prices)
        return one, high, low, other

    @property
    def amounts(self) -> tuple[int, int, int, int, int]:
        """Volume, quote volume, trades, taker volume, taker quote volume."""
        taker, trades, mean = min(self.volume, self.taker_volume), self.trades * (self.volume > 0), self.prices[0]
        return self.volume, self.volume * mean, trades, taker, taker * mean


class Contract(NamedTuple):
    """A contract's sizes and the parts of one larger bar."""

    tick: str
    step: str
    parts: list[Part]

    @property
    def instrument(self) -> Instrument:
        """The contract, for its filters."""
        return make_instrument(tick_size=self.tick, step_size=self.step)

    def texts(self, number: int) -> list[str]:
        """Return a part as the venue writes it, in the order of `FIELDS`."""
        part, tick, step = self.parts[number], Decimal(self.tick), Decimal(self.step)
        units = (tick, tick, tick, tick, step, tick * step, Decimal(1), step, tick * step)
        return [str(count * unit) for count, unit in zip((*part.ohlc, *part.amounts), units, strict=True)]

    def aggregated(self) -> list[float]:
        """Return the larger bar, every sum made in decimals and read as its text."""
        bars = [[Decimal(text) for text in self.texts(number)] for number in range(len(self.parts))]
        traded = [bar for bar in bars if bar[4] > 0]
        close = bars[-1][3]
        prices = [close] * 4
        if traded:
            prices = [traded[0][0], max(bar[1] for bar in traded), min(bar[2] for bar in traded), close]
        return [
            float(str(number)) for number in (*prices, *(sum(column) for column in list(zip(*bars, strict=True))[4:]))
        ]


def contracts(parts: int) -> st.SearchStrategy[Contract]:
    """Return contracts with so many parts, every third part or so without trades."""
    price, volume = st.integers(1, 10**6), st.one_of(st.just(0), st.integers(0, 4 * 10**7), st.integers(0, 30))
    part = st.builds(Part, st.tuples(price, price, price, price), volume, volume, st.integers(1, 10**6))
    return st.builds(
        Contract, st.sampled_from(SIZES), st.sampled_from(SIZES), st.lists(part, min_size=parts, max_size=parts)
    )


@given(st.sampled_from((1, 3, 12)).flatmap(lambda parts: st.lists(contracts(parts), min_size=1, max_size=4)))
def test_a_rolled_up_bar_is_the_float_of_the_exact_decimal(market: list[Contract]) -> None:
    """For any filters and parts, all nine fields equal what the venue's own text would be read as."""
    parts = np.array(
        [[[float(text) for text in contract.texts(n)] for n in range(len(contract.parts))] for contract in market]
    )
    rolled = roll_up(parts.transpose(2, 0, 1), RollUpUnits.of([contract.instrument for contract in market]))
    assert rolled.T.tolist() == [contract.aggregated() for contract in market]


@given(contracts(6), st.integers(1, 3))
def test_an_older_and_finer_tick_changes_nothing(contract: Contract, decimals: int) -> None:
    """A filter that became coarser inside the bar leaves every proved sum as it was."""
    parts = np.array([[[float(text) for text in contract.texts(n)] for n in range(6)]]).transpose(2, 0, 1)
    coarser = make_instrument(tick_size=str(Decimal(contract.tick).scaleb(decimals)), step_size=contract.step)
    assert roll_up(parts, RollUpUnits.of([coarser]))[:, 0].tolist() == contract.aggregated()
