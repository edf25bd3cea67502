"""One line names the signals of a cycle and why they were given."""

import json
import logging
from dataclasses import replace

from eliteflow import messages
from eliteflow.scheduler.signal_telling import ended_signals_told, new_signals_told
from eliteflow.telemetry.log import EventMessage, JsonFormatter
from tests.unit.analysis.test_signal_outcome import LONG, QUIET, after

ENDED = [after(LONG, QUIET, (100, 121, 99, 119)), after(LONG, (130, 131, 129, 130))]


def told_in_json(event: str, fields: dict[str, object]) -> object:
    """The field `told` of a line of JSON."""
    record = logging.LogRecord("eliteflow", logging.INFO, "", 0, EventMessage(event, fields), None, None)
    return json.loads(JsonFormatter().format(record))["told"]


def test_new_signals_are_named_with_their_prices_and_reasons() -> None:
    """The reasons of a strategy stand there once."""
    signals = [replace(LONG, symbol=symbol, reasons=("rsi_5m < 25",)) for symbol in ("A", "B")]
    fields = new_signals_told(signals)
    assert (fields["count"], fields["reasons"]) == (2, "dip: rsi_5m < 25")
    assert f"{fields['told']}" == "A LONG 100 (stop 90, target 120), B LONG 100 (stop 90, target 120)"
    assert new_signals_told([LONG])["reasons"] == "–"


def test_people_read_their_language_and_machines_one() -> None:
    """The sentence is Chinese, the line of JSON is what it is in English."""
    messages.set_language("zh-CN")
    new, ended = new_signals_told([LONG, LONG]), ended_signals_told(ENDED)
    assert str(EventMessage("signals.new", new)).startswith(
        "新信号2个: A 做多 100（止损 90，目标 120）、A 做多 100（止损 90，目标 120）"
    )
    assert str(EventMessage("signals.ended", ended)) == "结束的信号2个: A 做多 目标 +2.00 R、A 做多 无效"
    assert told_in_json("signals.new", new) == ", ".join(["A LONG 100 (stop 90, target 120)"] * 2)
    assert told_in_json("signals.ended", ended) == "A LONG target +2.00 R, A LONG void"


def test_the_ones_that_do_not_fit_are_counted() -> None:
    """A line stays a line, for both."""
    told = new_signals_told([LONG] * 20)["told"]
    for words in (str(told), f"{told}"):
        assert (words.count("LONG"), words.endswith(", +12")) == (8, True)


def test_ended_signals_are_named_with_their_result() -> None:
    """A void one has none."""
    told = ended_signals_told(ENDED)
    assert (told["count"], f"{told['told']}") == (2, "A LONG target +2.00 R, A LONG void")
