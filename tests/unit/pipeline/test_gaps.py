"""Which closed bars are in doubt, and when they are looked for."""

import pytest

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.gaps import Doubt, GapLedger
from eliteflow.testing.series import HEAD_MS

M5, H1 = Timeframe.M5, Timeframe.H1
A, B, C = "AUSDT", "BUSDT", "CUSDT"


def at(seconds: float) -> int:
    """Return a venue time, in seconds after a boundary of every timeframe."""
    return HEAD_MS + round(seconds * 1000)


def ledger_of(*timeframes: Timeframe) -> GapLedger:
    """Return a ledger of 5m streams, or of others."""
    return GapLedger(timeframes or (M5,))


def doubt(first: int, last: int, *symbols: str, timeframe: Timeframe = M5, reason: str = "closed") -> Doubt:
    """Return a doubt about bars counted from the one that opens at the boundary."""
    return Doubt(timeframe, HEAD_MS + first * timeframe.ms, HEAD_MS + last * timeframe.ms, reason, symbols)


@pytest.mark.parametrize(
    ("lost_s", "live_s", "first_due_s", "bars"),
    [
        (20, 290, None, None),  # no bar closed meanwhile
        (20, 300, 303, (0, 0)),
        (20, 301, 303, (0, 0)),
        (20, 310, 310, (0, 0)),
        (290, 950, 950, (0, 2)),
        (1, 5, 5, (-1, -1)),  # the last push of the bar that had just closed was on its way
        (14.9, 16, 16, (-1, -1)),
        (16, 17, None, None),  # it was waited for long enough
    ],
)
def test_bars_that_closed_while_a_stream_was_down_are_in_doubt(
    lost_s: float, live_s: float, first_due_s: float | None, bars: tuple[int, int] | None
) -> None:
    """Those whose last push may have been missed, as soon as the venue's answer about them counts."""
    ledger = ledger_of()
    ledger.lost([A], at(lost_s), "closed")
    ledger.live([A], at(live_s))
    if first_due_s is None or bars is None:
        assert ledger.next_ms() is None
        return
    next_ms = ledger.next_ms()
    assert next_ms is not None
    assert max(next_ms, at(live_s)) == at(first_due_s)
    assert ledger.due(at(first_due_s)) == [doubt(*bars, A)]


def test_symbols_of_one_connection_are_one_doubt() -> None:
    """What was lost together is looked for together, in each streamed timeframe."""
    ledger = ledger_of(M5, H1)
    ledger.lost([A, B], at(3590), "stale")
    ledger.lost([C], at(3590), "closed")
    ledger.live([A, B, C], at(3610))
    assert ledger.due(at(3610)) == [
        doubt(11, 11, A, B, reason="stale"),
        doubt(0, 0, A, B, timeframe=H1, reason="stale"),
        doubt(11, 11, C),
        doubt(0, 0, C, timeframe=H1),
    ]


def test_a_stream_that_stays_down_is_looked_after_at_each_close() -> None:
    """Once the watch of the close is over, and only for what closed since the last time."""
    ledger = ledger_of()
    ledger.lost([A], at(100), "unreachable")
    assert ledger.down == {A: at(100)}
    assert ledger.next_ms() == at(315)
    assert ledger.due(at(314)) == []
    first = ledger.due(at(315))
    assert first == [doubt(0, 0, A, reason="unreachable")]
    ledger.repaired(first[0], [A])
    assert ledger.next_ms() == at(615)
    ledger.live([A], at(620))
    assert ledger.due(at(620)) == [doubt(1, 1, A, reason="unreachable")]
    assert ledger.down == {}


