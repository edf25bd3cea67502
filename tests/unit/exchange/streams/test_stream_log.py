"""The log lines of the streams."""

import logging
from random import Random

import pytest

from eliteflow.exchange.streams.stream_log import StreamLog
from eliteflow.exchange.streams.stream_slot import Loss, StreamSlot
from eliteflow.exchange.streams.stream_wire import Malformed, Refused

FAULT = Malformed("Expected float - at $.data.k.v", '{"stream":')


def slot(number: int) -> StreamSlot:
    """A place in the plan."""
    return StreamSlot(number, stale_s=30.0, early_s=0.0, dice=Random(1))


def test_a_malformed_frame_is_news_once_a_stretch(caplog: pytest.LogCaptureFixture) -> None:
    """Said again after a minute without one, and for each connection."""
    log = StreamLog("streams.test")
    for at_s in (0.0, 1.0, 50.0, 100.0, 161.0):
        log.malformed(slot(1), FAULT, at_s)
    log.malformed(slot(2), FAULT, 161.0)
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "connection 1 of streams.test",
        "connection 1 of streams.test",
        "connection 2 of streams.test",
    ]


def test_lines_say_which_connection_and_why(caplog: pytest.LogCaptureFixture) -> None:
    """In one sentence each, the venue's own words in it."""
    caplog.set_level(logging.INFO, "eliteflow")
    log = StreamLog("streams.test")
    loss = Loss(("AUSDT", "BUSDT"), 0, "closed", 0.26, is_news=True)
    log.connected(slot(0))
    log.reconnecting(slot(1), loss, "1008 Bye")
    log.reconnecting(slot(1), loss._replace(reason="unreachable"), "")
    log.refused(slot(1), Refused(7, 2, "Invalid request"))
    assert [record.getMessage() for record in caplog.records] == [
        "connection market of streams.test: 0 streams live",
        "connection 1 of streams.test lost (closed: 1008 Bye): 2 streams have a gap; trying again in 0.3 s",
        "connection 1 of streams.test lost (unreachable): 2 streams have a gap; trying again in 0.3 s",
        "connection 1 of streams.test: the venue refused a request (2: Invalid request)",
    ]
