"""The recorded market, opened whole."""

import json

import numpy as np
import pytest

from eliteflow.emulator import opening
from eliteflow.emulator.bars import VOLUME
from eliteflow.emulator.dataset import Recording, read_recording, shifted_start
from eliteflow.emulator.intervals import BASE_MS, HOUR
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.emulator.venue import Venue
from tests.conftest import RECORDED
from tests.unit.emulator.emulator_market import NOW_MS, get, rows


@pytest.fixture(scope="module")
def recorded_market() -> tuple[Venue, Recording]:
    """The whole recorded market, opened once."""
    recording = read_recording(RECORDED / "market530")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "read_recording", lambda _: recording)  # the half second once, not twice
        return open_venue(EmulatorOptions(market="market530"), NOW_MS), recording


@pytest.mark.recorded
def test_the_recorded_market_is_served_as_recorded(recorded_market: tuple[Venue, Recording]) -> None:
    """All 530 contracts and 1,728 bars; three quote volumes carry one float step more than the venue's decimals."""
    venue, recording = recorded_market
    start, later_ms = shifted_start(recording, NOW_MS), NOW_MS + 30 * HOUR
    differing = 0
    for place, symbol in list(enumerate(recording.symbols))[::25]:
        found = rows(venue.market, "5m", later_ms, symbol, limit=1_500, start_ms=(start + 228) * BASE_MS)
        assert found[0][0] == (start + 228) * BASE_MS
        served = np.array([[float(row[column]) for column in (1, 2, 3, 4, 5, 7)] for row in found]).T
        np.testing.assert_allclose(served, recording.values[:, place, 228:], rtol=3e-16)
        differing += int(np.sum(served != recording.values[:, place, 228:]))
    assert differing <= 3
    assert len(json.loads(get(venue, "/fapi/v1/exchangeInfo").body)["symbols"]) == 625


@pytest.mark.recorded
def test_three_recorded_contracts_are_silent_at_every_close(recorded_market: tuple[Venue, Recording]) -> None:
    """As its README says, so a client meets bars without trades."""
    venue, _ = recorded_market
    rows_of_market = [row for row, i in enumerate(venue.market.instruments) if i.is_usdt_perpetual]
    newest = venue.market.base.everyone(NOW_MS // BASE_MS - 12, 12)[VOLUME][rows_of_market]
    assert len(rows_of_market) == 530
    assert np.all(np.sum(newest == 0, axis=0) == 3)
