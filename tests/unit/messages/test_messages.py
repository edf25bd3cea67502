"""Text that people read, the same in every language."""

import string
import tomllib
from importlib.resources import files

import pytest

from eliteflow import messages
from eliteflow.telemetry.events import EVENTS


def catalog(language: str) -> dict[str, str]:
    """One language's sentences by key."""
    tree = tomllib.loads((files("eliteflow.messages") / f"{language}.toml").read_text("utf-8"))
    return {f"{area}.{key}": line for area, lines in tree.items() for key, line in lines.items()}


def placeholders(sentence: str) -> set[str]:
    """The fields that a sentence wants filled in."""
    return {field for _, field, _, _ in string.Formatter().parse(sentence) if field}


def test_both_languages_have_the_same_keys_and_fields() -> None:
    """A sentence that exists in one language exists in the other, and says the same things."""
    english, chinese = catalog("en"), catalog("zh-CN")
    assert english.keys() == chinese.keys()
    assert {key: placeholders(line) for key, line in english.items()} == {
        key: placeholders(line) for key, line in chinese.items()
    }


def test_every_event_has_a_sentence_made_of_its_own_fields() -> None:
    """An event can always be written for people, and no sentence stands for an event that does not exist."""
    sentences = {key.removeprefix("log."): line for key, line in catalog("en").items() if key.startswith("log.")}
    assert sentences.keys() == EVENTS.keys()
    for name, sentence in sentences.items():
        assert placeholders(sentence) <= set(EVENTS[name].fields), name


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "ELITEFLOW_LANG": "en"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_ALL": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, "zh-CN"),
    ],
)
def test_the_environment_chooses_the_language(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    """ELITEFLOW_LANG goes before the locale; anything but Chinese reads English."""
    for variable in ("ELITEFLOW_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    messages.set_language(None)
    assert messages.language() == expected


KNOWN_LINES = {
    "pipeline.ready": ({}, "✅ UnifiedDataPipeline已初始化（批量并行数据获取）"),
    "batch.fetched": (
        {"symbols": 64, "succeeded": 62, "failed": 2, "data_s": 8.24, "mean_ms": 128.8},
        "✅ 批量数据获取完成: 64个symbols | 成功62 | 失败2 | 耗时8.24秒 | 平均128.8ms/symbol",
    ),
    "batch.finished": (
        {"batch": 1, "symbols": 64, "data_s": 8.24},
        "⏱️  批次 1: 64个symbols数据获取完成，耗时8.24秒",
    ),
    "cycle.progress": (
        {"done": 64, "total": 530, "analysed": 62, "mean_analysis_ms": 145.3, "mean_data_ms": 127.6},
        "⏱️  進度: 64/530 | 已分析=62 | 平均分析=145.3ms | 平均數據=127.6ms",
    ),
}


@pytest.mark.parametrize("event", KNOWN_LINES)
def test_the_lines_users_grep_for_are_theirs_to_the_character(event: str) -> None:
    """Four lines of the old system appear unchanged in Chinese."""
    fields, line = KNOWN_LINES[event]
    messages.set_language("zh-CN")
    assert messages.text(f"log.{event}", **fields) == line
