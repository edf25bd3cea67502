"""Contracts for tests."""

from eliteflow.testing.instruments import make_instrument


def test_a_made_contract_belongs_to_the_universe() -> None:
    """What tests trade is what the program would watch."""
    assert make_instrument("币安人生USDT").is_in_universe
