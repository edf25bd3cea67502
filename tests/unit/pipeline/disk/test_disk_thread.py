"""The thread in which the disk is waited for."""

import asyncio
import threading

import pytest

from eliteflow.pipeline.disk.disk_thread import DiskThread


async def test_work_is_done_in_order_and_answers() -> None:
    """With what it returns, or raises."""
    thread, done = DiskThread(), list[int]()
    _, counted = await asyncio.gather(thread.do(lambda: done.append(1)), thread.do(lambda: len(done)))
    assert counted == 1
    with pytest.raises(ZeroDivisionError):
        await thread.do(lambda: 1 // 0)
    await thread.aclose()


async def test_what_has_begun_is_finished_though_nobody_waits_for_it() -> None:
    """A program that is stopped in the middle of a write still writes."""
    thread, begun, go_on, done = DiskThread(), threading.Event(), threading.Event(), list[str]()

    def work() -> None:
        begun.set()
        go_on.wait(10)
        done.append("written")

    task = asyncio.create_task(thread.do(work))
    await asyncio.get_running_loop().run_in_executor(None, begun.wait, 10)
    task.cancel()
    await asyncio.wait([task])
    assert (task.cancelled(), done) == (True, [])
    go_on.set()
    await thread.aclose()
    assert done == ["written"]
