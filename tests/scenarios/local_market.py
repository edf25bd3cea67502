"""The emulator's own venue without a socket, and programs of a user in front of it."""

import asyncio
from pathlib import Path

from eliteflow.clock import Clock
from eliteflow.config import RestSettings, Settings
from eliteflow.emulator.faults import FaultRule
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.exchange.shared_file import SharedFile, shared_path
from eliteflow.exchange.weight_budget import WeightBudget
from eliteflow.exchange.weight_share import WeightShare
from eliteflow.testing.emulated_http import EmulatedHttp
from eliteflow.testing.virtual_time import VirtualTimeLoop

START_MS = 1_795_420_810_000  # 2026-11-23 08:00:10 UTC
DAY_MS = 86_400_000


class LocalMarket:
    """Eight contracts, in step with the loop's time. folder: the user's folder for state. start_ms: when it opens."""

    def __init__(self, folder: Path, start_ms: int = START_MS) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        self._loop = loop
        self._folder = folder
        self._start_ms = start_ms
        self.clock = loop.clock(start_ms)
        self.venue = open_venue(EmulatorOptions(symbols=8), start_ms)
        self.transports: list[EmulatedHttp] = []

    @property
    def sent_ms(self) -> list[int]:
        """When each request of each program left."""
        return sorted(sent_ms for transport in self.transports for sent_ms in transport.sent_ms)

    def fault(self, rule: FaultRule) -> None:
        """Let the venue misbehave from now on."""
        self.venue.faults.add(rule, self.clock.now_ms())

    def program(self, *, machine_off_ms: int = 0, way: str = "") -> BinanceClient:
        """Start a program on a machine whose clock is wrong by so much; what is in memory is its own.

        way: through which proxy it would speak to the venue.
        """
        now_ms = self._start_ms + machine_off_ms
        clock = Clock(lambda: now_ms + int(self._loop.time() * 1_000), self._loop.time)
        self.transports.append(EmulatedHttp(self.venue, self.clock.now_ms, way_s=0.06))
        settings = Settings(rest=RestSettings(state_dir=str(self._folder)))
        share = WeightShare(SharedFile(shared_path("emulator", str(self._folder))), clock, way)
        budget = WeightBudget(clock, shared=share)
        return BinanceClient(settings, transport=self.transports[-1], clock=clock, budget=budget)
