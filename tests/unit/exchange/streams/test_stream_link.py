"""One connection at work."""

import asyncio
from random import Random

from eliteflow.clock import Clock
from eliteflow.exchange.streams import stream_link
from eliteflow.exchange.streams.stream_link import StreamLink
from eliteflow.exchange.streams.stream_plan import stream_names
from eliteflow.exchange.streams.stream_session import SessionRules, SessionState, StreamSession
from eliteflow.exchange.streams.stream_slot import StreamSlot
from eliteflow.exchange.streams.stream_wire import Acknowledged, Decoded
from eliteflow.model.timeframe import Timeframe
from tests.unit.exchange.conftest import START_MS
from tests.unit.exchange.streams.scripted_frames import ScriptedFrames
from tests.unit.exchange.streams.stream_frames import kline

RULES = SessionRules(first_frame_s=10.0, stale_s=30.0, rollover_s=3_600.0)


class Scene:
    """A link of AUSDT, and what it handed over. gate: while it is not set, handing over waits."""

    def __init__(self, clock: Clock) -> None:
        self.source = ScriptedFrames()
        self.slot = StreamSlot(1, stale_s=30.0, early_s=0.0, dice=Random(1))
        self.slot.carry(("AUSDT",))
        self.session = StreamSession(RULES, lambda topic: stream_names(topic, (Timeframe.M5,)))
        self.slot.filled(self.session)
        self.taken: list[Decoded] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.link = StreamLink(self.slot, self.session, clock, self.take)

    async def take(self, link: StreamLink, decoded: Decoded) -> None:
        """Keep what is handed over."""
        await self.gate.wait()
        self.taken.append(decoded)

    @property
    def symbols(self) -> list[str]:
        """Whose candles were handed over."""
        return [push.candle.symbol for decoded in self.taken for push in decoded.pushes]


async def test_it_asks_and_hands_over_what_comes(clock: Clock) -> None:
    """On the route of the klines; it ends with the venue's own words."""
    scene = Scene(clock)
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(scene.link.run(scene.source))
        await asyncio.sleep(1)
        (connection,) = scene.source.connections
        assert scene.source.paths == ["/market/stream"]
        assert connection.names == ["ausdt@kline_5m"]
        connection.feed(kline("AUSDT", START_MS), kline("AUSDT", START_MS + 600))
        await asyncio.sleep(1)
        assert [decoded.news for decoded in scene.taken] == [[Acknowledged(1)], []]
        assert scene.symbols == ["AUSDT", "AUSDT"]
        assert (scene.slot.messages, scene.slot.lag_ms) == (3, 400)
        connection.feed(kline("AUSDT", START_MS + 700))
        connection.end(1008, "Too many requests")
        await run
    assert len(scene.symbols) == 3
    assert (scene.link.reason, scene.link.detail) == ("closed", "1008 Too many requests")


async def test_no_connection_is_said_in_the_systems_words(clock: Clock) -> None:
    """Nothing is raised: the next attempt is somebody else's business."""
    scene = Scene(clock)
    scene.source.refuses = 1
    await scene.link.run(scene.source)
    assert (scene.link.reason, scene.link.detail) == ("unreachable", "connection refused")


async def test_an_end_on_purpose_keeps_what_has_come(clock: Clock) -> None:
    """And its reason."""
    scene = Scene(clock)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(scene.link.run(scene.source))
        await asyncio.sleep(1)
        scene.source.connections[0].feed(kline("AUSDT"))
        await scene.link.end("stale")
    assert scene.symbols == ["AUSDT"]
    assert (scene.link.reason, scene.link.detail) == ("stale", "")
    assert scene.source.open == []


async def test_an_end_while_it_connects_is_kept(clock: Clock) -> None:
    """The connection is closed as soon as it stands, unused."""
    scene = Scene(clock)
    await scene.link.end("closed")
    await scene.link.run(scene.source)
    assert (scene.source.open, scene.session.state) == ([], SessionState.CONNECTING)
    assert scene.source.connections[0].sent == []


async def test_who_is_cancelled_closes_its_connection(clock: Clock) -> None:
    """Nothing stays open."""
    scene = Scene(clock)
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(scene.link.run(scene.source))
        await asyncio.sleep(1)
        run.cancel()
    assert scene.source.open == []


async def test_while_its_reader_is_busy_nothing_is_received(clock: Clock) -> None:
    """It says so, so that nobody takes it for dead."""
    scene = Scene(clock)
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(scene.link.run(scene.source))
        scene.gate.clear()
        await asyncio.sleep(1)
        assert scene.link.is_held
        scene.source.connections[0].feed(kline("AUSDT"))
        await asyncio.sleep(1)
        assert scene.slot.messages == 1
        scene.gate.set()
        await asyncio.sleep(1)
        assert (scene.link.is_held, scene.slot.messages) == (False, 2)
        run.cancel()


async def test_a_flood_is_decoded_in_pieces(clock: Clock) -> None:
    """Others have their turn in between."""
    scene = Scene(clock)
    turns: list[int] = []
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(scene.link.run(scene.source))
        await asyncio.sleep(1)
        scene.source.connections[0].feed(*[kline("AUSDT")] * (stream_link.AT_ONCE + 1))
        asyncio.get_running_loop().call_soon(lambda: turns.append(len(scene.taken)))
        await asyncio.sleep(1)
        assert [len(decoded.pushes) for decoded in scene.taken] == [0, stream_link.AT_ONCE, 1]
        assert turns == [2]
        run.cancel()


async def test_a_connection_that_closes_while_it_is_spoken_to_ends_the_link(clock: Clock) -> None:
    """The reader tells it; speaking raises nothing."""
    scene = Scene(clock)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(scene.link.run(scene.source))
        await asyncio.sleep(1)
        scene.slot.carry(("AUSDT", "BUSDT"))
        scene.source.connections[0].end()
        await scene.link.speak()
    assert scene.link.detail == "1006"
