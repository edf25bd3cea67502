"""Results as documents: JSON and CSV, written whole or not at all."""

import csv
import io
import json
from pathlib import Path

import pytest

from eliteflow.errors import ConfigError
from eliteflow.operations.tables import documents
from tests.unit.operations.outcomes import OUTCOME, REPORT, ROWS


def test_json_has_the_report_the_errors_and_the_rows() -> None:
    """Unknown values are null, errors carry type, sentence and fields."""
    document = json.loads(documents.outcome_json(OUTCOME))
    assert list(document) == ["report", "errors", "rows", "market", "signals", "funnel", "silent", "ended"]
    assert document["report"] == REPORT.fields()
    assert document["errors"]["ETHUSD"] == {
        "type": "UnknownSymbol",
        "message": "'ETHUSD' is not a trading perpetual; did you mean 'ETHUSDT'?",
        "symbol": "ETHUSD",
        "nearest": "ETHUSDT",
    }
    assert document["rows"][1] == ROWS[1]._asdict()


def test_every_csv_row_says_where_it_came_from() -> None:
    """A simulated row can never be taken for a real one."""
    rows = list(csv.DictReader(io.StringIO(documents.outcome_csv(OUTCOME))))
    assert [row["venue"] for row in rows] == ["SIMULATED", "SIMULATED"]
    assert (rows[0]["symbol"], rows[0]["price"], rows[1]["trend_1h"]) == ("BTCUSDT", "86028.3", "")


def test_a_document_replaces_its_file_whole(tmp_path: Path) -> None:
    """No half-written file is ever there to be read, and no draft stays behind."""
    out = tmp_path / "scan.json"
    out.write_text("old", "utf-8")
    documents.write("new", out)
    assert out.read_text("utf-8") == "new"
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """The sentence names the file and the reason."""
    with pytest.raises(ConfigError, match=r"--out: cannot be written to .*scan.json: the folder .* is not there"):
        documents.write("new", tmp_path / "absent" / "scan.json")


def test_a_document_without_a_file_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """It ends with a line end, so that the prompt stands on its own line."""
    documents.write("{}", None)
    assert capsys.readouterr().out == "{}\n"


@pytest.mark.parametrize("out", [Path("/dev/null"), Path("/dev")])
def test_what_is_no_file_is_left_alone(out: Path) -> None:
    """A draft that takes the place of a device would take it from the whole machine."""
    with pytest.raises(ConfigError, match="it is no file"):
        documents.write("text", out)
    assert not out.is_file()
