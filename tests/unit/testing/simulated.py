"""Scenes against a small venue in virtual time."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.emulator.stream_settings import StreamSettings
from eliteflow.emulator.venue import Venue
from eliteflow.exchange.transport import FrameSource
from eliteflow.testing.emulated_frames import EmulatedFrames
from eliteflow.testing.virtual_time import VirtualTimeLoop

BEGIN_MS = 1_795_422_303_000  # 3 s into a 5m bar
BAR_MS = 300_000
T = TypeVar("T")


def simulated(scene: Callable[[FrameSource, Venue], Coroutine[Any, Any, T]], **settings: Any) -> T:
    """Run a scene in virtual time against a small venue of its own."""
    loop = VirtualTimeLoop()
    try:
        venue = open_venue(EmulatorOptions(symbols=6), BEGIN_MS)
        venue.desk.settings = StreamSettings(**settings)
        source: FrameSource = EmulatedFrames(venue.desk, loop.clock(BEGIN_MS).now_ms)
        return loop.run_until_complete(scene(source, venue))
    finally:
        loop.close()
