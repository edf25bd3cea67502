"""A venue in memory, a clock that stands still, and a pipeline over both."""

import pytest

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
from eliteflow.testing.manual_clock import ManualClock
from eliteflow.testing.memory_source import MemorySource
from eliteflow.testing.series import HEAD_MS

NOON_MS = HEAD_MS + Timeframe.H1.ms
"""An end of a bar in every timeframe of the tests: 2025-11-23 10:00 UTC."""


@pytest.fixture
def clock() -> ManualClock:
    """One minute after a boundary of every timeframe."""
    return ManualClock(NOON_MS + 60_000)


@pytest.fixture
def source(clock: ManualClock) -> MemorySource:
    """A venue that answers everything."""
    return MemorySource(clock)


@pytest.fixture
def pipeline(source: MemorySource) -> UnifiedDataPipeline:
    """A pipeline that knows nothing yet."""
    return UnifiedDataPipeline(source)
