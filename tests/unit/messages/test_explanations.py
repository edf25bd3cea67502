"""Whatever the program can say is explained, in every language."""

import pytest

from eliteflow import messages
from eliteflow.config import documented_settings
from eliteflow.messages.explanations import KINDS, explained
from eliteflow.operations.explain import error_kinds
from eliteflow.operations.watch.troubles import Reason
from eliteflow.telemetry.events import EVENTS
from eliteflow.telemetry.metrics import METRICS

HINT = "write what it means into messages/explanations/en.toml and zh-CN.toml"


def names(kind: str, language: str) -> set[str]:
    """What one language explains."""
    messages.set_language(language)
    return set(explained(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_explain_the_same(kind: str) -> None:
    """And they agree on where there is something to do."""
    assert names(kind, "en") == names(kind, "zh-CN")
    messages.set_language("en")
    english = {name: found.advice is None for name, found in explained(kind).items()}
    messages.set_language("zh-CN")
    assert english == {name: found.advice is None for name, found in explained(kind).items()}


def test_every_event_is_explained() -> None:
    """And nothing that there is not."""
    assert names("event", "en") == EVENTS.keys(), HINT


def test_every_error_is_explained_with_its_exit_status() -> None:
    """And nothing that there is not."""
    assert names("error", "en") == error_kinds().keys(), HINT
    statuses = {str(kind.exit_status) for kind in error_kinds().values()}
    assert statuses <= names("exit_status", "en"), HINT


def test_every_reason_is_explained() -> None:
    """And nothing that there is not."""
    assert names("reason", "en") == {reason.value for reason in Reason}, HINT


def test_every_metric_is_explained() -> None:
    """And nothing that there is not."""
    assert names("metric", "en") == METRICS.keys(), HINT


def test_every_setting_is_explained_in_chinese_too() -> None:
    """Its English meaning stands beside it in config.py."""
    hint = "write what it means into messages/explanations/zh-CN.toml, [setting]"
    assert names("setting", "zh-CN") == {setting.path for setting in documented_settings()}, hint
    assert names("setting", "en") == set()
