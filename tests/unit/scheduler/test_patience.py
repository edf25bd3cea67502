"""Waiting for a venue that gives nothing."""

import pytest

from eliteflow.errors import (
    CircuitOpen,
    ConfigError,
    EliteflowError,
    ExchangeUnreachable,
    IPBanned,
    RestrictedLocation,
    UnknownSymbol,
)
from eliteflow.scheduler.patience import LONGEST_PAUSE_S, Patience, pause_s
from eliteflow.testing.manual_clock import ManualClock

NOW_MS = 1_763_892_120_000


@pytest.mark.parametrize(
    ("error", "failures", "wanted_s"),
    [
        (ExchangeUnreachable("host", "refused"), 1, 5.0),
        (ExchangeUnreachable("host", "refused"), 3, 20.0),
        (ExchangeUnreachable("host", "refused"), 99, LONGEST_PAUSE_S),
        (IPBanned("host", 7200.0, until_ms=NOW_MS), 1, 7200.0),
        (CircuitOpen("host", 0.0), 4, 1.0),
    ],
)
def test_a_pause_is_as_long_as_the_venue_says_else_longer_each_time(
    error: EliteflowError, failures: int, wanted_s: float
) -> None:
    """Never less than a second, and never more than five minutes of our own accord."""
    assert pause_s(error, failures) == wanted_s


async def test_a_long_wait_is_told_every_ten_minutes(caplog: pytest.LogCaptureFixture) -> None:
    """With what is left of it."""
    clock = ManualClock(NOW_MS)
    await Patience(clock).wait(IPBanned("host", 1500.0, until_ms=NOW_MS + 1_500_000))
    assert [f"next attempt in {left} s" in caplog.messages[number] for number, left in enumerate((1500, 900, 300))]
    assert len(caplog.messages) == 3
    assert clock.now_ms() == NOW_MS + 1_500_000


async def test_a_success_ends_the_growing_of_pauses() -> None:
    """The next trouble begins with a short one."""
    clock = ManualClock(NOW_MS)
    patience, error = Patience(clock), RestrictedLocation("host")
    await patience.wait(error)
    await patience.wait(error)
    patience.rewarded()
    await patience.wait(error)
    assert clock.now_ms() == NOW_MS + (5 + 10 + 5) * 1000


@pytest.mark.parametrize("error", [ConfigError("rest.timeout_s", "wanted a number"), UnknownSymbol("BTCUSD")])
async def test_what_the_user_has_to_change_is_not_waited_for(error: EliteflowError) -> None:
    """It is raised."""
    with pytest.raises(type(error)):
        await Patience(ManualClock(NOW_MS)).wait(error)
