"""Each trouble is news twice: when it begins, and when it is over."""

from eliteflow.operations.notices.trouble_news import TroubleNews
from eliteflow.operations.watch.troubles import Reason, Trouble

BANNED = Trouble(Reason.BANNED, "banned")
FAILED = Trouble(Reason.SYMBOLS_FAILED, "3 failed")
FILLING = Trouble(Reason.FIRST_FILL, "filling")


def test_what_blocks_is_news_at_once_and_only_once() -> None:
    """While it lasts it is not repeated; its end says for how long it lasted."""
    news = TroubleNews()
    assert news.of((BANNED,), 10.0) == ((BANNED,), (), 0)
    assert news.of((BANNED._replace(message="banned, 5 s left"),), 20.0) == ((), (), 1)
    assert news.of((), 130.0) == ((), ((BANNED, 120.0),), 0)
    assert news.of((), 131.0) == ((), (), 0)


def test_what_blocks_nothing_is_news_when_it_lasts() -> None:
    """A symbol that fails once and comes a moment later wakes nobody."""
    news = TroubleNews()
    assert news.of((FAILED,), 0.0).entered == ()
    assert news.of((), 4.0) == ((), (), 0)
    assert news.of((FAILED,), 5.0).entered == ()
    assert news.of((FAILED,), 10.0).entered == (FAILED,)


def test_the_first_fill_is_no_news() -> None:
    """Every start has one."""
    news = TroubleNews()
    assert news.of((FILLING,), 0.0) == ((), (), 0)
    assert news.of((FILLING,), 60.0) == ((), (), 0)
    assert news.of((), 61.0) == ((), (), 0)


def test_what_goes_on_is_counted() -> None:
    """So that nobody is told that all is well while something else is amiss."""
    news = TroubleNews()
    news.of((BANNED, FAILED), 0.0)
    assert news.of((BANNED, FAILED), 6.0).still == 1
    assert news.of((FAILED,), 7.0).still == 1
