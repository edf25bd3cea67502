"""A ban outlives the program that met it: nobody of the user sends anything before its end."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from eliteflow.emulator.faults import FaultRule, RestKind
from eliteflow.errors import AccessDenied, IPBanned, RestrictedLocation
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.model.timeframe import Timeframe
from tests.scenarios.local_market import DAY_MS, START_MS, LocalMarket


async def get_banned(market: LocalMarket, program: BinanceClient, *, for_s: float = 120) -> None:
    """Let the venue answer the next request with 418."""
    market.fault(FaultRule(kind="418", count=1, for_s=for_s))
    with pytest.raises(IPBanned):
        await program.synchronise_clock()


@pytest.mark.parametrize("machine_off_ms", [0, 3_000, -3 * DAY_MS, 3 * DAY_MS])
async def test_a_restart_inside_a_ban_sends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, machine_off_ms: int
) -> None:
    """418 for 2 minutes, restart after 30 s: not one request before its end, and until when is said."""
    market = LocalMarket(tmp_path)
    await get_banned(market, market.program(machine_off_ms=machine_off_ms))
    banned_ms = market.clock.now_ms()
    await asyncio.sleep(30)
    caplog.clear()
    restarted = market.program(machine_off_ms=machine_off_ms)
    with pytest.raises(IPBanned, match=r"until 2026-11-23 08:02:10 UTC \(418\), held for 90\.\d s"):
        await restarted.synchronise_clock()
    while market.clock.now_ms() < START_MS + 119_000:
        with pytest.raises(IPBanned):
            await restarted.fetch_series("BTCUSDT", Timeframe.H1, limit=50)
        await asyncio.sleep(1)
    assert max(market.sent_ms) <= banned_ms
    assert [record.getMessage() for record in caplog.records] == [
        "emulator has banned this address until 2026-11-23 08:02:10 UTC; nothing is sent before"
    ]
    await asyncio.sleep(2)
    assert len(await restarted.fetch_series("BTCUSDT", Timeframe.H1, limit=50)) == 50
    assert market.venue.limits.client("127.0.0.1").requests_while_banned == 0


async def test_a_ban_stops_the_users_other_program_too(tmp_path: Path) -> None:
    """It learns of it with its next lease, at the latest in the next minute."""
    market = LocalMarket(tmp_path)
    one, other = market.program(), market.program()
    await other.synchronise_clock()
    await get_banned(market, one, for_s=600)
    banned_ms = market.clock.now_ms()
    await asyncio.sleep(60)
    for _ in range(100):
        with pytest.raises(IPBanned):
            await other.fetch_series("BTCUSDT", Timeframe.H1, limit=50)
        await asyncio.sleep(1)
    assert max(market.sent_ms) <= banned_ms


REFUSALS: dict[RestKind, type[AccessDenied]] = {"403": AccessDenied, "451": RestrictedLocation}


@pytest.mark.parametrize("kind", REFUSALS)
async def test_a_program_restarted_every_second_asks_a_venue_that_refuses_it_once_a_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: RestKind
) -> None:
    """Ten minutes of a host that restarts what ends: ten requests, and each run ends with the venue's refusal."""
    market = LocalMarket(tmp_path)
    market.fault(FaultRule(kind=kind))
    for _ in range(600):
        with pytest.raises(REFUSALS[kind]) as raised:
            await market.program().synchronise_clock()
        assert type(raised.value) is REFUSALS[kind]
        await asyncio.sleep(1)
    assert len(market.sent_ms) == 10
    assert f"emulator has just refused another run of yours ({kind}); nothing is sent to it for 59 s" in caplog.text


