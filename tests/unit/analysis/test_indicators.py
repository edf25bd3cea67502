"""The table of named indicators is complete and consistent."""

from eliteflow.analysis.indicator_registry import IndicatorRegistry
from eliteflow.analysis.indicators import ALIASES, BUILT_IN, DEFAULT_SET
from eliteflow.analysis.kernels import OPEN_TIME_MS
from eliteflow.model.candle import OHLCV


def test_output_names_are_unique() -> None:
    """No two named indicators put an array under the same name."""
    outputs = [output for indicator in BUILT_IN for output in indicator.outputs]
    assert len(outputs) == len(set(outputs))


def test_every_indicator_reads_candles_and_names_each_output() -> None:
    """Inputs are columns of OHLCV or the open times; there is one column name for each output name."""
    for indicator in BUILT_IN:
        assert set(indicator.inputs) <= {*OHLCV, OPEN_TIME_MS}
        assert len(indicator.outputs) == len(indicator.columns) == len(indicator.converges_after)


def test_the_default_set_and_all_aliases_can_be_asked_for() -> None:
    """Each name leads to an indicator."""
    registry = IndicatorRegistry()
    assert all(registry.request(name) for name in (*DEFAULT_SET, *ALIASES))
