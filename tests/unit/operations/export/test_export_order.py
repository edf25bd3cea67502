"""What an export is to hold, and what a series lacks of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eliteflow.errors import ConfigError, InvalidArgument
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.export.export_order import ExportOrder
from eliteflow.pipeline.history import Stretch
from eliteflow.testing.series import HEAD_MS, make_stored

M5 = Timeframe.M5
KEY = ("BTCUSDT", M5)
HELD = make_stored("BTCUSDT", bars=10)
FIRST_MS = int(HELD.open_time_ms[0])
OUT = Path("candles.parquet")


@pytest.mark.parametrize(
    ("words", "expected_ms"),
    [
        ("2025-11-23", 1_763_856_000_000),
        ("2025-11-23T09:00", HEAD_MS),
        ("2025-11-23T17:00+08:00", HEAD_MS),
        (str(HEAD_MS), HEAD_MS),
    ],
)
def test_times_are_utc_unless_they_say_otherwise(words: str, expected_ms: int) -> None:
    """As people write them, or in milliseconds."""
    order = ExportOrder.of({"out": OUT, "start": words})
    assert order == ExportOrder(OUT, "parquet", start_ms=expected_ms)


@pytest.mark.parametrize(
    ("name", "file_format", "expected"),
    [
        ("a.parquet", None, "parquet"),
        ("a.FEATHER", None, "arrow"),
        ("a.txt", "csv", "csv"),
        ("a.csv", "arrow", "arrow"),
    ],
)
def test_the_format_is_chosen_or_follows_from_the_name(name: str, file_format: str | None, expected: str) -> None:
    """What was chosen counts."""
    assert ExportOrder.of({"out": Path(name), "file_format": file_format}).file_format == expected


def test_what_cannot_be_meant_is_refused() -> None:
    """With the flag and what would do."""
    with pytest.raises(ConfigError, match="--out: name the file"):
        ExportOrder.of({})
    with pytest.raises(InvalidArgument, match=r"--out: wanted \*\.parquet.* found 'a\.txt'"):
        ExportOrder.of({"out": Path("a.txt")})
    with pytest.raises(InvalidArgument, match=r"--end: wanted UTC milliseconds.* found 'soon'"):
        ExportOrder.of({"out": OUT, "end": "soon"})
    with pytest.raises(InvalidArgument, match=r"not before --start \(2025-11-23\); found '2025-11-22'"):
        ExportOrder.of({"out": OUT, "start": "2025-11-23", "end": "2025-11-22"})


def test_a_part_is_what_opened_in_the_range() -> None:
    """Both ends included."""
    order = ExportOrder(OUT, "parquet", FIRST_MS + 1, FIRST_MS + 3 * M5.ms)
    part = order.part(HELD)
    assert part.open_time_ms.tolist() == [FIRST_MS + M5.ms, FIRST_MS + 2 * M5.ms, FIRST_MS + 3 * M5.ms]
    np.testing.assert_array_equal(part.values, HELD.values[:, 1:4])
    assert ExportOrder(OUT, "parquet").part(HELD).open_time_ms.tolist() == HELD.open_time_ms.tolist()


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param(ExportOrder(OUT, "csv"), None, id="all that is there"),
        pytest.param(ExportOrder(OUT, "csv", FIRST_MS, HEAD_MS + 1), None, id="the range that is there"),
        pytest.param(ExportOrder(OUT, "csv", FIRST_MS - 1), None, id="between two bars"),
        pytest.param(
            ExportOrder(OUT, "csv", FIRST_MS - M5.ms),
            Stretch("BTCUSDT", M5, None, HEAD_MS, FIRST_MS - M5.ms),
            id="further back",
        ),
        pytest.param(ExportOrder(OUT, "csv", end_ms=HEAD_MS + 10 * M5.ms), None, id="an end that lies ahead"),
    ],
)
def test_only_what_the_disk_lacks_is_fetched(order: ExportOrder, expected: Stretch | None) -> None:
    """The newest closed bar is the last of the series."""
    assert order.lacking(KEY, HELD, HEAD_MS, 499) == expected


def test_a_series_that_lags_or_has_a_hole_is_fetched_from_its_first_bar_on() -> None:
    """Whole, so that nothing has to be put together."""
    order, later_ms = ExportOrder(OUT, "csv"), HEAD_MS + M5.ms
    assert order.lacking(KEY, HELD, later_ms, 499) == Stretch("BTCUSDT", M5, None, later_ms, FIRST_MS)
    holed = replace(HELD, open_time_ms=HELD.open_time_ms + np.array([0] * 5 + [M5.ms] * 5))
    assert order.lacking(KEY, holed, later_ms, 499) == Stretch("BTCUSDT", M5, None, later_ms, FIRST_MS)


def test_of_an_unknown_series_the_newest_bars_are_fetched() -> None:
    """Or those from the start on, if there is one."""
    assert ExportOrder(OUT, "csv").lacking(KEY, None, HEAD_MS, 499) == Stretch("BTCUSDT", M5, 499, HEAD_MS)
    assert ExportOrder(OUT, "csv", 0).lacking(KEY, None, HEAD_MS, 499) == Stretch("BTCUSDT", M5, None, HEAD_MS, 0)


def test_a_young_listing_is_complete_from_its_first_bar_on() -> None:
    """The venue has nothing before it."""
    young = replace(HELD, first_ms=FIRST_MS)
    assert ExportOrder(OUT, "csv", 0).lacking(KEY, young, HEAD_MS, 499) is None
