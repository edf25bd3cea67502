"""What `eliteflow explain` prints."""

import pytest

from eliteflow import messages
from eliteflow.errors import InvalidArgument
from eliteflow.operations.explain import explain, overview, topics


def test_an_event_is_explained_with_its_sentence_and_fields() -> None:
    """Level, sentence and fields are those of the log."""
    assert explain("breaker.opened").splitlines() == [
        "breaker.opened (event)",
        "  failures in a row; nothing is sent for `retry_after_s` seconds",
        "  What to do: look at the reason",
        "  Level: warning",
        "  Sentence: circuit breaker of {host} opened ({reason}); trying again in {retry_after_s:.0f} s",
        "  Fields: host retry_after_s reason",
    ]


@pytest.mark.parametrize("word", ["IPBanned", "ipbanned"])
def test_an_error_is_explained_with_its_exit_status(word: str) -> None:
    """Whatever the case of its letters."""
    assert "  Exit status: 4" in explain(word).splitlines()


@pytest.mark.parametrize("word", ["cycle_seconds", "eliteflow_cycle_seconds", "eliteflow_cycle_seconds_bucket"])
def test_a_metric_is_explained_with_its_labels(word: str) -> None:
    """Under the name that a dashboard shows, too."""
    lines = explain(word).splitlines()
    assert lines[0] == "cycle_seconds (metric)"
    assert lines[-2:] == ["  Kind: histogram", "  Label phase: data, analysis, total"]


def test_a_setting_is_explained_with_its_default_and_variable() -> None:
    """In the reader's language."""
    messages.set_language("zh-CN")
    assert explain("rest.weight_share").splitlines() == [
        "rest.weight_share（设置）",
        "  eliteflow 可消耗的权重占交易所限额的比例",
        "  可用值：数字 > 0, <= 1",
        "  默认值：0.9",
        "  环境变量：ELITEFLOW_REST__WEIGHT_SHARE",
    ]


def test_a_status_is_explained_in_chinese() -> None:
    """The reader's language, as everywhere."""
    messages.set_language("zh-CN")
    assert explain("5").startswith("5（退出状态）\n  交易所不向本地区提供服务（451）\n  如何处理：")


@pytest.mark.parametrize(
    ("number", "error", "reason", "status"),
    [
        ("403", "AccessDenied", "denied", 6),
        ("418", "IPBanned", "banned", 4),
        ("429", "RateLimited", "rate_limited", 4),
        ("451", "RestrictedLocation", "restricted", 5),
    ],
)
def test_a_refusal_is_explained_by_its_number(number: str, error: str, reason: str, status: int) -> None:
    """Its error, the reason that `/readyz` gives meanwhile, and the exit status."""
    heads = [paragraph.partition(" (")[0] for paragraph in explain(number).split("\n\n")]
    assert heads == [error, reason, str(status)]


def test_a_reason_is_explained_with_its_weight() -> None:
    """Whether the market is of use meanwhile, and which section of the runbook goes on, in the reader's language."""
    assert explain("streams_down").splitlines()[-1] == "  Meanwhile: `/readyz` answers 200, the market is of use"
    messages.set_language("zh-CN")
    head, _, advice, weight = explain("restricted").splitlines()
    assert head == "restricted（`/readyz` 与 `eliteflow status` 的原因）"
    assert advice.endswith("docs/runbook.md EliteflowRefused")
    assert weight == "  期间：`/readyz` 返回 503"


def test_what_needs_nothing_says_so() -> None:
    """No line is left empty."""
    assert "  What to do: nothing" in explain("breaker.closed").splitlines()


def test_a_slip_is_answered_with_the_nearest_names() -> None:
    """And without any, with where the names are."""
    with pytest.raises(InvalidArgument, match=r"perhaps breaker\.opened"):
        explain("breaker.openned")
    with pytest.raises(InvalidArgument, match="`eliteflow explain` lists them all"):
        explain("xyzzy")
    with pytest.raises(InvalidArgument, match="`eliteflow explain` lists them all"):
        explain("adx")
    with pytest.raises(InvalidArgument, match=r"perhaps data\.limit"):
        explain("lmit")


def test_the_overview_names_everything() -> None:
    """Each with its meaning, in one line."""
    lines = overview().splitlines()
    for topic in topics():
        assert any(line.split()[0] == topic.name for line in lines if line), topic.name
