"""The program as people call it, against a venue of its own, over real sockets."""

import csv
import io
import itertools
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from eliteflow.operations.emulator_process import EmulatorAddress
from tests.emulator.program import SYMBOLS, control, eliteflow

pytestmark = pytest.mark.emulator


def test_scan_prints_one_json_document_and_says_that_it_is_simulated(venue: EmulatorAddress) -> None:
    """Whatever address was given, the emulator is recognised; the log does not disturb the document."""
    done = eliteflow("scan", "--rest-url", venue.rest_url, "--format", "json")
    document = json.loads(done.out)
    assert done.status == 0
    assert document["report"]["venue"] == "SIMULATED"
    assert (document["report"]["succeeded"], len(document["rows"]), document["errors"]) == (SYMBOLS, SYMBOLS, {})
    assert "batch fetched: 12 symbols | succeeded 12" in done.err


def test_scan_prints_log_and_table_on_standard_output(venue: EmulatorAddress) -> None:
    """In a pipe the lines users grep for are there, in Chinese too."""
    done = eliteflow("scan", "--rest-url", venue.rest_url, "--batch-size", "8", ELITEFLOW_LANG="zh-CN")
    assert done.status == 0
    assert "⏱️  批次 2: 4个symbols数据获取完成，耗时" in done.out
    assert "⏱️  進度: 12/12 | 已分析=12 | 平均分析=" in done.out
    assert "[模拟行情]" in done.out


def test_json_logs_replace_the_lines(venue: EmulatorAddress) -> None:
    """Each line is one object."""
    done = eliteflow("scan", "--rest-url", venue.rest_url, "--log-format", "json", "--quiet")
    events = [json.loads(line)["event"] for line in done.out.splitlines()]
    cycle = ["batch.fetched", "batch.finished", "cycle.progress", "cycle.finished"]
    assert events == ["pipeline.ready", "store.loaded", *cycle]


def test_run_starts_its_own_emulator_and_stops_it(tmp_path: Path) -> None:
    """`make run` in small: the second cycle is answered from memory; the document is the last cycle's."""
    out = tmp_path / "rows.csv"
    done = eliteflow(
        *("run", "--emulator", "--cycles", "2", "--interval", "0.2", "--symbols", "5", "--format", "csv"),
        *("--out", str(out), "--log-format", "json"),
    )
    cycles = [line for line in map(json.loads, done.out.splitlines()) if line["event"] == "cycle.finished"]
    assert done.status == 0
    assert [cycle["cycle"] for cycle in cycles] == [1, 2]
    assert cycles[0]["requests"] > 15
    assert len(list(csv.DictReader(io.StringIO(out.read_text("utf-8"))))) == 5


def test_candles_are_closed_and_end_with_the_newest(venue: EmulatorAddress) -> None:
    """The document names symbol, timeframe and venue."""
    done = eliteflow("candles", "btcusdt", "1h", "--rest-url", venue.rest_url, "--limit", "3", "--format", "json")
    document = json.loads(done.out)
    times = [candle["open_time_ms"] for candle in document["candles"]]
    assert (document["symbol"], document["timeframe"], document["venue"]) == ("BTCUSDT", "1h", "SIMULATED")
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [3_600_000] * 2


def test_signals_come_with_the_funnel_and_say_that_they_are_simulated(venue: EmulatorAddress) -> None:
    """The document is one cycle on bars enough; a strategy is found in the working folder."""
    names = "trend_pullback,tests.unit.scheduler.strategies:Eager"
    done = eliteflow("signals", "--rest-url", venue.rest_url, "--strategy", names, "--format", "json")
    document = json.loads(done.out)
    assert done.status == 0
    assert document["funnel"]["trend_pullback"]["data"] >= SYMBOLS - 1
    assert document["funnel"]["eager"]["signal"] == SYMBOLS
    assert document["report"]["signals"] == len(document["signals"]) >= SYMBOLS
    assert {signal["venue"] for signal in document["signals"]} == {"SIMULATED"}


def test_why_tells_the_rule_that_failed_with_its_values(venue: EmulatorAddress) -> None:
    """In Chinese, for a name in lower case."""
    done = eliteflow("signals", "--rest-url", venue.rest_url, "--why", "btcusdt", "--lang", "zh-CN")
    assert done.status == 0
    assert "BTCUSDT：trend_pullback 的规则 [模拟行情]" in done.out
    assert "已收盘K线数量足够，数值已收敛" in done.out
    assert "known_bars_1h = 499" in done.out


