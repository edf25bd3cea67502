"""What doctor looks at on the stream side: whether the route of klines opens, and brings one in time."""

import asyncio

from eliteflow.clock import Clock
from eliteflow.errors import ExchangeUnreachable
from eliteflow.exchange.streams.stream_plan import HEARTBEAT, MARKET_ROUTE, StreamRequest, stream_names, stream_path
from eliteflow.exchange.streams.stream_wire import Heartbeat, decode_frames
from eliteflow.exchange.transport import FrameConnection, FrameSource
from eliteflow.messages import text
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.doctor.diagnosis import Finding, failed, ok, warning

WITNESS = "BTCUSDT"
"""Always traded, so its klines always come."""


async def check_stream(source: FrameSource, clock: Clock, first_frame_s: float) -> Finding:
    """Subscribe to one contract's klines, and see how long the first takes; `first_frame_s` for each step at most."""
    names = (*stream_names(WITNESS, (Timeframe.M5,)), HEARTBEAT)
    sent_s = clock.steady_s()
    try:
        connection = await source.connect(stream_path(MARKET_ROUTE, names), timeout_s=first_frame_s)
    except ExchangeUnreachable as error:
        return failed("stream", error.reason, text("doctor.stream_advice"), ExchangeUnreachable.exit_status)
    try:
        await connection.send(StreamRequest(1, "SUBSCRIBE", (WITNESS, HEARTBEAT), names).text())
        return await _first_kline(connection, clock, sent_s, first_frame_s)
    finally:
        await connection.close()


async def _first_kline(connection: FrameConnection, clock: Clock, sent_s: float, first_frame_s: float) -> Finding:
    is_alive = False
    try:
        async with asyncio.timeout(first_frame_s):
            while frames := await connection.receive():
                said = decode_frames(frames)
                if said.pushes:
                    return ok("stream", text("doctor.stream_ok", seconds=clock.steady_s() - sent_s))
                is_alive |= any(isinstance(news, Heartbeat) for news in said.news)
    except TimeoutError:
        if is_alive:
            found = text("doctor.stream_quiet", symbol=WITNESS, seconds=first_frame_s)
            return warning("stream", found, text("doctor.stream_quiet_advice"))
        found = text("doctor.stream_silent", seconds=first_frame_s)
        return failed("stream", found, text("doctor.stream_silent_advice"), ExchangeUnreachable.exit_status)
    found = text("doctor.stream_closed", code=connection.close_code, reason=connection.close_reason)
    return failed("stream", found, text("doctor.stream_advice"), ExchangeUnreachable.exit_status)
