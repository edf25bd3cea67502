"""The ledger loses no bar, whatever is lost, whenever, and however slowly it is repaired."""

from hypothesis import given
from hypothesis import strategies as st

from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.bar_close import WATCH_MS
from eliteflow.pipeline.gaps import Doubt, GapLedger
from eliteflow.testing.series import HEAD_MS

SYMBOLS = ("A", "B")
M5 = Timeframe.M5
HOUR_S = 3_600
PUSH_S = 2

Outage = tuple[str, int, int]
outages = st.lists(st.tuples(st.sampled_from(SYMBOLS), st.integers(0, HOUR_S), st.integers(1, 1_500)), max_size=6)
"""Symbol, second of the loss, seconds until it is live again; a loss while down is a loss as well."""

finals_lost = st.sets(st.tuples(st.sampled_from(SYMBOLS), st.integers(0, 11)), max_size=4)
"""Bars of the hour whose last push the venue never sends although the stream lives."""

answers = st.lists(st.sampled_from(("nothing", "half", "all")), max_size=30)
"""What becomes of each attempt to repair; all that follow succeed."""


class World:
    """An hour of 5m bars of two symbols, second by second: streams, memory, a watch of closes, and a ledger."""

    def __init__(self, outages: list[Outage], finals_lost: set[tuple[str, int]], answers: list[str]) -> None:
        self.ledger = GapLedger((M5,))
        self.held: set[tuple[str, int]] = set()
        self.answers = iter(answers)
        self.finals_lost = finals_lost
        self.is_down = dict.fromkeys(SYMBOLS, 0)
        self.begins = {(symbol, second) for symbol, second, _ in outages}
        self.ends = [(symbol, second + lasts) for symbol, second, lasts in outages]

    def second(self, now_s: int) -> None:
        """Let one second pass."""
        now_ms = HEAD_MS + now_s * 1_000
        for symbol in SYMBOLS:
            if (symbol, now_s) in self.begins:
                self.is_down[symbol] += 1
                self.ledger.lost([symbol], now_ms, "closed")
            if ended := self.ends.count((symbol, now_s)):
                self.is_down[symbol] -= min(self.is_down[symbol], ended)
                if not self.is_down[symbol]:
                    self.ledger.live([symbol], now_ms)
            self.push(symbol, now_s)
        if (due_ms := self.ledger.next_ms()) is not None and due_ms <= now_ms:
            for doubt in self.ledger.due(now_ms):
                self.repair(doubt, now_ms)

    def push(self, symbol: str, now_s: int) -> None:
        """Bring the last push of a bar while the stream lives; give up at the end of the watch otherwise."""
        bar, after_s = divmod(now_s, 300)
        if after_s == PUSH_S and not self.is_down[symbol] and (symbol, bar - 1) not in self.finals_lost:
            self.held.add((symbol, bar - 1))
        if after_s == WATCH_MS // 1_000 and (symbol, bar - 1) not in self.held:
            open_ms = HEAD_MS + (bar - 1) * M5.ms
            if not self.is_down[symbol]:
                self.ledger.suspect(symbol, M5, open_ms, open_ms)

    def repair(self, doubt: Doubt, now_ms: int) -> None:
        """Look into memory and fetch what lacks, with more or less success."""
        assert doubt.last_ms + M5.ms + PUSH_S * 1_000 < now_ms, "the venue may still change it"
        bars = range((doubt.first_ms - HEAD_MS) // M5.ms, (doubt.last_ms - HEAD_MS) // M5.ms + 1)
        for symbol in doubt.symbols:
            lacking = [bar for bar in bars if (symbol, bar) not in self.held]
            if lacking:
                self.ledger.found(doubt, [symbol])
                outcome = next(self.answers, "all")
                fetched = {"nothing": 0, "half": len(lacking) // 2, "all": len(lacking)}[outcome]
                self.held |= {(symbol, bar) for bar in lacking[:fetched]}
            if all((symbol, bar) in self.held for bar in bars):
                self.ledger.repaired(doubt, [symbol])


@given(outages, finals_lost, answers)
def test_every_bar_is_there_in_the_end(
    outages: list[Outage], finals_lost: set[tuple[str, int]], answers: list[str]
) -> None:
    """After an hour of losses and an hour of quiet, no bar of the hour is missing and nothing is in doubt."""
    world = World(outages, finals_lost, answers)
    for now_s in range(2 * HOUR_S + 1):
        world.second(now_s)
    assert world.held >= {(symbol, bar) for symbol in SYMBOLS for bar in range(12)}
    assert world.ledger.down == {}
    assert world.ledger.next_ms() is None
    assert world.ledger.open == 0


@given(outages, finals_lost, answers)
def test_the_ledger_is_asked_only_when_something_may_be_due(
    outages: list[Outage], finals_lost: set[tuple[str, int]], answers: list[str]
) -> None:
    """After `due` the next moment lies ahead, so that whoever waits for it does not spin."""
    world = World(outages, finals_lost, answers)
    for now_s in range(0, HOUR_S, 5):
        world.second(now_s)
        next_ms = world.ledger.next_ms()
        if next_ms is not None and next_ms <= HEAD_MS + now_s * 1_000:
            world.ledger.due(HEAD_MS + now_s * 1_000)
            again_ms = world.ledger.next_ms()
            assert again_ms is not None
            assert again_ms > HEAD_MS + now_s * 1_000
