"""What doctor found, as people and programs read it."""

import csv
import io
import json

from eliteflow import messages
from eliteflow.operations.doctor.diagnosis import Diagnosis, failed, ok, warning
from eliteflow.operations.doctor.diagnosis_table import render

FOUND = Diagnosis("SIMULATED", (ok("dns", "[venue.example] is 1.2.3.4"), failed("region", "not served", "move", 5)))


def test_json_has_every_finding_and_the_exit_status() -> None:
    """Names in English, whatever the language; sentences in the reader's."""
    messages.set_language("zh-CN")
    assert json.loads(render(FOUND, "json")) == {
        "venue": "SIMULATED",
        "exit_status": 5,
        "checks": [
            {"check": "dns", "state": "ok", "found": "[venue.example] is 1.2.3.4", "advice": None},
            {"check": "region", "state": "failed", "found": "not served", "advice": "move"},
        ],
    }


def test_csv_names_the_venue_in_every_row() -> None:
    """As everywhere."""
    rows = list(csv.DictReader(io.StringIO(render(FOUND, "csv"))))
    assert [(row["venue"], row["check"], row["state"]) for row in rows] == [
        ("SIMULATED", "dns", "ok"),
        ("SIMULATED", "region", "failed"),
    ]


def test_the_table_says_what_to_do_and_how_it_ends() -> None:
    """Brackets in what was found are shown."""
    messages.set_language("zh-CN")
    table = render(FOUND, "table")
    assert "本机与K线之间的每一步 [模拟行情]" in table
    assert "[venue.example] is 1.2.3.4" in table
    assert "地区（451）" in table
    assert "退出状态 5：`eliteflow explain 5`" in table
    assert "一切正常。" in render(Diagnosis("SIMULATED", ()), "table")


def test_a_warning_is_not_called_fine() -> None:
    """Nothing stands in the way, and something could be better."""
    assert "marked as a warning" in render(Diagnosis("SIMULATED", (warning("clock", "2 s off", "set it"),)), "table")
