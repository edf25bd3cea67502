"""What a person sees of a cycle."""

import io
import logging
from dataclasses import replace

from eliteflow import messages
from eliteflow.operations.terminal import Terminal, log_to
from eliteflow.scheduler.cycle import CycleOutcome
from eliteflow.telemetry.log import EventLog
from tests.unit.operations.judgements import JUDGED
from tests.unit.operations.outcomes import OUTCOME


def shown(outcome: CycleOutcome = OUTCOME, *, quiet: bool = False, rows: int | None = 20) -> str:
    """The final table, as a pipe gets it."""
    stream = io.StringIO()
    Terminal(stream, quiet=quiet, rows=rows).show(outcome)
    return stream.getvalue()


def test_the_table_marks_what_is_simulated_and_what_has_not_converged() -> None:
    """Numbers that may still change carry a tilde; unknown ones are a dash, never a zero."""
    table = shown()
    assert "[SIMULATED]" in table.splitlines()[0]
    btc, binance_life = (next(line for line in table.splitlines() if name in line) for name in ("BTCUSDT", "人生"))
    assert [cell.strip() for cell in btc.split("│")[2:-1]] == [
        *("BTCUSDT", "86028.3", "-1.25%", "up", "down", "flat", "0.40", "31.5")
    ]
    assert [cell.strip() for cell in binance_life.split("│")[2:-1]] == [
        *("币安人生USDT", "1.5e-07", "–", "–", "–", "up", "~0.10", "–")
    ]


def test_the_report_below_the_table_names_every_failure() -> None:
    """What is missing is said with its reason."""
    table = shown()
    assert "cycle 3 · SIMULATED · 2 of 3 symbols, 1 failed · 6 requests, weight 6" in table
    assert "  ETHUSD: 'ETHUSD' is not a trading perpetual; did you mean 'ETHUSDT'?" in table


def test_a_contract_without_a_closed_bar_is_named_below_the_report() -> None:
    """It did not fail and has no row; twenty names are enough."""
    new = replace(OUTCOME, without_bars=("NEWUSDT",))
    assert shown(new).rstrip().endswith("without a closed bar yet: NEWUSDT")
    many = replace(OUTCOME, without_bars=tuple(f"N{place}USDT" for place in range(22)))
    assert shown(many).rstrip().endswith("N19USDT, … +2")
    messages.set_language("zh-CN")
    assert "尚无已收盘K线：NEWUSDT" in shown(new)
    assert "尚无已收盘K线" not in shown()


def test_a_breaker_that_is_not_closed_ends_the_report_line() -> None:
    """In the words users know; a closed one is not worth a word."""
    messages.set_language("zh-CN")
    assert "熔断器" not in shown()
    holding = replace(OUTCOME, report=replace(OUTCOME.report, breaker="open", breaker_retry_after_s=60.0))
    assert "总计0.90秒 · 熔断器恢复中，60秒后重试\n" in shown(holding)
    probing = replace(OUTCOME, report=replace(OUTCOME.report, breaker="half_open"))
    assert " · 熔断器半开，正在用一个请求试探\n" in shown(probing)


def test_chinese_readers_read_chinese() -> None:
    """Title, trends and report."""
    messages.set_language("zh-CN")
    table = shown()
    assert "[模拟行情]" in table.splitlines()[0]
    assert "上涨" in table
    assert "周期 3 · 模拟行情 · 成功2/3" in table


def test_signals_and_funnels_stand_under_the_market() -> None:
    """Without signals there is no table of them, and the funnel says why."""
    stream = io.StringIO()
    Terminal(stream).show(JUDGED)
    market, signals, funnel = (stream.getvalue().index(word) for word in ("Market,", "Signals [SIM", "eager: total 3"))
    assert market < signals < funnel
    assert "Signals" not in shown()


def test_rows_beyond_the_chosen_number_are_counted() -> None:
    """Nothing is left out in silence."""
    assert "… and 1 more: --rows all" in shown(rows=1)
    assert "more: --rows" not in shown(rows=None)


def test_quiet_shows_nothing() -> None:
    """Neither bar nor table."""
    assert shown(quiet=True) == ""


def test_a_pipe_gets_no_progress_bar() -> None:
    """A bar belongs on a terminal."""
    stream = io.StringIO()
    terminal = Terminal(stream)
    terminal.cycle_started(1, 530)
    terminal.batch_finished(64)
    terminal.cycle_finished()
    assert stream.getvalue() == ""


class TerminalStream(io.StringIO):
    """A stream that calls itself a terminal."""

    def isatty(self) -> bool:
        """Claim to be one."""
        return True


def test_on_a_terminal_the_log_stands_above_the_bar() -> None:
    """The line is printed whole, and the bar goes away when the cycle is over."""
    stream = TerminalStream()
    terminal = Terminal(stream)
    log_to(terminal, "text", "INFO")
    terminal.cycle_started(1, 530)
    EventLog("UnifiedScheduler").write("batch.finished", batch=1, symbols=64, data_s=8.24)
    terminal.batch_finished(64)
    terminal.cycle_finished()
    assert "⏱️  batch 1: 64 symbols fetched, took 8.24 s" in stream.getvalue()
    assert "cycle 1" in stream.getvalue()
    logging.getLogger("eliteflow").handlers.clear()
