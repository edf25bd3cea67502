"""Results are real dicts that also say what failed."""

import pandas as pd
import pytest

from eliteflow.errors import ExchangeUnreachable, UnknownSymbol
from eliteflow.pipeline.result import BatchResult, FetchReport, Refresh, SymbolResult, raise_first

REPORT = FetchReport(as_of_ms=0, symbols=2, succeeded=1, failed=1, l1_hits=3, l1_misses=1)
REFRESH = Refresh({"BAD": UnknownSymbol("BAD")}, REPORT)


def test_a_batch_result_is_a_dict() -> None:
    """It compares, iterates and copies like one."""
    result = BatchResult({"GOOD": {}, "BAD": {}}, REFRESH)
    assert isinstance(result, dict)
    assert result == {"GOOD": {}, "BAD": {}}
    assert [*result.errors] == ["BAD"]
    assert result.report is REPORT


def test_a_symbol_result_is_a_dict_of_frames() -> None:
    """Its errors name the one symbol."""
    frame = pd.DataFrame()
    result = SymbolResult({"1h": frame}, Refresh({}, REPORT))
    assert result["1h"] is frame
    assert not result.errors


def test_errors_cannot_be_changed() -> None:
    """They are a read-only view."""
    with pytest.raises(TypeError):
        BatchResult({}, REFRESH).errors["X"] = UnknownSymbol("X")  # type: ignore[index]  # the mistake under test


def test_the_hit_rate_is_a_share_of_the_series_asked_for() -> None:
    """No lookups make a rate of 0."""
    assert REPORT.cache_hit_rate == 0.75
    assert FetchReport(as_of_ms=0, symbols=0, succeeded=0, failed=0).cache_hit_rate == 0.0


def test_the_first_error_is_raised_and_the_others_are_its_cause() -> None:
    """Callers catch a typed error and lose nothing."""
    first, second = UnknownSymbol("A"), ExchangeUnreachable("host", "timed out")
    with pytest.raises(UnknownSymbol) as caught:
        raise_first([first, second])
    assert isinstance(caught.value.__cause__, ExceptionGroup)
    assert caught.value.__cause__.exceptions == (second,)
    with pytest.raises(ExchangeUnreachable) as alone:
        raise_first([second])
    assert alone.value.__cause__ is None


def test_the_repr_of_a_batch_spells_no_frame_out() -> None:
    """`asyncio.run` asks for it, whether anybody reads it or not."""
    assert repr(BatchResult({"GOOD": {"1h": pd.DataFrame()}, "BAD": {}}, REFRESH)) == (
        "<BatchResult 2 symbols, 1 failed>"
    )
