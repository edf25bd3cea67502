"""What the disk saves a program that is restarted four times; `restart_day` lives through 24 hours."""

from pathlib import Path

from tests.scenarios.restart_day import RESTARTS, live

SYMBOLS = 12


async def test_with_candles_on_disk_a_restart_asks_for_nothing_but_what_closed_meanwhile(tmp_path: Path) -> None:
    """Half an hour; the first start is the same, each later one asks for all of it only without the disk."""
    days = []
    for has_disk in (False, True):
        folder = tmp_path / str(has_disk)
        folder.mkdir()
        days.append(await live(folder, symbols=SYMBOLS, hours=0.5, has_disk=has_disk))
    without, with_disk = days
    assert without.start_requests == [3 * SYMBOLS] * (len(RESTARTS) + 1)
    assert with_disk.start_requests[0] == 3 * SYMBOLS
    assert max(with_disk.start_requests[1:]) <= SYMBOLS
    assert max(with_disk.start_s[1:]) < min(without.start_s)
    # All but audits: 99 bars and then 499 of each series, five times or once; and 5m bars that closed around a restart.
    assert without.requests - without.audits == 5 * 2 * 3 * SYMBOLS
    assert 0 <= with_disk.requests - with_disk.audits - 2 * 3 * SYMBOLS <= SYMBOLS
