"""What became of signals, as people and programs read it."""

import csv
import io
import json
from pathlib import Path

import pytest
from pyarrow import parquet

from eliteflow import messages
from eliteflow.analysis.signal_outcome import FollowedSignal
from eliteflow.errors import ConfigError, LedgerUnusable
from eliteflow.operations.tables.signal_results import SignalResults
from eliteflow.scheduler.ledger_file import LedgerContents, LedgerFile
from tests.unit.analysis.test_signal_outcome import LONG, QUIET, SHORT, after

HIT = after(LONG, QUIET, (100, 121, 99, 119))
DOUBTFUL = after(LONG, QUIET, (100, 121, 89, 119))
OPEN = after(SHORT, QUIET)
FOLDER = Path("/data")
RESULTS = SignalResults(FOLDER, [LedgerContents("SIMULATED", [HIT, DOUBTFUL, OPEN])])


def test_the_table_has_a_record_for_each_strategy_and_the_newest_signals() -> None:
    """Simulated ones say so, doubtful ones are marked."""
    table = RESULTS.render("table")
    (record,) = (line for line in table.splitlines() if "50.0%" in line)
    cells = [cell.strip() for cell in record.split("│")[1:-1]]
    assert cells == ["dip", "SIMULATED", "3", "1", "0", "1", "1", "0", "1", "50.0%", "+0.50 R", "+1.00 R"]
    assert "stop*" in table
    assert "-1.00 R" in table
    assert "… and 2 more" in SignalResults(FOLDER, RESULTS.ledgers, rows=1).render("table")


def test_json_and_csv_have_every_signal() -> None:
    """With its reasons and values in JSON; what is not known is null, or empty."""
    document = json.loads(RESULTS.render("json"))
    assert document["ledgers"][0]["records"][0]["hit_rate"] == 0.5
    assert [one["ending"] for one in document["signals"]] == ["target", "stop", None]
    assert document["signals"][1]["is_ambiguous"] is True
    rows = list(csv.DictReader(io.StringIO(RESULTS.render("csv"))))
    assert [row["result_r"] for row in rows] == ["2.0", "-1.0", ""]
    assert {row["venue"] for row in rows} == {"SIMULATED"}


def test_parquet_has_one_row_for_each_signal(tmp_path: Path) -> None:
    """Times as times, reasons as a list, values as a map."""
    RESULTS.write_parquet(tmp_path / "signals.parquet")
    table = parquet.read_table(tmp_path / "signals.parquet")
    assert table.num_rows == 3
    assert table["result_r"].to_pylist() == [2.0, -1.0, None]
    assert table["bar_ms"][0].as_py().isoformat() == "1970-01-04T11:20:00+00:00"
    assert table["values"].to_pylist() == [[], [], []]
    with pytest.raises(ConfigError, match="--out"):
        RESULTS.write_parquet(tmp_path / "missing" / "signals.parquet")


def test_a_folder_without_ledgers_says_what_would_fill_it(tmp_path: Path) -> None:
    """In both languages."""
    assert "eliteflow run" in SignalResults.read(tmp_path).render("table")
    messages.set_language("zh-CN")
    assert "尚无信号" in SignalResults.read(tmp_path / "missing").render("table")
    assert "模拟行情" in RESULTS.render("table")


def test_all_ledgers_of_the_folder_are_read(tmp_path: Path) -> None:
    """One that cannot be read is named."""
    for host, venue in (("a", "production"), ("b", "SIMULATED")):
        file = LedgerFile(tmp_path / f"{host}.signals.sqlite", venue=venue, host=host)
        file.write([FollowedSignal.new(LONG)], [])
        file.close()
    assert [ledger.venue for ledger in SignalResults.read(tmp_path).ledgers] == ["production", "SIMULATED"]
    (tmp_path / "c.signals.sqlite").write_text("no database at all")
    with pytest.raises(LedgerUnusable, match=r"c\.signals\.sqlite"):
        SignalResults.read(tmp_path)
