"""The ledger keeps what the strategies say, across restarts, and is off where it cannot."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from eliteflow.analysis.signal_outcome import Ending, FollowedSignal
from eliteflow.scheduler.ledger_file import LedgerFile, read_ledger
from eliteflow.scheduler.seen_signals import SignalLine
from eliteflow.scheduler.signal_follower import SignalFollower
from eliteflow.scheduler.signal_ledger import SignalLedger, ledger_path
from tests.unit.scheduler.market_client import NOW_MS
from tests.unit.scheduler.test_ledger_file import M5, SIGNAL


class Script(SignalFollower):
    """Answers with what it is told instead of following."""

    def __init__(self) -> None:
        self.answers: list[FollowedSignal] = []

    async def follow(
        self, signals: Iterable[FollowedSignal], as_of_ms: int, failed: Iterable[str] = ()
    ) -> list[FollowedSignal]:
        """Return the answers."""
        return self.answers


def ledger_at(path: Path | None, follower: SignalFollower | None = None) -> SignalLedger:
    """A ledger of the venue `venue`."""
    return SignalLedger(path, follower or Script(), host="venue")


def ended(reason: Ending) -> FollowedSignal:
    """The signal, ended."""
    one = FollowedSignal.new(SIGNAL)
    return FollowedSignal(SIGNAL, one.course._replace(followed_ms=600_000, ending=reason, ended_ms=600_000))


async def test_open_signals_and_newest_bars_outlive_the_program(tmp_path: Path) -> None:
    """What was recorded is known after a restart."""
    path = ledger_path("venue:8080", str(tmp_path))
    ledger = ledger_at(path)
    await ledger.open("SIMULATED")
    await ledger.keep([SIGNAL, replace(SIGNAL, symbol="BUSDT")], NOW_MS)
    await ledger.aclose()
    again = ledger_at(path)
    await again.open("SIMULATED")
    assert [one.signal.symbol for one in again.open_signals] == ["AUSDT", "BUSDT"]
    assert again.newest_bars[SignalLine("dip", "AUSDT", M5)] == 300_000
    await again.aclose()
    assert path.name == "venue_8080.signals.sqlite"


async def test_what_ends_is_returned_once_and_kept(tmp_path: Path) -> None:
    """It is open no longer."""
    script, path = Script(), tmp_path / "s.sqlite"
    ledger = ledger_at(path, script)
    await ledger.open("SIMULATED")
    await ledger.keep([SIGNAL], NOW_MS)
    script.answers = [ended(Ending.STOP)]
    assert await ledger.keep([], NOW_MS) == (ended(Ending.STOP),)
    script.answers = []
    assert await ledger.keep([], NOW_MS) == ()
    assert ledger.open_signals == ()
    await ledger.aclose()
    assert [one.course.ending for one in read_ledger(path).signals] == [Ending.STOP]


async def test_a_ledger_without_a_file_keeps_nothing() -> None:
    """It asks for no bars and says nothing."""
    ledger = ledger_at(None)
    await ledger.open("SIMULATED")
    assert (await ledger.keep([SIGNAL], NOW_MS), ledger.is_on, ledger.open_signals) == ((), False, ())
    await ledger.aclose()


async def test_a_folder_that_cannot_be_used_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Cycles go on without the ledger."""
    (tmp_path / "file").write_text("")
    ledger = ledger_at(tmp_path / "file" / "s.sqlite")
    for _ in range(2):
        if not ledger.was_opened:
            await ledger.open("SIMULATED")
        assert await ledger.keep([SIGNAL], NOW_MS) == ()
    assert caplog.text.count("signals are not kept") == 1


async def test_a_second_program_keeps_nothing_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One writer for each file."""
    first, second = ledger_at(tmp_path / "s.sqlite"), ledger_at(tmp_path / "s.sqlite")
    await first.open("SIMULATED")
    await second.open("SIMULATED")
    assert (first.is_on, second.is_on) == (True, False)
    assert "another program writes to it" in caplog.text
    await first.aclose()


async def test_a_disk_that_fails_switches_it_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a run, without hurting the cycle; what was written before stays."""
    ledger = ledger_at(tmp_path / "s.sqlite")
    await ledger.open("SIMULATED")
    await ledger.keep([SIGNAL], NOW_MS)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(LedgerFile, "write", full)
    assert await ledger.keep([replace(SIGNAL, symbol="BUSDT")], NOW_MS) == ()
    assert not ledger.is_on
    assert "database or disk is full" in caplog.text
    assert len(read_ledger(tmp_path / "s.sqlite").signals) == 1


async def test_an_interrupted_program_finishes_what_it_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is closed after the write that was under way, which is then on disk as a whole."""
    ledger, path = ledger_at(tmp_path / "s.sqlite"), tmp_path / "s.sqlite"
    begun, may_go_on, write = threading.Event(), threading.Event(), LedgerFile.write

    def slow_write(file: LedgerFile, *signals: Iterable[FollowedSignal]) -> None:
        begun.set()
        may_go_on.wait()
        write(file, *signals)

    monkeypatch.setattr(LedgerFile, "write", slow_write)
    await ledger.open("venue")
    keeping = asyncio.create_task(ledger.keep([SIGNAL], NOW_MS))
    await asyncio.to_thread(begun.wait)
    keeping.cancel()
    closing = asyncio.create_task(ledger.aclose())
    await asyncio.wait((keeping,))
    may_go_on.set()
    await closing
    assert [one.signal for one in read_ledger(path).signals] == [SIGNAL]
