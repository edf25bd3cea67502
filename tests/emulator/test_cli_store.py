"""Candles on disk, as people call the program, over real sockets."""

import json
from pathlib import Path

import pandas as pd
import pytest
from pyarrow import parquet

from eliteflow.operations.emulator_process import EmulatorAddress
from tests.emulator.program import SYMBOLS, Finished, control, eliteflow

pytestmark = pytest.mark.emulator


@pytest.fixture
def on_venue(venue: EmulatorAddress, tmp_path: Path) -> tuple[str, ...]:
    """The flags that lead to the venue and to a folder of its own."""
    return ("--rest-url", venue.rest_url, "--store-path", str(tmp_path / "data"))


def scan(*flags: str, bars: int = 99) -> Finished:
    """Fill the disk by one cycle."""
    done = eliteflow("scan", *flags, "--limit", str(bars), "--format", "json")
    assert done.status == 0, done.err
    return done


def test_a_second_scan_takes_its_candles_from_disk(on_venue: tuple[str, ...]) -> None:
    """Only the list of contracts, and what has closed since, is asked for."""
    scan(*on_venue)
    again = scan(*on_venue)
    report = json.loads(again.out)["report"]
    assert report["requests"] <= 1 + 3 * SYMBOLS
    assert report["l2_hits"] > 0
    assert f"{3 * SYMBOLS} series of candles loaded from" in again.err


def test_store_shows_and_verifies_what_a_scan_kept(on_venue: tuple[str, ...]) -> None:
    """Simulated candles say so; every larger bar equals its parts."""
    scan(*on_venue)
    shown = json.loads(eliteflow("store", *on_venue, "--format", "json").out)
    assert shown["venue"] == "SIMULATED"
    assert [(row["timeframe"], row["series"], row["missing"]) for row in shown["timeframes"]] == [
        ("1h", SYMBOLS, 0),
        ("15m", SYMBOLS, 0),
        ("5m", SYMBOLS, 0),
    ]
    verified = eliteflow("store", "verify", *on_venue, "--lang", "zh-CN")
    assert (verified.status, verified.out) == (0, f"{3 * SYMBOLS}个序列，全部正常 [模拟行情]\n")
    assert eliteflow("store", "compact", *on_venue).status == 0


def test_export_needs_no_network(on_venue: tuple[str, ...], tmp_path: Path) -> None:
    """What is on disk is written, and what is not is said."""
    scan(*on_venue)
    out = tmp_path / "candles.parquet"
    nowhere = ("--proxy", "http://127.0.0.1:9")
    flags = ("--out", str(out), "--symbols", "btcusdt,ETHUSDT", "--timeframes", "5m")
    done = eliteflow("export", *on_venue, *nowhere, *flags)
    assert (done.status, "2 series" in done.out, "SIMULATED" in done.out) == (0, True, True)
    candles = parquet.read_table(out).to_pandas()
    assert set(candles.symbol) == {"BTCUSDT", "ETHUSDT"}
    assert (candles.venue == "SIMULATED").all()
    far = eliteflow("export", *on_venue, "--out", str(out), "--symbols", "BTCUSDT", "--start", "2020-01-01")
    assert "3 series are not all there: --fetch completes them" in far.out


def test_export_completes_from_the_venue(on_venue: tuple[str, ...], tmp_path: Path) -> None:
    """More than memory or disk ever held, without a hole."""
    scan(*on_venue)
    out = tmp_path / "candles.csv"
    start = (pd.Timestamp.now("UTC") - pd.Timedelta(days=7)).floor("h")
    flags = (
        "--symbols",
        "BTCUSDT",
        "--timeframes",
        "5m,1h",
        "--start",
        start.isoformat(),
        "--fetch",
        "--out",
        str(out),
    )
    done = eliteflow("export", *on_venue, *flags)
    assert (done.status, "not all there" in done.out) == (0, False), done.err
    candles = pd.read_csv(out, parse_dates=["open_time"])
    for timeframe, step in (("5m", "5min"), ("1h", "1h")):
        times = candles.open_time[candles.timeframe == timeframe]
        assert times.iloc[0] == start
        assert (times.diff().dropna() == pd.Timedelta(step)).all()
    assert (candles.timeframe == "5m").sum() >= 7 * 288 - 1


def test_an_emulator_of_its_own_leaves_nothing_on_disk(tmp_path: Path) -> None:
    """It will never be met again, unless a folder is named for it."""
    flags = ("--emulator", "--symbols", "BTCUSDT,ETHUSDT", "--quiet")
    assert eliteflow("scan", *flags, XDG_DATA_HOME=str(tmp_path / "user")).status == 0
    assert list(tmp_path.rglob("*.sqlite")) == []
    out = tmp_path / "fetched.arrow"
    assert eliteflow("export", *flags, "--fetch", "--out", str(out)).status == 0
    assert out.stat().st_size > 100_000


def test_a_damaged_file_is_status_7_until_the_next_run(on_venue: tuple[str, ...], tmp_path: Path) -> None:
    """Commands refuse it; a scan sets it aside and fills a new one."""
    scan(*on_venue)
    (path,) = [entry for entry in (tmp_path / "data").glob("*.sqlite") if "signals" not in entry.name]
    path.write_bytes(path.read_bytes()[:50_000])
    refused = eliteflow("store", *on_venue)
    assert refused.status == 7
    assert refused.err.startswith(f"eliteflow: The candles on disk at {path} cannot be used: it is damaged;")
    assert eliteflow("export", *on_venue, "--out", str(tmp_path / "x.csv")).status == 7
    assert f"{path} was damaged and begins anew" in scan(*on_venue).err
    assert eliteflow("store", "verify", *on_venue).status == 0


def test_verify_finds_a_bar_that_the_venue_has_corrected(venue: EmulatorAddress, on_venue: tuple[str, ...]) -> None:
    """What an earlier run left on disk is compared with what the venue has now."""
    scan(*on_venue, "--symbols", "2")
    arguments = ("candles", "ethusdt", "5m", *on_venue, "--verify")
    same = eliteflow(*arguments)
    assert (same.status, "99 bars from" in same.out, "compared, 0 differ" in same.out) == (0, True, True)
    control(venue, "POST", "/revision", {"symbol": "ETHUSDT", "bars_ago": 20, "ticks": 3})
    other = eliteflow(*arguments)
    assert (other.status, "compared, 1 differ" in other.out) == (7, True)
    assert "1 of 99 bars on disk differ" in other.err