def test_trends_tell_since_when(venue: EmulatorAddress) -> None:
    """Every symbol in every timeframe, one line each."""
    done = eliteflow("trends", "--rest-url", venue.rest_url, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert len(rows) == 3 * SYMBOLS
    assert {row["venue"] for row in rows} == {"SIMULATED"}
    assert all(row["since_ms"] for row in rows if row["symbol"] == "BTCUSDT")


def test_indicators_are_those_asked_for(venue: EmulatorAddress) -> None:
    """At the newest closed bar; what has not converged says so."""
    words = ("btcusdt", "5m", "--names", "rsi_7,ema_200", "--format", "json", "--rest-url", venue.rest_url)
    document = json.loads(eliteflow("indicators", *words).out)
    assert {name: found["converged"] for name, found in document["indicators"].items()} == {
        "rsi_7": True,
        "ema_200": False,
    }
    assert (document["venue"], document["known_bars"]) == ("SIMULATED", 499)


BAD_CALLS = {
    "unknown symbol": (("candles", "BTCUSD", "5m"), 2, "did you mean 'BTCUSDT'?"),
    "unknown timeframe": (("candles", "BTCUSDT", "7m"), 2, "timeframe: wanted 1m, 3m, 5m"),
    "no bars": (("scan", "--limit", "0"), 2, "data.limit: wanted a whole number >= 1, <= 1500; found 0"),
    "too many bars": (("scan", "--limit", "100000"), 2, "found 100000"),
    "nothing but unknown symbols": (("scan", "--symbols", "NOPE"), 2, "'NOPE' is not a trading perpetual"),
    "unknown timeframes": (("scan", "--timeframes", "1h,7m"), 2, "data.timeframes: wanted a list of"),
    "unknown indicator": (("indicators", "BTCUSDT", "5m", "--names", "rsii"), 2, "indicator: wanted rsi"),
    "unknown strategy": (("scan", "--strategy", "dip"), 2, "there is no strategy called dip; wanted trend_pullback"),
    "unexplained symbol": (("signals", "--why", "BTCUSD", "--limit", "99"), 2, "did you mean 'BTCUSDT'?"),
    "no cycles": (("run", "--cycles", "0"), 2, "--cycles: wanted a whole number from 1; found 0"),
    "left-out symbol": (("signals", "--why", "BTCUSDT", "--symbols", "ETHUSDT"), 2, "one of the symbols looked at"),
    "unknown proxy": (("scan", "--proxy", "gopher://x"), 2, "proxy"),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_bad_input_is_one_sentence_and_a_status(venue: EmulatorAddress, case: str) -> None:
    """No traceback; what was wanted and what was found."""
    words, status, sentence = BAD_CALLS[case]
    done = eliteflow(*words, "--rest-url", venue.rest_url)
    assert done.status == status
    assert sentence in done.err
    assert "Traceback" not in done.err
    assert len(done.err.strip().splitlines()) == 1


REFUSALS = {
    "451": (5, "does not serve this location (451). Run from a permitted region"),
    "418": (4, "has banned this address until"),
    "403": (6, "refused the request at its firewall (403)"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_each_refusal_of_the_venue_has_its_own_sentence_and_status(venue: EmulatorAddress, kind: str) -> None:
    """A ban, a firewall and a restricted location are three different things."""
    status, sentence = REFUSALS[kind]
    control(venue, "POST", "/fault", {"kind": kind})
    try:
        done = eliteflow("scan", "--rest-url", venue.rest_url)
    finally:
        control(venue, "POST", "/reset", {})
    assert done.status == status
    assert sentence in done.err
    assert "Traceback" not in done.err


def test_a_cycle_without_one_success_ends_with_the_status_of_its_error(venue: EmulatorAddress) -> None:
    """The document is there with every reason, and the status says what kept all symbols away."""
    control(venue, "POST", "/fault", {"kind": "451", "path": "/fapi/v1/klines"})
    try:
        done = eliteflow("scan", "--rest-url", venue.rest_url, "--format", "json", "--log-format", "json")
    finally:
        control(venue, "POST", "/reset", {})
    document = json.loads(done.out)
    assert done.status == 5
    assert (document["report"]["succeeded"], len(document["errors"])) == (0, SYMBOLS)
    assert "does not serve this location (451)" in done.err


def test_a_run_writes_its_document_after_every_cycle(venue: EmulatorAddress, tmp_path: Path) -> None:
    """Whoever reads the file sees the newest whole cycle."""
    out = tmp_path / "market.json"
    done = eliteflow(
        *("run", "--rest-url", venue.rest_url, "--ws-url", venue.ws_url),
        *("--cycles", "2", "--interval", "0.1", "--symbols", "2"),
        *("--format", "json", "--out", str(out), "--quiet"),
    )
    assert done.status == 0
    assert json.loads(out.read_text("utf-8"))["report"]["cycle"] == 2


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_fetched(venue: EmulatorAddress) -> None:
    """A long run is not lost at its end."""
    done = eliteflow("scan", "--rest-url", venue.rest_url, "--out", "absent/scan.csv")
    assert (done.status, done.out) == (2, "")
    assert "the folder absent is not there, or may not be written to" in done.err


def test_candles_can_be_kept_as_csv(venue: EmulatorAddress, tmp_path: Path) -> None:
    """The table is for the eyes, the file for programs."""
    out = tmp_path / "candles.csv"
    done = eliteflow("candles", "BTCUSDT", "5m", "--rest-url", venue.rest_url, "--limit", "2", "--out", str(out))
    assert done.status == 0
    assert len(list(csv.DictReader(io.StringIO(out.read_text("utf-8"))))) == 2


def test_the_language_can_be_chosen_before_the_command() -> None:
    """Help too is read in it."""
    assert "运行一个使用币安协议的本地交易所" in eliteflow("--lang", "zh-CN", "--help").out


@pytest.mark.parametrize("words", [(), ("candles", "BTCUSDT")], ids=" ".join)
def test_a_command_line_that_cannot_be_used_shows_how(words: tuple[str, ...]) -> None:
    """Even an empty one; status 2."""
    done = eliteflow(*words)
    assert (done.status, "Traceback" in done.err) == (2, False)
    assert done.err.startswith("Usage: eliteflow")


def test_a_dead_address_is_one_sentence_in_the_chosen_language() -> None:
    """Status 3, and what to check."""
    done = eliteflow("scan", "--rest-url", "http://127.0.0.1:9", "--lang", "zh-CN")
    assert (done.status, "Traceback" in done.err) == (3, False)
    assert done.err.strip().splitlines()[-1].startswith("eliteflow: 无法连接 127.0.0.1:9：")


def test_a_broken_settings_key_is_one_sentence(tmp_path: Path) -> None:
    """It names the key, the file and the nearest key that exists."""
    settings = tmp_path / "eliteflow.toml"
    settings.write_text("[rest]\nweigt_share = 1\n", "utf-8")
    done = eliteflow("config", "--config", str(settings))
    assert done.status == 2
    assert f"Setting rest.weigt_share ({settings}): there is no such" in done.err
    assert "did you mean `rest.weight_share`?" in done.err


def test_a_settings_file_is_written_checked_and_not_overwritten(tmp_path: Path) -> None:
    """From the first call to the check that scripts ask for."""
    path = str(tmp_path / "eliteflow.toml")
    assert eliteflow("init", path).out == f"written: {path}\n"
    assert eliteflow("init", path).status == 2
    done = eliteflow("config", "--check", "--config", path)
    assert (done.status, done.out.splitlines()[-1]) == (0, "All settings can be used; set: 1.")
    done = eliteflow("config", "--check", "--config", path, ELITEFLOW_STRATEGY__NAMES="dip")
    assert (done.status, "strategy.names" in done.err) == (2, True)


def test_a_port_in_use_is_one_sentence() -> None:
    """Nothing was started; status 2."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = eliteflow("emulator", "--port", str(port), ELITEFLOW_LANG="zh-CN")
    assert (done.status, done.out) == (2, "")
    assert done.err == f"eliteflow: --port：127.0.0.1:{port} 已被占用；请换一个端口，或用 0 任取空闲端口\n"


def test_absent_or_wrong_keys_never_affect_a_scan(venue: EmulatorAddress) -> None:
    """Market data needs no key."""
    done = eliteflow(
        *("scan", "--rest-url", venue.rest_url, "--quiet", "--symbols", "2"),
        BINANCE_API_KEY="wrong",
        BINANCE_API_SECRET="wrong",
    )
    assert done.status == 0
    assert "wrong" not in done.out + done.err


def test_ctrl_c_ends_a_run_with_its_status() -> None:
    """130, no traceback, and the emulator goes with it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "eliteflow", "run", "--emulator", "--symbols", "2", "--log-format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == "cycle.finished":
            break
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=10)
    assert (process.returncode, err.strip()) == (130, "")
