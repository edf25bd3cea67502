"""Tests of the loop in which waiting takes no time."""

import asyncio
import threading
import time

import pytest

from eliteflow.testing.virtual_time import VirtualTimeLoop


def test_a_day_passes_at_once() -> None:
    """Timers fire in their order, at their times, and the clock goes with them."""
    order: list[tuple[str, float]] = []

    async def wake(name: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        order.append((name, asyncio.get_running_loop().time()))

    async def day() -> int:
        await asyncio.gather(wake("evening", 64_800), wake("morning", 21_600.5), wake("midnight", 86_400))
        return clock.now_ms()

    loop = VirtualTimeLoop()
    clock = loop.clock(1_000)
    began_s = time.monotonic()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(day()) == 86_401_000
    assert order == [("morning", 21_600.5), ("evening", 64_800.0), ("midnight", 86_400.0)]
    assert time.monotonic() - began_s < 5


def test_work_takes_no_virtual_time() -> None:
    """Only waiting does."""

    async def work() -> float:
        for _ in range(1000):
            await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(work()) == 0


def test_a_thread_may_still_wake_the_loop() -> None:
    """Without timers the loop gives real things some real seconds."""

    async def ask() -> str:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()
        threading.Thread(target=loop.call_soon_threadsafe, args=(answer.set_result, "done")).start()
        return await answer

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(ask()) == "done"


def test_work_for_a_thread_is_done_at_once() -> None:
    """It takes no virtual time, even where a timer is near, and its errors come out as from a thread."""

    def divide(by: int) -> float:
        return 1 / by

    async def work() -> tuple[float, float]:
        waiting = asyncio.create_task(asyncio.sleep(0.001))
        half = await asyncio.to_thread(divide, 2)
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(divide, 0)
        taken_s = asyncio.get_running_loop().time()
        await waiting
        return half, taken_s

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(work()) == (0.5, 0.0)


def test_a_deadlock_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that could wait for ever fails instead."""
    monkeypatch.setattr("eliteflow.testing.virtual_time.PATIENCE_S", 0.01)

    async def wait_for_nobody() -> None:
        await asyncio.get_running_loop().create_future()

    loop = VirtualTimeLoop()
    with pytest.raises(RuntimeError, match="every task waits"):
        loop.run_until_complete(wait_for_nobody())
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
