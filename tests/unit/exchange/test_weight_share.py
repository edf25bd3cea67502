"""Tests of several programs that spend one address's weight, in virtual time."""

import asyncio
import logging
from pathlib import Path

import pytest

from eliteflow.clock import Clock
from eliteflow.exchange.shared_book import Book
from eliteflow.exchange.shared_file import SharedFile
from eliteflow.exchange.weight_budget import WeightBudget
from eliteflow.exchange.weight_share import WeightShare
from eliteflow.model.priority import Priority


class CountingFile(SharedFile):
    """Counts how often the book is opened. breaks: raised instead."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.opened = 0
        self.breaks: OSError | None = None

    def _read(self) -> Book:
        self.opened += 1
        if self.breaks is not None:
            raise self.breaks
        return super()._read()


@pytest.fixture
def file(tmp_path: Path) -> CountingFile:
    """The book of one user and venue."""
    return CountingFile(tmp_path / "venues" / "venue.test.json")


def program(file: SharedFile, clock: Clock) -> WeightBudget:
    """The budget of one more program."""
    return WeightBudget(clock, shared=WeightShare(file, clock))


async def spend(budget: WeightBudget, weight: int, priority: Priority = Priority.INTERACTIVE) -> None:
    """Send a request that is answered after 120 ms, without a counter."""
    async with budget.lease(weight, priority) as lease:
        lease.sent()
        await asyncio.sleep(0.12)
        lease.answered(None)


def elapsed_s() -> float:
    """Virtual seconds since the test began."""
    return asyncio.get_running_loop().time()


async def test_two_programs_share_a_minute(file: CountingFile, clock: Clock) -> None:
    """What the first has spent, the second does not get, although no counter tells it."""
    first, second = program(file, clock), program(file, clock)
    await asyncio.gather(*(spend(first, 10) for _ in range(150)))
    await asyncio.gather(*(spend(second, 10) for _ in range(55)))
    assert elapsed_s() < 5
    await spend(second, 10)
    assert elapsed_s() == pytest.approx(50.1 + 0.12, abs=0.01)


async def test_programs_that_begin_together_take_turns(file: CountingFile, clock: Clock) -> None:
    """Neither gets everything of the minute."""
    budgets = [program(file, clock), program(file, clock)]
    done = [0, 0]

    async def scan(which: int) -> None:
        async def one() -> None:
            await spend(budgets[which], 5)
            done[which] += elapsed_s() < 49

        await asyncio.gather(*(one() for _ in range(400)))

    await asyncio.gather(scan(0), scan(1))
    assert min(done) >= 100
    assert sum(done) * 5 <= 2052


async def test_the_file_is_opened_for_blocks_not_for_requests(file: CountingFile, clock: Clock) -> None:
    """1,590 requests of a scan open it seven times at most."""
    budget = program(file, clock)
    await asyncio.gather(*(spend(budget, 1) for _ in range(1590)))
    assert file.opened <= 7


async def test_a_killed_programs_lease_ends_with_the_minute(file: CountingFile, clock: Clock) -> None:
    """Its successor waits for the next window and no longer."""
    async with program(file, clock).lease(2052) as lease:
        lease.sent()
    await spend(program(file, clock), 10)
    assert elapsed_s() == pytest.approx(50.1 + 0.12, abs=0.01)


async def test_what_is_given_back_at_the_minutes_end_is_free(file: CountingFile, clock: Clock) -> None:
    """A cancelled burst costs the other program nothing afterwards."""
    first, second = program(file, clock), program(file, clock)
    async with first.lease(2040):
        pass
    await first.close_minute()
    await spend(second, 2000)
    assert elapsed_s() < 1


async def test_a_book_that_cannot_be_kept_is_said_once(
    file: CountingFile, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The program goes on alone, by the venue's counter, and tries again in the next minute."""
    caplog.set_level(logging.INFO, "eliteflow")
    file.breaks = PermissionError(13, "Permission denied")
    budget = program(file, clock)
    for _ in range(3):
        await asyncio.gather(*(spend(budget, 10) for _ in range(20)))
        await asyncio.sleep(60)
    [line] = [record.getMessage() for record in caplog.records]
    assert line == (
        f"weight is not shared with your other programs: {file.path} cannot be used (Permission denied); counting by "
        "the venue's own counter"
    )
    assert not budget.snapshot().is_shared
    assert file.opened == 3
    file.breaks = None
    await spend(budget, 1)
    assert budget.snapshot().is_shared


async def test_a_damaged_book_is_said_with_where_it_went(
    file: CountingFile, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """One line, and everything goes on."""
    caplog.set_level(logging.INFO, "eliteflow")
    file.path.parent.mkdir()
    file.path.write_text("{")
    await spend(program(file, clock), 1)
    assert [record.getMessage() for record in caplog.records] == [
        f"{file.path} was damaged and begins anew; its content is kept in {file.path.with_suffix('.damaged')}"
    ]


async def test_an_order_does_not_wait_for_the_book(file: CountingFile, clock: Clock) -> None:
    """It is counted in what this program tells afterwards."""
    budget = program(file, clock)
    await spend(budget, 1, Priority.ORDER)
    assert file.opened == 0
    await budget.close_minute()
    assert file.update(lambda book: next(iter(book.minutes.values())).granted.popitem()[1]) == 1


async def test_a_ban_is_told_to_every_program(file: CountingFile, clock: Clock) -> None:
    """By the next lease; also after a restart."""
    first, second = WeightShare(file, clock), WeightShare(file, clock)
    heard: list[tuple[int, int]] = []
    second.on_ban = lambda left_ms, until_ms: heard.append((left_ms, until_ms))
    until_ms = clock.now_ms() + 120_000
    first.enter_ban(until_ms, 120_000)
    await asyncio.sleep(30)
    await spend(WeightBudget(clock, shared=second), 1)
    assert heard == [(90_000, until_ms)]


def test_the_share_follows_to_another_event_loop(file: CountingFile) -> None:
    """A script may call `asyncio.run` again and again, also when the first ended in the middle of a question."""
    clock = Clock()
    budget = program(file, clock)

    async def leave_early() -> None:
        asking = asyncio.create_task(spend(budget, 1))
        await asyncio.sleep(0)
        asking.cancel()

    async def stay() -> None:
        async with asyncio.timeout(5), budget.lease(1):
            pass

    asyncio.run(leave_early())
    asyncio.run(stay())
