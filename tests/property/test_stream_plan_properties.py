"""The plan of connections under any order of listings and delistings."""

from hypothesis import given
from hypothesis import strategies as st

from eliteflow.exchange.streams.stream_plan import StreamPlan
from eliteflow.model.timeframe import Timeframe

SYMBOLS = st.sets(st.integers(0, 60).map("COIN{}USDT".format))
TIMEFRAMES = st.sampled_from([(Timeframe.M5,), (Timeframe.H1, Timeframe.M15, Timeframe.M5)])


@given(timeframes=TIMEFRAMES, streams=st.integers(1, 40), universes=st.lists(SYMBOLS, max_size=8))
def test_nobody_moves_and_nothing_is_carried_twice(
    timeframes: tuple[Timeframe, ...], streams: int, universes: list[set[str]]
) -> None:
    """Exactly the followed symbols have one home each; no connection is overfull or empty; who stays, stays there."""
    plan = StreamPlan(timeframes, streams)
    before: dict[str, int | None] = {}
    for universe in universes:
        plan.follow(sorted(universe))
        homes = {symbol: plan.home(symbol) for symbol in universe}
        assert {symbol: home for symbol, home in homes.items() if symbol in before}.items() <= before.items()
        carried = [symbol for followed in plan.connections.values() for symbol in followed]
        assert sorted(carried) == sorted(universe)
        assert all(symbol in plan.connections[home] for symbol, home in homes.items() if home is not None)
        assert all(0 < len(followed) <= max(1, streams // len(timeframes)) for followed in plan.connections.values())
        before = homes