@pytest.mark.parametrize(("kind", "pauses_min"), [("451", [1, 2, 4, 8, 16, 32, 60]), ("403", [1, 2, 4, 5])])
async def test_a_program_that_stays_up_asks_ever_more_seldom(
    tmp_path: Path, kind: RestKind, pauses_min: list[int]
) -> None:
    """A day of refusals, with a crowd that asks whenever it may: one request each time, in the end once an hour."""
    market = LocalMarket(tmp_path)
    program = market.program()
    market.fault(FaultRule(kind=kind))
    with pytest.raises(REFUSALS[kind]):
        await program.synchronise_clock()
    while market.clock.now_ms() < START_MS + DAY_MS:
        await asyncio.sleep(30)
        crowd = (program.fetch_series("BTCUSDT", Timeframe.H1, limit=50) for _ in range(20))
        refused = await asyncio.gather(*crowd, return_exceptions=True)
        assert {type(error) for error in refused} == {REFUSALS[kind]}
    pauses = [round((later - earlier) / 60_000) for earlier, later in pairwise(market.sent_ms)]
    assert pauses[: len(pauses_min)] == pauses_min
    assert {*pauses[len(pauses_min) :]} == {pauses_min[-1]}


async def test_a_program_that_stays_up_goes_on_when_it_is_served_again(tmp_path: Path) -> None:
    """The one request that asks opens the way for all, and the next refusal begins with a minute."""
    market = LocalMarket(tmp_path)
    program = market.program()
    for _ in range(2):
        market.fault(FaultRule(kind="451", count=1))
        with pytest.raises(RestrictedLocation) as raised:
            await program.synchronise_clock()
        assert raised.value.retry_after_s == pytest.approx(60, abs=0.2)
        await asyncio.sleep(60)
        crowd = [program.fetch_series("BTCUSDT", Timeframe.H1, limit=50) for _ in range(20)]
        answers = await asyncio.gather(*crowd, return_exceptions=True)
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
        assert len(await program.fetch_series("BTCUSDT", Timeframe.H1, limit=50)) == 50


async def test_a_program_restarted_every_second_sends_nothing_into_a_ban(tmp_path: Path) -> None:
    """Not once a minute: not at all."""
    market = LocalMarket(tmp_path)
    await get_banned(market, market.program(), for_s=300)
    sent = len(market.sent_ms)
    for _ in range(295):
        with pytest.raises(IPBanned):
            await market.program().synchronise_clock()
        await asyncio.sleep(1)
    assert len(market.sent_ms) == sent


async def test_a_refusal_of_one_way_does_not_hold_another(tmp_path: Path) -> None:
    """Who goes through a proxy after a 451 is not kept waiting for what was met without it."""
    market = LocalMarket(tmp_path)
    market.fault(FaultRule(kind="451", count=1))
    with pytest.raises(RestrictedLocation):
        await market.program().synchronise_clock()
    await market.program(way="http://proxy:3128").synchronise_clock()
    with pytest.raises(RestrictedLocation):
        await market.program().synchronise_clock()


async def test_a_running_program_hears_of_a_refusal_and_goes_on_after_a_minute(tmp_path: Path) -> None:
    """It asks once itself, as a fresh start does."""
    market = LocalMarket(tmp_path)
    running = market.program()
    await running.synchronise_clock()
    market.fault(FaultRule(kind="403", count=1))
    with pytest.raises(AccessDenied):
        await market.program().synchronise_clock()
    await asyncio.sleep(51)  # its next lease is that of the next clock minute
    with pytest.raises(AccessDenied):
        await running.fetch_series("BTCUSDT", Timeframe.H1, limit=50)
    await asyncio.sleep(10)
    assert len(await running.fetch_series("BTCUSDT", Timeframe.H1, limit=50)) == 50


async def test_a_ban_that_cannot_be_written_down_holds_in_memory(tmp_path: Path) -> None:
    """Said once; the program itself still sends nothing."""
    (tmp_path / "venues").write_text("a file where the folder should be")
    market = LocalMarket(tmp_path)
    program = market.program()
    await get_banned(market, program)
    banned_ms = market.clock.now_ms()
    with pytest.raises(IPBanned):
        await program.fetch_series("BTCUSDT", Timeframe.H1, limit=50)
    assert max(market.sent_ms) <= banned_ms
