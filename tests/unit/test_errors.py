"""The error tree: fields for callers, one sentence in the chosen language for people."""

import inspect

import pytest

from eliteflow import errors, messages
from eliteflow.errors import EliteflowError

EXAMPLES: dict[EliteflowError, tuple[int, str, str]] = {
    errors.ConfigError("rest.timeout_s", "wanted a number"): (2, "Setting rest.timeout_s", "设置 rest.timeout_s"),
    errors.InvalidArgument("limit", found=0, wanted="1 to 1500"): (2, "limit: wanted 1 to 1500; found 0", "实际为 0"),
    errors.ExchangeUnreachable("venue:1", "timed out after 10 s"): (3, "venue:1 cannot be reached", "无法连接 venue:1"),
    errors.RateLimited("venue", 34): (4, "for 34 s (429", "34 秒内拒绝请求"),
    errors.IPBanned("venue", 120, until_ms=1_763_899_200_000): (4, "until 2025-11-23 12:00:00 UTC", "已封禁本机地址至"),
    errors.AccessDenied("venue"): (6, "firewall (403)", "防火墙"),
    errors.RestrictedLocation("venue"): (5, "add --emulator", "可加 --emulator"),
    errors.RequestRejected("/klines", -1120, "Invalid interval."): (3, "Invalid interval. (code -1120)", "代码 -1120"),
    errors.MalformedPayload("/klines", "$[0][1] is not a number", "[[1,"): (3, "$[0][1] is not", "不符合交易所文档"),
    errors.CircuitOpen("venue", 60): (3, "trying again in 60 s", "熔断器恢复中，60秒后重试"),
    errors.StoreUnusable("/v.sqlite", "it is damaged"): (7, "/v.sqlite cannot be used", "无法使用磁盘上的K线"),
    errors.LedgerUnusable("/v.sqlite", "it is damaged"): (7, "Move the file away", "请移走该文件"),
    errors.NotRunning("127.0.0.1:9", "refused"): (3, "127.0.0.1:9", "127.0.0.1:9"),
    errors.UnknownSymbol("BTCUSD", "BTCUSDT"): (2, "did you mean 'BTCUSDT'?", "是否想写 'BTCUSDT'"),
    errors.UnknownSymbol("BTCUSD"): (2, "'BTCUSD' is not a trading perpetual;", "不是正在交易的永续合约"),
    errors.DataNotReady("BTCUSDT", "1h", have=42, need=50): (3, "42 closed bars, need 50", "已有 42 根"),
    errors.StaleData("BTCUSDT", "5m", age_s=700, limit_s=300): (3, "700 s old", "已过 700 秒"),
    errors.CandlesDiffer("BTCUSDT", "5m", bars=499, differ=2): (7, "2 of 499 bars on disk differ", "499根K线中有2根"),
    errors.DataGap("BTCUSDT", "5m", missing=2, first_missing_ms=0): (3, "2 bars missing", "缺少 2 根"),
}


@pytest.mark.parametrize(("error", "expected"), EXAMPLES.items(), ids=lambda value: type(value).__name__)
def test_every_error_speaks_both_languages_and_has_an_exit_status(
    error: EliteflowError, expected: tuple[int, str, str]
) -> None:
    """Each class writes its sentence from its fields, in the language of the process."""
    status, english, chinese = expected
    assert error.exit_status == status
    assert english in str(error)
    messages.set_language("zh-CN")
    assert chinese in str(error)


def test_people_read_what_an_argument_is_beside_its_name() -> None:
    """A programmer still finds the name; a flag and what has no other name stay as they are."""
    messages.set_language("zh-CN")
    assert str(errors.InvalidArgument("timeframe", found="7m", wanted="5m")).startswith("K线周期（timeframe）：应为 5m")
    assert str(errors.InvalidArgument("topic", found="x", wanted="y")).startswith("主题：")
    assert str(errors.InvalidArgument("--rows", found="x", wanted="y")).startswith("--rows：")


def test_every_error_class_has_an_example() -> None:
    """No class escapes the table above."""
    bases = {EliteflowError, errors.ExchangeError, errors.FileUnusable, errors.DataError}
    classes = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, EliteflowError)}
    assert classes - bases == {type(error) for error in EXAMPLES}


def test_only_what_waiting_can_heal_is_retryable() -> None:
    """A caller decides by the attribute, not by the class."""
    retryable = {type(error).__name__ for error in EXAMPLES if error.retryable}
    assert retryable == {
        *("ExchangeUnreachable", "RateLimited", "IPBanned", "MalformedPayload", "CircuitOpen", "NotRunning"),
        *("DataNotReady", "StaleData", "DataGap"),
    }


def test_an_invalid_argument_is_a_value_error_too() -> None:
    """Callers that know only the language's own errors catch it."""
    with pytest.raises(ValueError, match="wanted 1 to 1500"):
        raise errors.InvalidArgument("limit", found=0, wanted="1 to 1500")


def test_repr_shows_the_fields() -> None:
    """A debugger shows what happened without the sentence."""
    assert repr(errors.UnknownSymbol("BTCUSD", "BTCUSDT")) == "UnknownSymbol(symbol='BTCUSD', nearest='BTCUSDT')"


def test_the_nearest_name_is_offered_only_if_one_is_near() -> None:
    """A slip of the finger is corrected, nonsense is not, and a name is never its own correction."""
    names = ("BTCUSDT", "ETHUSDT", "币安人生USDT")
    assert errors.UnknownSymbol.among("BTCUSD", names).nearest == "BTCUSDT"
    assert errors.UnknownSymbol.among("Q", names).nearest is None
    assert errors.UnknownSymbol.among("BTCUSDT", names).nearest != "BTCUSDT"


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("data.limit", "Setting data.limit: wrong"),
        ("data.limit (/home/me/eliteflow.toml)", "Setting data.limit (/home/me/eliteflow.toml): wrong"),
        ("--out", "--out: wrong"),
        ("eliteflow.toml", "eliteflow.toml: wrong"),
        ("eliteflow chart", "eliteflow chart: wrong"),
    ],
)
def test_only_a_setting_is_called_one(place: str, sentence: str) -> None:
    """A flag and a file stand for themselves."""
    assert str(errors.ConfigError(place, "wrong")) == sentence


def test_a_venue_that_answered_is_not_called_unreachable() -> None:
    """Nobody is sent to look at the proxy, and the venue's own full stop stands alone."""
    told = str(errors.ExchangeUnreachable("venue:1", "answered 503: Please try again.", status=503))
    assert (
        told
        == "venue:1 answered 503: Please try again. It was asked several times; such trouble mostly passes by itself."
    )
