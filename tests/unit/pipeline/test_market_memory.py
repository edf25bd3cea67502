"""Memory is put together so that who follows the store finds the larger bars complete."""

from eliteflow.config import DataSettings, Settings
from eliteflow.model.stream_event import StreamsLive
from eliteflow.pipeline.closes import RestCloses
from eliteflow.pipeline.disk.disk_mirror import DiskMirror
from eliteflow.pipeline.larger_bars import LargerBars
from eliteflow.pipeline.market_call import MarketCall
from eliteflow.pipeline.market_memory import MarketMemory, market_memory
from eliteflow.testing.instruments import make_instrument
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource
from eliteflow.testing.series import HEAD_MS
from tests.unit.pipeline.kept_candles import Kept
from tests.unit.pipeline.live_bars import FakeStream


def memory(*, has_streams: bool = False) -> MarketMemory:
    """Return a memory with a disk cache."""
    clock = ManualClock(HEAD_MS)
    settings = Settings(data=DataSettings(capacity_bars=128, limit=200))
    return market_memory(MemorySource(clock), FakeStream() if has_streams else None, Kept(), clock, settings)


def test_larger_bars_are_told_first_and_the_disk_last() -> None:
    """Each observer finds what the ones before it have written."""
    kinds = [type(observer) for observer in memory(has_streams=True).store.observers]
    assert (kinds[0], kinds[-1]) == (LargerBars, DiskMirror)


def test_without_streams_rest_alone_says_when_a_bar_is_final() -> None:
    """And nobody knows a bar in progress but the store itself; it holds at least what a call asks for."""
    found = memory()
    call = MarketCall(("BTCUSDT",), (), 50, HEAD_MS)
    assert isinstance(found.closes, RestCloses)
    assert not found.is_live(("BTCUSDT",))
    assert found.forming(call) is found.store
    assert found.store.capacity == 200


def test_streams_bring_the_bars_in_progress_unless_the_venue_has_been_asked() -> None:
    """A watched symbol whose stream has not come yet is not live."""
    found = memory(has_streams=True)
    assert found.upkeep is not None
    found.upkeep.watch([make_instrument("BTCUSDT")])
    assert not found.is_live(("BTCUSDT",))
    found.upkeep.live.take(StreamsLive(("BTCUSDT",), HEAD_MS))
    assert found.is_live(("BTCUSDT",))
    call = MarketCall(("BTCUSDT",), (), 50, HEAD_MS)
    assert found.forming(call) is found.upkeep.live
    call.asks_for_forming = True
    assert found.forming(call) is found.store
