"""What may be passed in as a client, a clock and for its name's sake."""

import pytest

from eliteflow.clock import Clock
from eliteflow.errors import InvalidArgument
from eliteflow.pipeline.klines_client import KlinesClientSource
from eliteflow.pipeline.sources import as_source, clock_of, refuse_unused
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource


class OnlyKlines:
    """The least that a client must have."""

    async def get_klines(self, symbol: str, interval: str, limit: int) -> list[list[object]]:
        """Return nothing."""
        return []


def test_a_source_is_used_as_it_is_and_a_foreign_client_wrapped(clock: ManualClock, source: MemorySource) -> None:
    """Both kinds are told apart by what they can do."""
    assert as_source(source, clock) is source
    assert isinstance(as_source(OnlyKlines(), clock), KlinesClientSource)


def test_anything_else_is_no_client(clock: ManualClock) -> None:
    """The sentence says what a client must have."""
    with pytest.raises(InvalidArgument, match="get_klines"):
        as_source(object(), clock)  # type: ignore[arg-type]  # the mistake under test


def test_the_clients_own_clock_is_used_unless_another_is_given(clock: ManualClock, source: MemorySource) -> None:
    """A client without a clock means the machine's time."""
    other = Clock()
    assert clock_of(source, None) is clock
    assert clock_of(source, other) is other
    assert not isinstance(clock_of(OnlyKlines(), None), ManualClock)


def test_an_argument_without_effect_is_refused() -> None:
    """Nothing that a caller passes is ignored silently."""
    refuse_unused(cache=None)
    with pytest.raises(InvalidArgument, match="cache: wanted None"):
        refuse_unused(cache={})
