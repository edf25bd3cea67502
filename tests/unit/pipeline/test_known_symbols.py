"""Names that do not trade are refused with the nearest that does."""

from eliteflow.pipeline.known_symbols import KnownSymbols


def test_without_a_universe_every_name_may_be_tried() -> None:
    """Nothing is refused before anybody knows better."""
    assert KnownSymbols().refusals(["ANYTHING"]) == {}


def test_a_name_outside_the_universe_is_refused_with_the_nearest() -> None:
    """The sentence asks whether that was meant."""
    refusals = KnownSymbols(["BTCUSDT", "ETHUSDT"]).refusals(["ETHUSDT", "BTCUSD"])
    assert [*refusals] == ["BTCUSD"]
    assert refusals["BTCUSD"].nearest == "BTCUSDT"
    assert str(refusals["BTCUSD"]) == "'BTCUSD' is not a trading perpetual; did you mean 'BTCUSDT'?"


def test_a_name_like_no_other_has_no_nearest() -> None:
    """No guess is better than a wild one."""
    assert KnownSymbols(["BTCUSDT"]).refusals(["ZZZ"])["ZZZ"].nearest is None


def test_without_a_universe_the_symbols_seen_are_the_candidates() -> None:
    """The unknown name itself is no candidate, though it was seen being asked for."""
    assert KnownSymbols().unknown("BTCUSD", ["BTCUSD", "BTCUSDT"]).nearest == "BTCUSDT"
