"""The file of a ledger holds each signal once, as it was given, and how it has gone."""

import sqlite3
from dataclasses import replace
from math import isnan
from pathlib import Path

import pytest
from filelock import Timeout

from eliteflow.analysis.signal_outcome import Course, Ending, FollowedSignal
from eliteflow.errors import LedgerUnusable
from eliteflow.model.signal import Side, Signal
from eliteflow.model.timeframe import Timeframe
from eliteflow.scheduler.ledger_file import LedgerFile, read_ledger
from eliteflow.scheduler.seen_signals import SignalLine

M5 = Timeframe.M5
SIGNAL = Signal(
    *("dip", "AUSDT", Side.LONG, M5, 300_000, 100.0, 90.0, 120.0, 0.5),
    reasons=("rsi_5m < 25", "带中文"),
    values={"rsi_5m": 20.0},
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file in a folder that is not there yet."""
    return tmp_path / "data" / "venue.signals.sqlite"


def opened(path: Path, host: str = "venue") -> LedgerFile:
    """Open the file to write."""
    return LedgerFile(path, venue="SIMULATED", host=host)


def test_a_signal_is_read_as_it_was_given(path: Path) -> None:
    """Reasons, values and all; a value that is not known stays unknown."""
    short = replace(SIGNAL, side=Side.SHORT, stop=110.0, target=80.0, symbol="BUSDT", values={"atr": float("nan")})
    file = opened(path)
    file.write([FollowedSignal.new(SIGNAL), FollowedSignal.new(short)], [])
    first, second = file.open_signals()
    file.close()
    assert first == FollowedSignal.new(SIGNAL)
    assert (second.signal.side, second.course) == (Side.SHORT, Course(300_000))
    assert isnan(second.signal.values["atr"])


def test_a_bar_has_one_signal_of_a_strategy_and_symbol(path: Path) -> None:
    """The first one stays; other bars, symbols and strategies are others."""
    file = opened(path)
    others = [replace(SIGNAL, bar_ms=600_000), replace(SIGNAL, symbol="BUSDT"), replace(SIGNAL, strategy="rally")]
    file.write(map(FollowedSignal.new, (SIGNAL, *others)), [])
    file.write([FollowedSignal.new(replace(SIGNAL, strength=0.9))], [])
    assert sorted(one.signal.strength for one in file.open_signals()) == [0.5] * 4
    assert file.newest_bars() == {
        SignalLine("dip", "AUSDT", M5): 600_000,
        SignalLine("dip", "BUSDT", M5): 300_000,
        SignalLine("rally", "AUSDT", M5): 300_000,
    }
    file.close()


def test_what_became_of_a_signal_is_kept_and_closes_it(path: Path) -> None:
    """An open one goes on where it stood, an ended one is read among all, with its venue."""
    file = opened(path)
    one = FollowedSignal.new(SIGNAL)
    file.write([one], [])
    on = FollowedSignal(SIGNAL, Course(600_000, 1, 100.5))
    file.write([], [on])
    assert file.open_signals() == [on]
    over = FollowedSignal(SIGNAL, Course(900_000, 2, 100.5, Ending.STOP, 900_000, 90.0, is_ambiguous=True))
    file.write([], [over])
    assert file.open_signals() == []
    contents = read_ledger(path)
    file.close()
    assert contents == ("SIMULATED", [over])
    assert contents.signals[0].course.is_ambiguous is True
    assert contents.signals[0].course.ending is Ending.STOP


def test_a_write_is_whole_or_not_at_all(path: Path) -> None:
    """What fails in its middle leaves nothing."""
    file = opened(path)
    broken = FollowedSignal(SIGNAL, Course(None))  # type: ignore[arg-type] # what the table refuses
    with pytest.raises(sqlite3.IntegrityError):
        file.write([FollowedSignal.new(SIGNAL)], [broken])
    assert file.open_signals() == []
    file.close()


def test_a_second_writer_is_refused_and_a_reader_is_not(path: Path) -> None:
    """Until the first one has closed the file."""
    file = opened(path)
    file.write([FollowedSignal.new(SIGNAL)], [])
    with pytest.raises(Timeout):
        opened(path)
    assert len(read_ledger(path).signals) == 1
    file.close()
    opened(path).close()


def test_a_file_of_another_host_or_version_is_left_alone(path: Path) -> None:
    """And can be opened by its own afterwards."""
    opened(path).close()
    with pytest.raises(LedgerUnusable, match="it holds signals of venue"):
        opened(path, "other")
    opened(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    for use in (opened, read_ledger):
        with pytest.raises(LedgerUnusable, match="another version"):
            use(path)


@pytest.mark.parametrize("content", [b"no database, but long enough to be looked at" * 40, b""])
def test_a_file_that_is_no_ledger_cannot_be_read(path: Path, content: bytes) -> None:
    """The error names the file."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(LedgerUnusable, match=r"venue\.signals\.sqlite"):
        read_ledger(path)


def test_a_damaged_row_is_an_error_and_no_signal(path: Path) -> None:
    """A stop above the entry of a long trade was never written by us."""
    file = opened(path)
    file.write([FollowedSignal.new(SIGNAL)], [])
    file.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE signals SET stop = 150")
    connection.close()
    with pytest.raises(LedgerUnusable, match="stop < entry < target"):
        read_ledger(path)
