"""A stream that died is told from a contract that nobody trades."""

import pytest

from eliteflow.exchange.streams.stream_silence import SilenceJudge
from eliteflow.exchange.streams.stream_wire import MiniTicker
from eliteflow.model.timeframe import Timeframe
from tests.unit.exchange.streams.stream_frames import push

BEGIN_MS = 1_795_420_800_000
STALE_MS = 30_000


def judge(*timeframes: Timeframe) -> SilenceJudge:
    """A judge of AUSDT and BUSDT, live since the beginning, with the witness's first message."""
    made = SilenceJudge(timeframes or (Timeframe.M5,), STALE_MS)
    made.begin(["AUSDT", "BUSDT"], BEGIN_MS)
    made.witnessed([MiniTicker("AUSDT", 1.0, 100.0), MiniTicker("BUSDT", 1.0, 100.0)], BEGIN_MS)
    return made


def dead(made: SilenceJudge, after_ms: int) -> list[str]:
    """Who is dead when the connection has reached a time."""
    return made.dead(["AUSDT", "BUSDT"], BEGIN_MS + after_ms)


def test_a_trade_without_a_candle_means_a_dead_stream() -> None:
    """Once the connection has gone on for `stale_ms`; the other contract is merely quiet."""
    made = judge()
    made.witnessed([MiniTicker("AUSDT", 1.0, 101.0)], BEGIN_MS + 10_000)
    assert dead(made, 39_999) == []
    assert dead(made, 40_000) == ["AUSDT"]


def test_a_connection_that_has_not_gone_on_proves_nothing() -> None:
    """Its frames may still wait in the socket."""
    made = judge()
    made.witnessed([MiniTicker("AUSDT", 1.0, 101.0)], BEGIN_MS + 10_000)
    made.witnessed([MiniTicker("AUSDT", 1.0, 102.0)], BEGIN_MS + 100_000)
    assert dead(made, 12_000) == []


@pytest.mark.parametrize(("candle_after_ms", "expected"), [(7_400, ["AUSDT"]), (7_600, []), (10_000, []), (35_000, [])])
def test_a_candle_answers_the_trade(candle_after_ms: int, expected: list[str]) -> None:
    """The witness may tell of a trade up to two and a half seconds after its candle came."""
    made = judge()
    made.pushed([push("AUSDT", BEGIN_MS + candle_after_ms)])
    made.witnessed([MiniTicker("AUSDT", 1.0, 101.0)], BEGIN_MS + 10_000)
    made.pushed([push("BUSDT", BEGIN_MS + 40_000)])
    assert dead(made, 40_000) == expected


def test_a_candle_that_comes_late_ends_the_suspicion() -> None:
    """And the next silence counts anew."""
    made = judge()
    made.witnessed([MiniTicker("AUSDT", 1.0, 101.0)], BEGIN_MS + 10_000)
    made.pushed([push("AUSDT", BEGIN_MS + 30_000)])
    assert dead(made, 40_000) == []
    made.witnessed([MiniTicker("AUSDT", 1.0, 102.0)], BEGIN_MS + 50_000)
    assert dead(made, 79_999) == []
    assert dead(made, 80_000) == ["AUSDT"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (MiniTicker("AUSDT", 1.0, 100.0), []),
        (MiniTicker("AUSDT", 1.0, 99.0), []),
        (MiniTicker("AUSDT", 1.1, 99.0), ["AUSDT"]),
        (MiniTicker("AUSDT", 1.0, 100.1), ["AUSDT"]),
    ],
)
def test_a_row_alone_proves_no_trade(row: MiniTicker, expected: list[str]) -> None:
    """It also comes when trades of yesterday leave the 24 hours; a new price or more volume are proof."""
    made = judge()
    made.witnessed([row], BEGIN_MS + 10_000)
    assert dead(made, 60_000) == expected


def test_a_subscription_begins_with_a_clean_sheet() -> None:
    """Trades from before it had no candle to bring."""
    made = judge()
    made.witnessed([MiniTicker("AUSDT", 1.0, 101.0)], BEGIN_MS + 10_000)
    made.begin(["AUSDT"], BEGIN_MS + 11_000)
    made.witnessed([MiniTicker("AUSDT", 1.0, 102.0)], BEGIN_MS + 12_000)
    assert dead(made, 90_000) == []
    assert made.proven_ms("AUSDT") == BEGIN_MS + 11_000


def test_each_timeframe_is_a_stream_of_its_own() -> None:
    """The one that brings nothing is found, and the symbol is proven only as far as it."""
    made = judge(Timeframe.M5, Timeframe.H1)
    made.witnessed([MiniTicker("AUSDT", 1.0, 101.0)], BEGIN_MS + 10_000)
    made.pushed([push("AUSDT", BEGIN_MS + 30_000)])
    assert dead(made, 40_000) == ["AUSDT"]
    assert made.proven_ms("AUSDT") == BEGIN_MS
    made.pushed([push("AUSDT", BEGIN_MS + 31_000, Timeframe.H1)])
    assert dead(made, 40_000) == []
    assert made.proven_ms("AUSDT") == BEGIN_MS + 30_000


def test_quiet_is_whom_the_witness_saw_no_trade_of() -> None:
    """Since a time; one who trades is enough to break it."""
    made = judge()
    made.witnessed([MiniTicker("AUSDT", 1.0, 101.0)], BEGIN_MS + 10_000)
    assert made.is_quiet(["BUSDT"], BEGIN_MS)
    assert not made.is_quiet(["AUSDT", "BUSDT"], BEGIN_MS + 10_000)
    assert made.is_quiet(["AUSDT", "BUSDT"], BEGIN_MS + 10_001)
