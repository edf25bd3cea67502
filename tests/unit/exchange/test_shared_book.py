"""Tests of the book that the user's programs share: tables of wishes in a clock minute."""

import pytest

from eliteflow.exchange.shared_book import (
    MEMORY_MINUTES,
    REFUSED_MS,
    Ban,
    Book,
    Grant,
    Wish,
    WrittenRefusal,
    decode,
    encode,
    enter_ban,
    enter_refusal,
    strangers_peak,
    write_down,
)

NOON = 29_000_000


def lease(book: Book, program: str, want: int, *, minute: int = NOON, top: int = 2052, least: int = 0) -> Grant:
    """Ask for weight of a minute, as a request of a scan does."""
    return write_down(book, Wish(program, minute, minute * 60_000, want=want, least=least, top=top, floor=120))


def close(book: Book, program: str, spent: int, *unexplained: tuple[int, int], minute: int = NOON) -> Grant:
    """Tell at a minute's end what was spent and seen."""
    return write_down(book, Wish(program, minute, minute * 60_000, spent=spent, unexplained=unexplained))


def test_all_leases_of_a_minute_together_stay_below_the_top() -> None:
    """The third program gets what two have left, and is told that it is short."""
    book = Book()
    assert [lease(book, name, 800).leased for name in ("first", "second", "third")] == [800, 800, 452]
    assert lease(book, "third", 1).is_short


def test_a_program_leases_more_of_the_same_minute() -> None:
    """Its leases add up."""
    book = Book()
    assert [lease(book, "first", 480).leased for _ in range(3)] == [480, 960, 1440]


def test_leases_expire_with_their_minute() -> None:
    """A program that was killed holds nobody up for longer."""
    book = Book()
    lease(book, "killed", 2052)
    assert lease(book, "next", 100).leased == 0
    assert lease(book, "next", 100, minute=NOON + 1).leased == 100


def test_orders_have_more_room_than_scans() -> None:
    """A class may bring the minute up to its own top."""
    book = Book()
    lease(book, "scan", 2052)
    assert lease(book, "backfill", 10, top=1620).leased == 0
    assert lease(book, "position", 108, top=2160).leased == 108


def test_a_fresh_minute_lets_anything_go() -> None:
    """A request heavier than everything allowed is not stuck for ever."""
    assert lease(Book(), "first", 40, top=9, least=40).leased == 40


def test_what_was_not_spent_goes_back_at_the_minutes_end() -> None:
    """Another program may have it."""
    book = Book()
    lease(book, "first", 2052)
    close(book, "first", 500)
    assert lease(book, "second", 2000).leased == 1552


def test_one_program_looks_at_the_counter() -> None:
    """The first that closes the minute; the others learn that they need not."""
    book = Book()
    assert [close(book, name, 10).is_reader for name in ("first", "second", "first")] == [True, False, True]


def test_what_our_programs_spent_is_no_strangers() -> None:
    """The counter is 900 ahead of us, and 700 of it is leased by another program of ours."""
    book = Book()
    lease(book, "second", 700)
    assert close(book, "first", 10, (NOON, 900)).strangers_peak == 200


def test_an_unspent_lease_hides_strangers_only_until_it_is_given_back() -> None:
    """The look at the minute's end, after all have closed it, sees them whole."""
    book = Book()
    lease(book, "second", 700)
    close(book, "second", 100)
    assert close(book, "first", 10, (NOON, 820)).strangers_peak == 720


def test_strangers_peak_is_kept_free_for_an_hour() -> None:
    """And it is in the file: a restarted program knows it at once."""
    book = Book()
    close(book, "first", 0, (NOON, 720))
    kept = decode(encode(book))
    assert kept is not None
    assert lease(kept, "restarted", 2000, minute=NOON + MEMORY_MINUTES - 1).leased == 2052 - 720
    assert lease(kept, "restarted", 2000, minute=NOON + MEMORY_MINUTES).leased == 2000


def test_however_much_strangers_spend_some_room_is_ours() -> None:
    """A twentieth of the limit, for all our programs together."""
    book = Book()
    close(book, "first", 0, (NOON, 2400))
    assert lease(book, "first", 100).leased == 100
    assert lease(book, "second", 100).leased == 20


@pytest.mark.parametrize("ahead", [-4320, 4320])
def test_minutes_of_a_clock_that_was_days_off_are_dropped(ahead: int) -> None:
    """What was leased before the venue's time was known blocks nobody."""
    book = Book()
    lease(book, "first", 4, minute=NOON + ahead)
    lease(book, "first", 4)
    assert list(book.minutes) == [NOON]
    assert strangers_peak(book, NOON) == 0


def test_a_ban_is_kept_until_its_end() -> None:
    """Whoever opens the book meanwhile learns of it; the later of two ends counts."""
    book = Book()
    now_ms = NOON * 60_000
    enter_ban(book, Ban(now_ms + 120_000, 0))
    enter_ban(book, Ban(now_ms + 60_000, 0))
    assert write_down(book, Wish("restarted", NOON, now_ms + 119_999)).ban == Ban(now_ms + 120_000, 0)
    assert write_down(book, Wish("restarted", NOON, now_ms + 120_000)).ban is None


def test_a_wrong_machine_clock_does_not_shorten_a_ban() -> None:
    """It was three days slow when the ban came, and still is after the restart."""
    three_days_ms = 3 * 86_400_000
    ban = Ban(NOON * 60_000 + 120_000, three_days_ms)
    assert ban.left_ms(NOON * 60_000 - three_days_ms + 30_000) == 90_000


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"minutes": 3}', b"\xff\xfe", b'{"minutes": {"x": {}}}'])
def test_a_damaged_book_is_known_as_one(content: bytes) -> None:
    """It is not guessed at."""
    assert decode(content) is None


def test_old_minutes_keep_only_what_strangers_spent() -> None:
    """A day of leases takes no more room than an hour of numbers."""
    book = Book()
    for minute in range(NOON, NOON + 1_440):
        for program in ("first", "second"):
            lease(book, program, 100, minute=minute)
        close(book, "first", 100, (minute, 300), minute=minute)
    assert len(encode(book)) < 3_000
    assert {entry.strangers for entry in book.minutes.values()} == {200}


def refusal_heard(book: Book, machine_ms: int, way: str = "") -> WrittenRefusal | None:
    """What a program that asks for weight hears of a refusal."""
    return write_down(book, Wish("program", NOON, machine_ms, want=1, top=2052, way=way)).refusal


def test_a_refusal_holds_its_own_way_for_a_minute() -> None:
    """Nobody else, and no longer."""
    book = Book()
    enter_refusal(book, "http://proxy:1", WrittenRefusal(451, 1_000 + REFUSED_MS))
    assert refusal_heard(book, 1_000, "http://proxy:1") == WrittenRefusal(451, 61_000)
    assert refusal_heard(book, 1_000) is None
    assert refusal_heard(decode(encode(book)) or Book(), 60_999, "http://proxy:1") is not None
    assert refusal_heard(book, 61_000, "http://proxy:1") is None
    assert book.refusals == {}


def test_a_machine_clock_that_was_set_back_prolongs_no_refusal() -> None:
    """It would last until that clock is there again."""
    book = Book()
    enter_refusal(book, "", WrittenRefusal(403, 86_400_000 + REFUSED_MS))
    assert refusal_heard(book, 1_000) is None
