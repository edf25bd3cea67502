"""Some hours of the soak, as part of every run of the tests; `make soak` lives through seven days."""

import os
import sys
from pathlib import Path

from tests.scenarios.soak import Soak

HOURS = round(float(os.environ.get("ELITEFLOW_SCENARIO_HOURS", "6")))


async def test_every_closed_bar_is_the_venues_own_whatever_happens(tmp_path: Path) -> None:
    """530 contracts under every kind of fault; compared each hour, in memory and on disk."""
    figures = await Soak(tmp_path).run(HOURS)
    sys.stdout.write(f"{figures.line()}\n")
    assert figures.differences == []
    assert (figures.hours, figures.refused, figures.tasks_left) == (HOURS, 0, 0)
    assert figures.restarts == HOURS // 3
    assert figures.share_final(10) > 0.99
    assert figures.is_clean
