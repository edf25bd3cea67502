"""Every stream to its listeners, in the order of venue time: time in, messages out."""

from collections.abc import Callable
from functools import partial

from eliteflow.emulator.agenda import NEVER_MS, Agenda
from eliteflow.emulator.bar_plan import PlannedPush, planned_klines, planned_trades
from eliteflow.emulator.bars import FIRST_TRADE, TRADES
from eliteflow.emulator.delivery import Delivery
from eliteflow.emulator.intervals import BASE_MS, MINUTE, SECOND
from eliteflow.emulator.market import Market
from eliteflow.emulator.market_events import MarketEvents
from eliteflow.emulator.stream_events import agg_trades, book_ticker, continuous_kline, kline
from eliteflow.emulator.stream_names import AGG_TRADE, BOOK_TICKER, CONTRACT_INFO, EVERYONE, KLINE, KLINES, Stream
from eliteflow.emulator.stream_settings import StreamSettings
from eliteflow.emulator.ws_session import Session

_LONGEST_LAG_MS = 600_000
"""Who calls later than this has slept; what it missed is not replayed."""


class Broadcast:
    """Pushes what the market does to the sessions that listen."""

    def __init__(self, market: Market, delivery: Delivery, settings: Callable[[], StreamSettings]) -> None:
        self._market = market
        self._delivery = delivery
        self._settings = settings
        self._events = MarketEvents(market)
        self._listeners: dict[Stream, list[Session]] = {}
        self._klines: dict[int, list[Stream]] = {}
        self._trades: dict[int, list[Stream]] = {}
        self._agenda = Agenda()
        self._time_ms = -_LONGEST_LAG_MS
        self._plan: list[PlannedPush] = []
        self._place = self._plan_number = 0
        self._is_stale = False
        self._trade_numbers: dict[int, int] = {}

    def listen(self, stream: Stream, session: Session) -> None:
        """Deliver a stream to a session from now on."""
        listeners = self._listeners.setdefault(stream, [])
        if not listeners and stream.row != EVERYONE and not stream.every_ms:
            self._by_row(stream).setdefault(stream.row, []).append(stream)
        listeners.append(session)
        self._is_stale = True

    def leave(self, stream: Stream, session: Session) -> None:
        """Deliver it no longer."""
        listeners = self._listeners[stream]
        listeners.remove(session)
        if listeners:
            return
        del self._listeners[stream]
        by_row = self._by_row(stream)
        if stream in by_row.get(stream.row, ()):
            by_row[stream.row].remove(stream)
            if not by_row[stream.row]:
                del by_row[stream.row]
        self._is_stale = True

    def advance(self, now_ms: int) -> None:
        """Send everything that was due by now."""
        is_in_step = 0 <= now_ms - self._time_ms <= _LONGEST_LAG_MS
        since_ms = self._time_ms if is_in_step else now_ms
        if not self._listeners:
            self._agenda.clear()
        elif not is_in_step or self._agenda.next_ms == NEVER_MS:
            self._begin(since_ms)
        elif self._is_stale:
            self._make_plan(since_ms)
        self._is_stale = False
        self._agenda.run(now_ms)
        self._delivery.release(now_ms)
        self._time_ms = now_ms

    @property
    def next_ms(self) -> int:
        """When there is something to send again."""
        return self._time_ms if self._is_stale else min(self._agenda.next_ms, self._delivery.next_ms)

    def announce(self, row: int, event_ms: int) -> None:
        """Push what has become of a contract, and let its streams begin or end."""
        body = self._events.contract_info(row, event_ms)
        self._send(Stream("!contractInfo", CONTRACT_INFO), body, event_ms)
        self._is_stale = True

    def _by_row(self, stream: Stream) -> dict[int, list[Stream]]:
        return self._klines if stream.kind in KLINES else self._trades

    def _begin(self, now_ms: int) -> None:
        """Plan everything anew."""
        self._agenda.clear()
        self._make_plan(now_ms)
        self._agenda.at(now_ms - now_ms % BASE_MS + BASE_MS, self._open_bar)
        self._agenda.at(now_ms - now_ms % SECOND + SECOND, self._second)
        delay_ms = self._settings().final_delay_ms
        first = (now_ms - delay_ms) // MINUTE * MINUTE + MINUTE
        self._agenda.at(first + delay_ms, partial(self._close_bars, first))

    def _make_plan(self, now_ms: int) -> None:
        """Plan the pushes of the bar in progress that are still to come."""
        bar, elapsed_ms = divmod(now_ms, BASE_MS)
        live = {row for row in {*self._klines, *self._trades} if self._market.is_live(row, now_ms)}
        self._plan, self._place = [], 0
        self._plan_number += 1
        if live:
            pulse = self._market.base.pulse(bar)
            klines, trades = live & self._klines.keys(), live & self._trades.keys()
            self._plan = planned_klines(pulse, klines, elapsed_ms, self._settings().kline_push_ms)
            self._plan = sorted(self._plan + planned_trades(pulse, trades, elapsed_ms))
            self._plan_next(bar * BASE_MS)

    def _plan_next(self, bar_opens_ms: int) -> None:
        if self._place < len(self._plan):
            due_ms = bar_opens_ms + self._plan[self._place].elapsed_ms
            self._agenda.at(due_ms, partial(self._play, self._plan_number))

    def _play(self, plan_number: int, due_ms: int) -> None:
        """Push what this moment of the bar brings."""
        if plan_number != self._plan_number:
            return
        bar, elapsed_ms = divmod(due_ms, BASE_MS)
        plan = self._plan
        while self._place < len(plan) and plan[self._place].elapsed_ms <= elapsed_ms:
            _, row, step = plan[self._place]
            self._place += 1
            if step >= 0:
                self._push_batch(row, bar, step, due_ms)
            else:
                self._push_klines(row, due_ms)
        self._plan_next(bar * BASE_MS)

    def _open_bar(self, due_ms: int) -> None:
        self._make_plan(due_ms)
        self._agenda.at(due_ms + BASE_MS, self._open_bar)

    def _second(self, due_ms: int) -> None:
        for stream in [s for s in self._listeners if s.every_ms and due_ms % s.every_ms == 0]:
            for body in self._events.of(stream, due_ms):
                self._send(stream, body, due_ms)
        self._agenda.at(due_ms + SECOND, self._second)

    def _close_bars(self, closed_ms: int, due_ms: int) -> None:
        """Push the final klines of all bars that closed at `closed_ms`."""
        for stream in [stream for streams in self._klines.values() for stream in streams]:
            assert stream.interval is not None
            if stream.interval.opens_at(stream.interval.index_at(closed_ms)) == closed_ms:
                for delay_ms, is_stale in self._delivery.fates_of_final(stream, due_ms):
                    action = partial(self._push_final, stream, closed_ms, is_stale)
                    self._agenda.at(due_ms + delay_ms, action)
        delay_ms = self._settings().final_delay_ms
        self._agenda.at(closed_ms + MINUTE + delay_ms, partial(self._close_bars, closed_ms + MINUTE))

    def _push_final(self, stream: Stream, closed_ms: int, is_stale: bool, due_ms: int) -> None:
        """Push a bar's final kline, or once more what it was a while before its close."""
        if not self._market.is_live(stream.row, closed_ms - 1) or stream not in self._listeners:
            return
        assert stream.interval is not None
        until_ms = closed_ms - stream.interval.length_ms // 10 if is_stale else closed_ms - 1
        bar = self._market.candles.forming(stream.row, stream.interval, until_ms)
        if bar[TRADES] or self._settings().push_empty_bars:
            self._send(stream, self._kline(stream, bar, closed_ms - 1, due_ms, is_final=not is_stale), due_ms)

    def _push_klines(self, row: int, due_ms: int) -> None:
        for stream in self._klines.get(row, ()):
            assert stream.interval is not None
            bar = self._market.candles.forming(row, stream.interval, due_ms)
            if bar[TRADES]:
                self._send(stream, self._kline(stream, bar, due_ms, due_ms, is_final=False), due_ms)

    def _kline(self, stream: Stream, bar: list[int], inside_ms: int, event_ms: int, *, is_final: bool) -> bytes:
        interval = stream.interval
        assert interval is not None
        index = interval.index_at(inside_ms)
        times = interval.opens_at(index), interval.opens_at(index + 1) - 1
        write = kline if stream.kind == KLINE else continuous_kline
        return write(self._market.instruments[stream.row], interval.name, *times, bar, event_ms, is_final=is_final)

    def _push_batch(self, row: int, bar: int, step: int, due_ms: int) -> None:
        batch = self._market.base.pulse(bar).batch(row, step)
        instrument = self._market.instruments[row]
        for stream in self._trades.get(row, ()):
            if stream.kind == BOOK_TICKER:
                self._send(stream, book_ticker(instrument, batch, due_ms), due_ms)
            elif stream.kind == AGG_TRADE:
                number = self._trade_numbers.setdefault(row, batch[FIRST_TRADE] // 2)
                bodies = agg_trades(instrument, batch, number, due_ms)
                self._trade_numbers[row] = number + len(bodies)
                for body in bodies:
                    self._send(stream, body, due_ms)

    def _send(self, stream: Stream, body: bytes, due_ms: int) -> None:
        if listeners := self._listeners.get(stream):
            self._delivery.send(stream, listeners, body, due_ms)
