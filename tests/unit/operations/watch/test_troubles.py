"""What is amiss, by the status alone."""

from dataclasses import replace

import pytest

from eliteflow import messages
from eliteflow.errors import AccessDenied, ExchangeError, IPBanned, RateLimited, RestrictedLocation
from eliteflow.exchange.standstill import Refusal
from eliteflow.model.breaker import BreakerSnapshot, Circuit
from eliteflow.operations.watch.ports import Status
from eliteflow.operations.watch.troubles import Reason, is_ready, troubles
from tests.unit.operations.outcomes import REPORT
from tests.unit.operations.statuses import CLIENT, CYCLES, NOW_MS, WELL, WHOLE


def reported(**changes: object) -> Status:
    """A program whose last cycle differs in some fields."""
    report = replace(REPORT, **changes)  # type: ignore[arg-type]  # as the fields of the report declare them
    return replace(WELL, scheduler=replace(WELL.scheduler, last_report=report))


def refused(error: ExchangeError) -> Status:
    """A program that the venue refuses for another 85 s."""
    return replace(WELL, client=replace(CLIENT, refusal=Refusal(error, NOW_MS + 85_000)))


@pytest.mark.parametrize("status", [WELL, WHOLE])
def test_nothing_is_amiss_with_a_program_that_is_well(status: Status) -> None:
    """With streams, store and closes, or without."""
    assert troubles(status) == ()
    assert is_ready(())


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (IPBanned("venue", 85, until_ms=NOW_MS + 85_000), Reason.BANNED),
        (RateLimited("venue", 120), Reason.RATE_LIMITED),
        (RestrictedLocation("venue"), Reason.RESTRICTED),
        (AccessDenied("venue"), Reason.DENIED),
    ],
)
def test_a_refusal_of_the_venue_blocks_and_counts_down(error: ExchangeError, reason: Reason) -> None:
    """In the words of its error."""
    [trouble] = troubles(refused(error))
    assert (trouble, trouble.blocks) == ((reason, str(error), 85.0), True)


@pytest.mark.parametrize(("circuit", "wait_s"), [(Circuit.OPEN, 42.0), (Circuit.HALF_OPEN, 0.0)])
def test_a_breaker_that_is_not_closed_blocks(circuit: Circuit, wait_s: float) -> None:
    """Half open it is not known yet whether the venue answers."""
    client = replace(CLIENT, breaker=BreakerSnapshot("venue", circuit, wait_s))
    [trouble] = troubles(replace(WELL, client=client))
    assert (trouble.reason, trouble.blocks, trouble.retry_after_s) == (Reason.BREAKER_OPEN, True, wait_s)


def test_a_program_is_not_ready_before_its_first_cycle_is_finished() -> None:
    """And says how far it is."""
    cycles = replace(CYCLES, done=128, total=512, first_finished_ms=None, last_finished_ms=None)
    [trouble] = troubles(replace(WELL, cycles=cycles))
    assert (trouble.reason, trouble.blocks) == (Reason.FIRST_FILL, True)
    assert trouble.message == "the first cycle is not finished: 128 symbols so far, 25%"


@pytest.mark.parametrize(
    ("succeeded", "reason", "blocks"), [(89, Reason.INCOMPLETE, True), (90, Reason.SYMBOLS_FAILED, False)]
)
def test_a_tenth_of_the_market_may_fail(succeeded: int, reason: Reason, blocks: bool) -> None:
    """Below nine tenths it is of no use."""
    [trouble] = troubles(reported(symbols=100, succeeded=succeeded, failed=100 - succeeded))
    assert (trouble.reason, trouble.blocks) == (reason, blocks)


@pytest.mark.parametrize(("age_s", "stalled"), [(629, False), (631, True)])
def test_a_market_of_two_intervals_ago_is_not_current(age_s: int, stalled: bool) -> None:
    """Half a minute is granted beyond them."""
    cycles = replace(CYCLES, last_finished_ms=NOW_MS - age_s * 1000)
    found = [trouble.reason for trouble in troubles(replace(WELL, cycles=cycles))]
    assert found == ([Reason.STALLED] if stalled else [])


def test_a_degraded_cycle_names_the_silent_strategies() -> None:
    """Or that candles came one by one, where no strategy is silent."""
    status = reported(degraded=True, failed=0, succeeded=3)
    fallen_back = replace(status, scheduler=replace(status.scheduler, has_fallen_back=True))
    [trouble] = troubles(fallen_back)
    assert trouble.message == "a part works by its fallback: candles come one request after another"
    assert WHOLE.streams is not None
    [trouble] = troubles(replace(status, streams=replace(WHOLE.streams, down=3)))
    assert trouble.message == "3 of 530 symbols have no live stream; REST stands in"
    [trouble] = troubles(replace(status, cycles=replace(CYCLES, silent={"slow": "slow is late"})))
    assert (trouble.message, trouble.blocks) == ("a part works by its fallback: slow is late", False)


def test_streams_that_are_back_are_no_trouble_though_the_last_cycle_went_without_them() -> None:
    """The cycle's report stays degraded until the next one; nothing is amiss meanwhile."""
    assert troubles(reported(degraded=True, failed=0, succeeded=3)) == ()


def test_parts_that_others_stand_in_for_block_nothing() -> None:
    """Streams, gaps and the disk cache."""
    assert WHOLE.streams is not None
    assert WHOLE.gaps is not None
    assert WHOLE.store is not None
    found = troubles(
        replace(
            WHOLE,
            streams=replace(WHOLE.streams, live=500, down=30),
            gaps=replace(WHOLE.gaps, open=4),
            store=replace(WHOLE.store, failure="the disk is full"),
        )
    )
    assert [trouble.reason for trouble in found] == [Reason.STREAMS_DOWN, Reason.GAPS_OPEN, Reason.STORE_OFF]
    assert is_ready(found)


def test_a_pause_is_said_and_is_no_stall() -> None:
    """Somebody asked for it."""
    cycles = replace(CYCLES, last_finished_ms=NOW_MS - 3_600_000)
    [trouble] = troubles(replace(WELL, cycles=cycles, scheduler=replace(WELL.scheduler, is_paused=True)))
    assert (trouble.reason, trouble.blocks) == (Reason.PAUSED, False)


def test_a_part_that_keeps_ending_is_named_with_its_reason() -> None:
    """What does not need it goes on."""
    [trouble] = troubles(replace(WELL, failing={"disk cache": "OSError: full"}))
    assert trouble.message == "parts of the program keep ending and are begun again: disk cache: OSError: full"


def test_people_read_it_in_their_language() -> None:
    """The reasons themselves are for programs and stay as they are."""
    messages.set_language("zh-CN")
    [trouble] = troubles(replace(WELL, cycles=replace(CYCLES, first_finished_ms=None)))
    assert trouble.message.startswith("第一个周期尚未完成")
