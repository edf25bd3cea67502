"""What the programs of one user write down together about one venue: weight, strangers, a ban, refusals. Pure.

A program leases weight of a clock minute before it sends. All leases of a minute together never exceed what the venue's
limit leaves after strangers, that is everybody on the address who does not write here. A program that dies keeps its
leases until their minute is over.
"""

from typing import NamedTuple

import msgspec
from msgspec import Struct

# What strangers spend is taken from the last hour. In 24 simulated hours beside bursts of up to 720 a minute the last
# ten minutes did not always hold one of the largest: one minute came to 2,172 of 2,160 allowed; with an hour, none.
MEMORY_MINUTES = 60
# A program that is started again and again asks a venue that refuses it once a minute. Not for longer: whoever has
# moved, or changed the network behind the program's back, would wait for nothing.
REFUSED_MS = 60_000


class Ban(Struct, frozen=True):
    """A 418. until_ms: venue time. offset_ms: how far that was ahead of the machine's clock when the ban came."""

    until_ms: int
    offset_ms: int

    def left_ms(self, machine_ms: int) -> int:
        """Return how long it still lasts; a machine clock that is wrong is as wrong as it was when the ban came."""
        return self.until_ms - self.offset_ms - machine_ms


class WrittenRefusal(Struct, frozen=True):
    """A 403 or 451. until_ms: by the machine's clock, until when nobody asks again on the way on which it came."""

    status: int
    until_ms: int

    def left_ms(self, machine_ms: int) -> int:
        """Return how long it still lasts, 0 where the machine's clock was set back meanwhile."""
        left_ms = self.until_ms - machine_ms
        return left_ms if 0 < left_ms <= REFUSED_MS else 0


class Minute(Struct, omit_defaults=True):
    """granted: program → weight it may spend. strangers: what surely none of them spent. reader: who reads its end."""

    granted: dict[str, int] = {}
    strangers: int = 0
    reader: str = ""


class Book(Struct):
    """The whole file. refusals: by the way on which they came. minutes: by number since the epoch."""

    version: int = 1
    ban: Ban | None = None
    refusals: dict[str, WrittenRefusal] = {}
    minutes: dict[int, Minute] = {}


class Wish(NamedTuple):
    """What a program asks for and tells at one opening of the book.

    minute: the present one. want: weight to lease beyond what it has; at least `least` where nobody has any.
    top: weight that its class may bring a minute to, strangers included. floor: what is ours however much they spend.
    unexplained: minute → most that the venue's counter was ahead of everything this program may have sent.
    spent: given at a minute's end, its spending so far; the rest of its lease goes back.
    way: through which proxy it speaks to the venue, empty for none.
    """

    program: str
    minute: int
    machine_ms: int
    want: int = 0
    least: int = 0
    top: int = 0
    floor: int = 0
    unexplained: tuple[tuple[int, int], ...] = ()
    spent: int | None = None
    way: str = ""


class Grant(NamedTuple):
    """What the book answers.

    leased: the program's weight in the minute. is_short: whether that is less than it wanted.
    strangers_peak: the most of the last minutes. is_reader: whether this program shall read the minute's last counter.
    refusal: what lasts on the program's own way.
    """

    leased: int
    is_short: bool
    strangers_peak: int
    ban: Ban | None
    is_reader: bool
    refusal: WrittenRefusal | None = None


def write_down(book: Book, wish: Wish) -> Grant:
    """Enter a program's wish and what it has seen, and return what it gets."""
    _forget(book, wish)
    minute = book.minutes.setdefault(wish.minute, Minute())
    if wish.spent is not None:
        minute.granted[wish.program] = wish.spent
        minute.reader = minute.reader or wish.program
    for number, weight in wish.unexplained:
        if (seen := book.minutes.get(number)) is not None:
            seen.strangers = max(seen.strangers, weight - _granted(seen, but=wish.program))
    peak = strangers_peak(book, wish.minute)
    granted = _room(minute, wish, peak)
    if granted:
        minute.granted[wish.program] = minute.granted.get(wish.program, 0) + granted
    leased = minute.granted.get(wish.program, 0)
    is_reader = minute.reader == wish.program
    return Grant(leased, granted < wish.want, peak, book.ban, is_reader, book.refusals.get(wish.way))


def enter_ban(book: Book, ban: Ban) -> None:
    """Write a ban down; the later end counts."""
    if book.ban is None or ban.until_ms > book.ban.until_ms:
        book.ban = ban


def enter_refusal(book: Book, way: str, refusal: WrittenRefusal) -> None:
    """Write down that the venue refused a program, and on which way."""
    book.refusals[way] = refusal


def strangers_peak(book: Book, minute: int) -> int:
    """Return the most that strangers spent in one of the last minutes, this one included."""
    recent = (entry.strangers for number, entry in book.minutes.items() if minute - MEMORY_MINUTES < number <= minute)
    return max(recent, default=0)


def encode(book: Book) -> bytes:
    """Return the book as the file holds it."""
    return msgspec.json.encode(book)


def decode(content: bytes) -> Book | None:
    """Return the book that a file holds, None if it is damaged."""
    try:
        return _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


_decoder = msgspec.json.Decoder(Book)


def _room(minute: Minute, wish: Wish, peak: int) -> int:
    leased = _granted(minute)
    least = wish.least if leased == 0 else 0  # whatever the limits, a fresh minute lets something go
    return max(0, least, min(wish.want, max(wish.top - peak, wish.floor) - leased))


def _granted(minute: Minute, but: str = "") -> int:
    return sum(weight for program, weight in minute.granted.items() if program != but)


def _forget(book: Book, wish: Wish) -> None:
    """Drop what is over; a minute far ahead was written by a clock that had not been set yet.

    Of minutes before the last one nobody will tell anything more: only what strangers spent is kept.
    """
    kept = range(wish.minute - MEMORY_MINUTES, wish.minute + 2)
    book.minutes = {number: minute for number, minute in book.minutes.items() if number in kept}
    for number, minute in book.minutes.items():
        if number < wish.minute - 1 and minute.granted:
            book.minutes[number] = Minute(strangers=minute.strangers)
    book.refusals = {way: entry for way, entry in book.refusals.items() if entry.left_ms(wish.machine_ms)}
    if book.ban is not None and book.ban.left_ms(wish.machine_ms) <= 0:
        book.ban = None
