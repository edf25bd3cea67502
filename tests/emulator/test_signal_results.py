"""Signals that one program gave are known to the next."""

import json
from pathlib import Path

import pytest
from pyarrow import parquet

from eliteflow.operations.emulator_process import EmulatorAddress
from tests.emulator.program import eliteflow

pytestmark = pytest.mark.emulator

DIP = "tests.unit.scheduler.strategies:Eager"


def test_a_second_program_takes_no_signal_for_a_new_one(venue: EmulatorAddress, tmp_path: Path) -> None:
    """And the results of all of them can be read and exported."""
    folder = {"ELITEFLOW_STORE__PATH": str(tmp_path / "data")}
    found = []
    for _ in range(2):
        done = eliteflow("signals", "--rest-url", venue.rest_url, "--strategy", DIP, "--format", "json", **folder)
        assert done.status == 0, done.err
        found.append(json.loads(done.out)["signals"])
    bars = {(one["symbol"], one["bar_ms"]) for one in found[0]}
    assert all(one["is_new"] for one in found[0])
    assert not any(one["is_new"] for one in found[1] if (one["symbol"], one["bar_ms"]) in bars)
    out = tmp_path / "signals.parquet"
    done = eliteflow("signals", "--results", "--format", "json", "--out", str(out), **folder)
    results = json.loads(done.out)
    assert results["ledgers"][0]["venue"] == "SIMULATED"
    assert results["ledgers"][0]["records"][0]["signals"] == len(results["signals"]) >= len(found[0])
    assert parquet.read_table(out).num_rows == len(results["signals"])


def test_an_emulator_that_ends_with_the_call_keeps_nothing() -> None:
    """Nobody would ever come back to its market."""
    assert eliteflow("signals", "--emulator", "--symbols", "3", "--strategy", DIP, "--quiet").status == 0
    done = eliteflow("signals", "--results")
    assert done.status == 0
    assert "No signals are kept" in done.out
