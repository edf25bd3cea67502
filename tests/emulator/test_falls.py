"""A program that is ended, killed and begun again has lost nothing, invented nothing, and says nothing twice."""

import asyncio
from signal import SIGKILL, SIGTERM

import pytest
from bench.kills import falls_of
from bench.soak.falls import Fall, Moment

pytestmark = pytest.mark.emulator

FALLS = [
    Fall(1, SIGTERM, Moment.START, 0.4),
    Fall(2, SIGKILL, Moment.FIRST_FILL, 1.2),
    Fall(3, SIGTERM, Moment.DEEPENING, 0.5),
    Fall(4, SIGKILL, Moment.CALM, 0.1),
]


def test_two_falls_of_each_kind_leave_everything_as_it_was() -> None:
    """The short form of `python -m bench.kills`; every claim of its report holds."""
    findings = asyncio.run(falls_of(FALLS, 12, 0, "--latency-ms", "0"))
    assert [claim for claim in findings.claims() if not claim.holds] == []
