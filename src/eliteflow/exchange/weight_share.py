"""This program's part of the weight that all programs of the user spend together."""

import asyncio
import os
import secrets
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from eliteflow.clock import Clock
from eliteflow.exchange.shared_book import (
    REFUSED_MS,
    Ban,
    Book,
    Grant,
    Wish,
    WrittenRefusal,
    enter_ban,
    enter_refusal,
    write_down,
)
from eliteflow.exchange.shared_file import SharedFile
from eliteflow.exchange.unreachable import system_reason
from eliteflow.exchange.weight_ledger import KEPT_BACK, LEAST_SHARE, WeightLedger, next_window_ms, spending_minute
from eliteflow.model.priority import Priority
from eliteflow.telemetry.log import EventLog

# Leased at once: at least so much, so that single requests need no file; at most a fifth of the limit, which is what
# may be under way, so that programs that begin together take turns.
SMALLEST_BLOCK, LARGEST_BLOCK_SHARE = 20, 0.2


class WeightShare:
    """Leases blocks of weight from the shared book, in a thread; no request waits for a file while a block lasts.

    Where the book cannot be kept this program counts alone, by the venue's counter; that is said once, and tried again
    in the next minute. way: through which proxy the venue is spoken to, empty for none.

    on_change: called when a lease has come or failed. on_ban: with the ms that a ban still lasts and its end;
    on_refusal: with the status of a 403 or 451 and the ms for which nobody asks again. Both also when another program
    met it, or an earlier run of this one.
    """

    def __init__(self, file: SharedFile, clock: Clock, way: str = "") -> None:
        self.on_change: Callable[[], None] = _nothing
        self.on_ban: Callable[[int, int], None] = _nothing_of
        self.on_refusal: Callable[[int, int], None] = _nothing_of
        self.strangers_peak = 0
        self.is_reader = False
        self._file = file
        self._clock = clock
        self._way = way
        self._program = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._leased = _Leased(0, 0)
        self._alone_in = -1
        self._under_way: asyncio.Future[Grant] | None = None
        self._told = False
        self._log = EventLog("WeightBudget")

    def __repr__(self) -> str:
        return f"<WeightShare of {self._file.path}, {self._leased.weight} leased>"

    def is_alone(self, now_ms: int) -> bool:
        """Return whether the book could not be used in this minute."""
        return self._alone_in == spending_minute(now_ms)

    def wait_ms(
        self, weight: int, priority: Priority, now_ms: int, ledger: WeightLedger, demand: Callable[[], int]
    ) -> int | None:
        """Return how long a request that the ledger lets go has to wait for a lease; None until one has come.

        demand: the weight of everybody in the line, asked only when a lease is.
        """
        minute = spending_minute(now_ms)
        if priority is Priority.ORDER or self._alone_in == minute:
            return 0
        leased = self._leased if self._leased.minute == minute else _Leased(minute, 0)
        lacking = ledger.own_spent(now_ms) + weight - leased.weight
        if lacking <= 0:
            return 0
        top = int(ledger.ceiling * (1 - KEPT_BACK[priority]))
        if top <= leased.full_up_to:
            return next_window_ms(now_ms) - now_ms
        if not self._is_asking():
            want = min(max(demand(), SMALLEST_BLOCK), int(ledger.limit * LARGEST_BLOCK_SHARE)) + lacking - weight
            block = self._wish(now_ms, ledger)._replace(
                want=max(want, lacking), least=lacking, top=top, floor=int(ledger.limit * LEAST_SHARE)
            )
            self._ask(block)
        return None

    async def close_minute(self, now_ms: int, ledger: WeightLedger) -> bool:
        """Give back what will not be spent of this minute, and tell what was seen in it.

        Return whether it is this program that looks at the venue's counter once more.
        """
        if self._is_asking():
            return False  # in the middle of a burst, whose answers tell the counter
        spent, minute = ledger.own_spent(now_ms), spending_minute(now_ms)
        if self._leased.minute == minute:
            self._leased = self._leased._replace(weight=spent)
        await asyncio.wait((self._ask(self._wish(now_ms, ledger)._replace(spent=spent)),))
        return self.is_reader or self._alone_in == minute

    def enter_ban(self, until_ms: int, left_ms: int) -> None:
        """Write down a ban that the venue has just answered."""
        self._write(partial(enter_ban, ban=Ban(until_ms, until_ms - left_ms - self._clock.machine_ms())))

    def enter_refusal(self, status: int) -> None:
        """Write down a 403 or 451 that the venue has just answered."""
        refusal = WrittenRefusal(status, self._clock.machine_ms() + REFUSED_MS)
        self._write(partial(enter_refusal, way=self._way, refusal=refusal))

    def _write(self, change: Callable[[Book], None]) -> None:
        writing = asyncio.get_running_loop().run_in_executor(None, self._file.update, change)
        writing.add_done_callback(self._written)

    def _wish(self, now_ms: int, ledger: WeightLedger) -> Wish:
        return Wish(
            self._program,
            spending_minute(now_ms),
            self._clock.machine_ms(),
            unexplained=ledger.unexplained(now_ms),
            way=self._way,
        )

    def _is_asking(self) -> bool:
        # One that was under way when its event loop ended will never come.
        return self._under_way is not None and self._under_way.get_loop() is asyncio.get_running_loop()

    def _ask(self, wish: Wish) -> "asyncio.Future[Grant]":
        def change(book: Book) -> Grant:
            return write_down(book, wish)

        asking = self._under_way = asyncio.get_running_loop().run_in_executor(None, self._file.update, change)
        asking.add_done_callback(partial(self._answered, wish))
        return asking

    def _answered(self, wish: Wish, answer: "asyncio.Future[Grant]") -> None:
        self._under_way = None
        if answer.cancelled():
            return
        self._tell_of_damage()
        if (error := answer.exception()) is not None:
            self._stay_alone(wish.minute, error)
        else:
            self._take(wish, answer.result())
        self.on_change()

    def _take(self, wish: Wish, grant: Grant) -> None:
        full_up_to = self._leased.full_up_to if self._leased.minute == wish.minute else 0
        self._leased = _Leased(wish.minute, grant.leased, max(full_up_to, wish.top if grant.is_short else 0))
        self.strangers_peak = grant.strangers_peak
        self.is_reader = grant.is_reader
        if grant.ban is not None:
            self.on_ban(grant.ban.left_ms(wish.machine_ms), grant.ban.until_ms)
        if grant.refusal is not None:
            self.on_refusal(grant.refusal.status, grant.refusal.left_ms(wish.machine_ms))

    def _stay_alone(self, minute: int, error: BaseException) -> None:
        self._alone_in = minute
        if not self._told:
            self._told = True
            self._log.write("weight.alone", path=str(self._file.path), reason=system_reason(error))

    def _tell_of_damage(self) -> None:
        kept, self._file.set_aside = self._file.set_aside, None
        if kept is not None:
            self._log.write("weight.set_aside", path=str(self._file.path), kept=str(kept))

    def _written(self, writing: "asyncio.Future[None]") -> None:
        self._tell_of_damage()
        if not writing.cancelled() and (error := writing.exception()) is not None:
            self._stay_alone(-1, error)


class _Leased(NamedTuple):
    """Our weight in a clock minute. full_up_to: to where the book had no more for us, 0 while it had."""

    minute: int
    weight: int
    full_up_to: int = 0


def _nothing() -> None:
    """Nobody listens yet."""


def _nothing_of(what: int, until_ms: int) -> None:
    """Nobody listens yet."""
