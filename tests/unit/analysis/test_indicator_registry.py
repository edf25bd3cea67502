"""Names lead to indicators, and wrong names to the nearest right ones."""

import pytest

from eliteflow.analysis.indicator_registry import IndicatorRegistry
from eliteflow.errors import InvalidArgument

REGISTRY = IndicatorRegistry()


@pytest.mark.parametrize(
    ("name", "indicator", "outputs"),
    [
        ("RSI", "rsi", ("rsi",)),
        (" ema_20 ", "ema", ("ema_20",)),
        ("BBANDS_10", "bollinger", ("bollinger_upper_10", "bollinger_middle_10", "bollinger_lower_10")),
        ("ht_sine", "ht_sine", ("ht_sine_sine", "ht_sine_leadsine")),
        ("CDL3INSIDE", "cdl3inside", ("cdl3inside",)),
        ("di_plus", "plus_di", ("plus_di",)),
        ("ultosc_7_14_28", "ultosc", ("ultosc_7_14_28",)),
    ],
)
def test_a_name_means_an_indicator(name: str, indicator: str, outputs: tuple[str, ...]) -> None:
    """Case, spaces, aliases, periods and underscores inside names are all understood."""
    request = REGISTRY.request(name)
    assert request.indicator.name == indicator
    assert request.outputs == outputs


@pytest.mark.parametrize(("name", "nearest"), [("rsii", "rsi"), ("bolinger", "bollinger"), ("emma_20", "ema")])
def test_an_unknown_name_is_answered_with_the_nearest(name: str, nearest: str) -> None:
    """The error lists what the user may have meant."""
    with pytest.raises(InvalidArgument) as refused:
        REGISTRY.request(name)
    assert nearest in refused.value.wanted.split(", ")


def test_a_name_like_no_other_is_answered_with_the_named_ones() -> None:
    """Without anything near, the list of eliteflow's own names helps most."""
    with pytest.raises(InvalidArgument) as refused:
        REGISTRY.get("$$$$")
    assert refused.value.wanted.startswith("ema, sma, rsi")


def test_its_repr_counts() -> None:
    """A glance in a debugger is enough."""
    assert repr(REGISTRY).startswith("IndicatorRegistry(2")
