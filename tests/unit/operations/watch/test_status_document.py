"""The status as one document, and back."""

from dataclasses import replace

import msgspec

from eliteflow.operations.watch.ports import Days
from eliteflow.operations.watch.status_document import StatusDocument, status_document
from eliteflow.scheduler.day_report import Counters, DayTally
from tests.unit.operations.statuses import CYCLES, NOW_MS, WELL, WHOLE

DAY = DayTally(NOW_MS, Counters()).report(NOW_MS + 1000, "SIMULATED", Counters())


def test_what_is_served_is_what_is_read() -> None:
    """Nothing is lost on the way."""
    document = status_document(WHOLE, Days(DAY, DAY))
    assert msgspec.json.decode(msgspec.json.encode(document), type=StatusDocument) == document


def test_it_answers_what_a_person_asks_first() -> None:
    """Ready or why not, since when, the last cycle and how long ago, how complete the last close was."""
    document = status_document(WHOLE, Days(DAY, None))
    assert (document.ready, document.degraded, document.reasons) == (True, False, [])
    assert (document.venue, document.uptime_s, document.cycles.last_age_s) == ("SIMULATED", 700, 4)
    assert document.closes[0].final_after == {2: 0.9, 3: 0.99, 5: 1.0, 10: 1.0}
    assert (document.loop_lag.count, document.loop_lag.p50_s, document.loop_lag.largest_s) == (3, 0.001, 0.03)
    assert document.streams is not None
    assert document.streams.lag.count == 2


def test_a_program_at_its_start_has_a_status_too() -> None:
    """What is not known is null, and the reason is there."""
    cycles = replace(CYCLES, done=0, total=0, first_finished_ms=None, last_finished_ms=None)
    scheduler = replace(WELL.scheduler, last_report=None)
    document = status_document(replace(WELL, cycles=cycles, scheduler=scheduler), Days(None, None))
    assert (document.ready, document.last_cycle, document.cycles.last_age_s, document.streams) == (
        False,
        None,
        None,
        None,
    )
    assert [reason.reason for reason in document.reasons] == ["first_fill"]
