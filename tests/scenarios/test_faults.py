"""Each fault of the venue alone: what is sent and when, the typed error, the sentence in both languages."""

import asyncio
import logging

import pytest

from eliteflow import messages
from eliteflow.emulator.messages import Response
from eliteflow.errors import CircuitOpen, ExchangeUnreachable, IPBanned, RequestRejected
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.model.priority import Priority
from eliteflow.model.timeframe import Timeframe
from eliteflow.testing.emulated_http import EmulatedHttp
from eliteflow.testing.virtual_time import VirtualTimeLoop
from tests.scenarios.fault_table import BANNED, CASES, JITTER_S, START_MS, Case, FaultyVenue, emulated, refused


def program(fault: Response, times: int) -> tuple[BinanceClient, EmulatedHttp]:
    """A client with everything on, in front of a venue with a fault."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    clock = loop.clock(START_MS)
    transport = EmulatedHttp(FaultyVenue(fault, times), clock.now_ms)
    return BinanceClient(transport=transport, clock=clock), transport


async def ask(client: BinanceClient) -> int:
    """Ask for candles and return how many came."""
    return len(await client.fetch_series("BTCUSDT", Timeframe.H1, limit=50))


def gaps_s(transport: EmulatedHttp) -> list[float]:
    """Return the seconds between requests."""
    return [(after - before) / 1_000 for before, after in zip(transport.sent_ms, transport.sent_ms[1:], strict=False)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_fault_that_stays_is_named_in_the_readers_language(case: Case) -> None:
    """The type for programs, the sentence for people, the exit status for scripts; and no request too many."""
    client, transport = program(case.fault, 1_000)
    with pytest.raises(case.kind) as raised:
        await ask(client)
    assert type(raised.value) is case.kind
    assert raised.value.exit_status == case.status
    assert case.english in str(raised.value)
    messages.set_language("zh-CN")
    assert case.chinese in str(raised.value) or case.chinese in await again_in_chinese(case)
    assert len(gaps_s(transport)) == len(case.pauses_s)
    for gap_s, pause_s in zip(gaps_s(transport), case.pauses_s, strict=True):
        assert pause_s - 0.002 <= gap_s <= pause_s + JITTER_S + 0.2


async def again_in_chinese(case: Case) -> str:
    """A reason is worded when it happens: let it happen to a reader of Chinese."""
    client, _ = program(case.fault, 1_000)
    with pytest.raises(case.kind) as raised:
        await ask(client)
    return str(raised.value)


@pytest.mark.parametrize("case", [case for case in CASES if case.passes], ids=lambda case: case.name)
async def test_a_fault_that_passes_is_not_noticed(case: Case) -> None:
    """One repetition, after the right pause."""
    client, transport = program(case.fault, 1)
    assert await ask(client) == 1
    [gap_s] = gaps_s(transport)
    assert case.pauses_s[0] - 0.002 <= gap_s <= case.pauses_s[0] + JITTER_S + 0.2


@pytest.mark.parametrize("case", [case for case in CASES if case.stops_s], ids=lambda case: case.name)
async def test_a_refusal_of_the_address_stops_everything(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is sent before its end, whoever asks; one line says so; then all go again."""
    caplog.set_level(logging.INFO, "eliteflow")
    client, transport = program(case.fault, 1)
    with pytest.raises(case.kind):
        await ask(client)
    await asyncio.sleep(case.stops_s - 1)
    outcomes = await asyncio.gather(*(ask(client) for _ in range(20)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {case.kind}
    assert len(transport.sent_ms) == 1
    assert len(caplog.records) == 1
    await asyncio.sleep(1.01)
    assert await ask(client) == 1


async def test_one_failing_symbol_harms_no_other() -> None:
    """A rejection is that request's own business: nothing waits, the breaker stays closed."""
    client, transport = program(refused(400, -1120, "Invalid interval."), 10)
    outcomes = await asyncio.gather(*(ask(client) for _ in range(50)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(RequestRejected) == 10
    assert client.snapshot().breaker.circuit == "closed"
    assert len(transport.sent_ms) == 50


async def test_a_venue_that_is_down_is_asked_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """Closed → open for 60 s → one probe; each change is one line, and the snapshot shows it all the time."""
    messages.set_language("zh-CN")
    caplog.set_level(logging.INFO, "eliteflow")
    client, transport = program(emulated("503b"), 6)
    for _ in range(2):
        with pytest.raises((ExchangeUnreachable, CircuitOpen)):
            await ask(client)
    assert len(transport.sent_ms) == 5
    breaker = client.snapshot().breaker
    assert (breaker.circuit, round(breaker.retry_after_s)) == ("open", 60)
    await asyncio.sleep(breaker.retry_after_s - 1)
    outcomes = await asyncio.gather(*(ask(client) for _ in range(100)), return_exceptions=True)
    assert {str(outcome) for outcome in outcomes} == {"熔断器恢复中，1秒后重试（emulator 连续失败）"}
    assert len(transport.sent_ms) == 5
    await asyncio.sleep(1)
    outcomes = await asyncio.gather(*(ask(client) for _ in range(100)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {CircuitOpen}
    assert len(transport.sent_ms) == 6
    await asyncio.sleep(60)
    assert await ask(client) == 1
    assert client.snapshot().breaker.circuit == "closed"
    opened = "熔断器恢复中，60秒后重试（emulator，返回 503：Internal error; unable to process your request."
    lines = [record.getMessage() for record in caplog.records]
    assert [line.startswith(opened) for line in lines] == [True, True, False]
    assert lines[2] == "熔断器已恢复：emulator 重新应答"


async def test_an_open_breaker_never_holds_an_order_back_but_a_ban_does() -> None:
    """Closing a position is tried whatever the venue's state; a ban would only grow by it."""
    client, transport = program(emulated("503b"), 1_000)
    for _ in range(2):
        with pytest.raises((ExchangeUnreachable, CircuitOpen)):
            await ask(client)
    with pytest.raises(ExchangeUnreachable):
        await client.fetch_series("BTCUSDT", Timeframe.H1, limit=50, priority=Priority.ORDER)
    assert len(transport.sent_ms) == 9
    client, transport = program(Response(418, BANNED % (START_MS + 120_000)), 1_000)
    for _ in range(2):
        with pytest.raises(IPBanned):
            await client.fetch_series("BTCUSDT", Timeframe.H1, limit=50, priority=Priority.ORDER)
    assert len(transport.sent_ms) == 1


async def test_the_wait_for_weight_is_visible() -> None:
    """Who looks at the client sees how many wait, and for how long."""
    client, _ = program(emulated("429"), 1)
    waiting = asyncio.create_task(ask(client))
    await asyncio.sleep(10)
    weight = client.snapshot().weight
    assert weight.waiting == 1
    assert weight.wait_s == pytest.approx(40.1, abs=0.01)
    assert await waiting == 1
