"""The candles on disk as people and programs read them."""

import json
from dataclasses import replace
from pathlib import Path

from eliteflow.messages import set_language
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.store.store_survey import Fault, Gap, Survey, TimeframeSurvey
from eliteflow.operations.store.store_table import StoreTable, VerdictTable
from eliteflow.testing.series import HEAD_MS

M5 = Timeframe.M5
GAPS = (Gap("AUSDT", M5, 3, HEAD_MS - 1_800_000), Gap("BUSDT", M5, 1, HEAD_MS))
COVERAGE = TimeframeSurvey(M5, 530, 264_470, 499, 512, HEAD_MS - 149_400_000, HEAD_MS, 2, 4)
TABLE = StoreTable("SIMULATED", Path("/d/v.sqlite"), 81_200_000, 12, Survey((COVERAGE,), GAPS), rows=1)
FAULT = Fault("AUSDT", M5, "prices", 2, HEAD_MS)
VERDICT = VerdictTable("SIMULATED", Path("/d/v.sqlite"), 1590, 1, (FAULT, FAULT), rows=1)


def test_the_table_shows_what_there_is_and_where() -> None:
    """Simulated candles say so; of many gaps the first are named."""
    lines = TABLE.render("table").splitlines()
    assert lines[0].strip() == "Candles on disk [SIMULATED]"
    row = [cell.strip() for cell in lines[4].strip("│").split("│")]
    assert row == ["5m", "530", "264470", "499–512", "2025-11-21 15:30", "2025-11-23 09:00", "2", "4"]
    assert lines[-3:-1] == [
        "  AUSDT 5m: 3 bars missing, the first at 2025-11-23 08:30:00 UTC",
        "  … and 1 more: --rows all",
    ]
    assert lines[-1].startswith("/d/v.sqlite: 81.2 MB, 12 closes in the journal")
    assert "more" not in replace(TABLE, rows=None).render("table")


def test_programs_get_numbers() -> None:
    """Times in milliseconds."""
    document = json.loads(TABLE.render("json"))
    assert (document["venue"], document["bytes"], document["journal_rows"]) == ("SIMULATED", 81_200_000, 12)
    assert document["timeframes"][0]["newest_ms"] == HEAD_MS
    assert document["gaps"][1] == {"symbol": "BUSDT", "timeframe": "5m", "missing": 1, "first_missing_ms": HEAD_MS}
    assert TABLE.render("csv").splitlines()[1].startswith("SIMULATED,5m,530,264470,499,512,")


def test_a_verdict_names_faults_and_counts_them() -> None:
    """In the reader's language."""
    assert VERDICT.render("table").splitlines() == [
        "  AUSDT 5m: 2 bars with impossible prices, the first at 2025-11-23 09:00:00 UTC",
        "  … and 1 more: --rows all",
        "1590 series, 2 faults, 1 series or closes that fail their checksum [SIMULATED]",
    ]
    set_language("zh-CN")
    assert VERDICT.render("table").splitlines()[0] == "  AUSDT 5m：2根K线价格不可能成立，首根为 2025-11-23 09:00:00 UTC"


def test_a_sound_verdict_is_one_line() -> None:
    """And says so to programs too."""
    sound = replace(VERDICT, damaged=0, faults=())
    assert sound.is_sound
    assert not replace(sound, damaged=1).is_sound
    assert sound.render("table") == "1590 series, all sound [SIMULATED]\n"
    assert json.loads(sound.render("json"))["faults"] == []
    assert sound.render("csv").splitlines() == ["venue,symbol,timeframe,kind,bars,open_time_ms"]
