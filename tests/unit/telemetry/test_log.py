"""One record: a sentence for people, a line of fields for machines."""

import io
import json
import logging

import pytest

from eliteflow import messages
from eliteflow.telemetry import log
from eliteflow.telemetry.log import EventLog

FETCHED = {"symbols": 64, "succeeded": 62, "failed": 2, "data_s": 8.24, "mean_ms": 128.8}


@pytest.fixture
def written() -> "io.StringIO":
    """What a configured handler has written."""
    return io.StringIO()


def configured(written: io.StringIO, log_format: str) -> EventLog:
    """A log that writes into `written`."""
    log.configure(logging.StreamHandler(written), log_format, "INFO")
    return EventLog("UnifiedDataPipeline")


def test_text_is_the_sentence_in_the_chosen_language(written: io.StringIO) -> None:
    """People read their own language."""
    messages.set_language("zh-CN")
    configured(written, "text").write("batch.fetched", **FETCHED)
    assert written.getvalue().endswith(
        "✅ 批量数据获取完成: 64个symbols | 成功62 | 失败2 | 耗时8.24秒 | 平均128.8ms/symbol\n"
    )


def test_json_is_the_fields_in_english_with_typed_values(written: io.StringIO) -> None:
    """Machines read one object a line, whatever the language."""
    messages.set_language("zh-CN")
    configured(written, "json").write("batch.fetched", **FETCHED)
    line = json.loads(written.getvalue())
    assert line.pop("ts").endswith("Z")
    assert line == {"level": "info", "logger": "eliteflow.UnifiedDataPipeline", "event": "batch.fetched"} | FETCHED


def test_an_application_with_its_own_logging_gets_the_same_sentence(caplog: pytest.LogCaptureFixture) -> None:
    """Unconfigured, the library's records reach the standard root logger from the class that did the work."""
    logger = logging.getLogger(log.ROOT)
    logger.handlers[:], logger.propagate = [], True
    with caplog.at_level("INFO"):
        EventLog("UnifiedScheduler").write("batch.finished", batch=1, symbols=64, data_s=8.24)
    assert caplog.record_tuples == [
        ("eliteflow.UnifiedScheduler", logging.INFO, "⏱️  batch 1: 64 symbols fetched, took 8.24 s")
    ]


def test_an_event_that_is_not_listed_cannot_be_written() -> None:
    """The list of events is complete because nothing else gets through."""
    with pytest.raises(KeyError):
        EventLog("UnifiedScheduler").write("batch.exploded")