def test_a_doubt_comes_again_until_it_is_repaired() -> None:
    """After 5, 10, 20, 40 and then every 60 seconds."""
    ledger = ledger_of()
    ledger.suspect(A, M5, at(-300), at(-300))
    moments: list[int] = []
    while len(moments) < 7:
        next_ms = ledger.next_ms()
        assert next_ms is not None
        assert len(ledger.due(next_ms)) == 1
        moments.append((next_ms - HEAD_MS) // 1000)
    assert moments == [3, 8, 18, 38, 78, 138, 198]


def test_a_loss_ends_the_pause() -> None:
    """What comes into doubt while a repair waits for its next attempt is looked for at once, with all of it."""
    ledger = ledger_of()
    ledger.suspect(A, M5, at(-300), at(-300))
    for second in (3, 8, 18):
        ledger.due(at(second))
    ledger.suspect(A, M5, at(-900), at(-900))
    assert ledger.due(at(20)) == [doubt(-3, -1, A, reason="missing")]


def test_gaps_are_counted_from_found_to_repaired() -> None:
    """A doubt is a gap only once bars were found missing; each series counts once."""
    ledger = ledger_of()
    for symbol in (A, B, C):
        ledger.suspect(symbol, M5, at(-900), at(-300), "closed")
    (found,) = ledger.due(at(3))
    assert (found.bars, found.symbols, ledger.open) == (3, (A, B, C), 0)
    assert ledger.repaired(found, [C]) == 0
    assert ledger.found(found, [A, B]) == 2
    assert ledger.found(found, [A, B, C]) == 0
    assert ledger.open == 2
    assert ledger.repaired(found, [A]) == 1
    assert (ledger.open, ledger.repaired_total) == (1, 1)
    assert ledger.repaired(found, [B, A]) == 1
    assert (ledger.open, ledger.repaired_total, ledger.next_ms()) == (0, 2, None)


def test_gaps_are_news_once_while_the_streams_stay_down() -> None:
    """The bars of the next closes lack as well, and are repaired; the next outage is news again."""
    ledger = ledger_of(M5, H1)
    ledger.lost([A], at(3500), "unreachable")
    told: list[tuple[int, int]] = []
    for close in range(3):
        doubts = ledger.due(at(3615 + 300 * close))
        told += [(ledger.found(found, [A]), ledger.repaired(found, [A])) for found in doubts]
    assert told == [(1, 1), (0, 0), (0, 0), (0, 0)]
    assert ledger.repaired_total == 4
    ledger.live([A], at(4300))
    ledger.lost([A], at(4450), "closed")
    (found,) = ledger.due(at(4515))
    assert (ledger.found(found, [A]), ledger.repaired(found, [A])) == (1, 1)


def test_what_came_into_doubt_meanwhile_stays_in_doubt() -> None:
    """A repair covers what was named to it: later bars remain, and all of it if earlier ones were added."""
    ledger = ledger_of()
    ledger.suspect(A, M5, at(-300), at(-300))
    ledger.suspect(B, M5, at(-300), at(-300))
    (named,) = ledger.due(at(3))
    ledger.suspect(A, M5, at(0), at(0))
    ledger.suspect(B, M5, at(-900), at(-600))
    ledger.repaired(named, [A, B])
    assert ledger.due(at(303)) == [doubt(0, 0, A, reason="missing"), doubt(-3, -1, B, reason="missing")]


def test_bars_that_have_not_settled_are_not_named_yet() -> None:
    """A bar that closed a moment ago waits, those before it do not."""
    ledger = ledger_of()
    ledger.suspect(A, M5, at(-600), at(0))
    assert ledger.due(at(302)) == [doubt(-2, -1, A, reason="missing")]
    assert ledger.due(at(307)) == [doubt(-2, 0, A, reason="missing")]


def test_a_stream_may_be_lost_again_before_it_was_repaired() -> None:
    """Both stretches stay in doubt, the earliest loss counts."""
    ledger = ledger_of()
    ledger.lost([A], at(290), "closed")
    ledger.lost([A], at(280), "stale")
    ledger.lost([A], at(400), "stale")
    assert ledger.down == {A: at(280)}
    ledger.live([A], at(310))
    ledger.lost([A], at(500), "stale")
    ledger.live([A], at(700))
    assert ledger.due(at(700)) == [doubt(0, 1, A)]


def test_a_stream_that_was_never_lost_brings_no_doubt() -> None:
    """The first StreamsLive, a second one, and symbols that nobody knows change nothing."""
    ledger = ledger_of()
    ledger.live([A], at(500))
    assert (ledger.next_ms(), ledger.down) == (None, {})
    assert ledger.repaired(doubt(0, 0, A), [A]) == 0
    assert ledger.found(doubt(0, 0, A), [A]) == 0


def test_delisted_symbols_are_forgotten() -> None:
    """Neither their streams nor their bars are looked for any more."""
    ledger = ledger_of()
    ledger.lost([A, B], at(100), "closed")
    ledger.suspect(C, M5, at(-300), at(-300))
    ledger.forget([A, C])
    assert ledger.down == {B: at(100)}
    assert [doubt.symbols for doubt in ledger.due(at(400))] == [(B,)]


def test_a_ledger_shows_what_it_knows() -> None:
    """For logs and debuggers."""
    ledger = ledger_of()
    ledger.lost([A], at(100), "closed")
    ledger.suspect(C, M5, at(-300), at(-300))
    assert repr(ledger) == "<GapLedger 1 down, 1 in doubt, 0 gaps>"
