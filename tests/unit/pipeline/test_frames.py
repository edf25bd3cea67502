"""Frames have the users' own shape, and nothing done to one reaches another."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from eliteflow.model.candle import FIELDS
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.frames import frame_of, frame_with_closed, frames_of, frames_with_forming
from eliteflow.testing.series import HEAD_MS, make_series

M5 = Timeframe.M5
SYMBOLS = ["BTCUSDT", "ETHUSDT"]


@pytest.fixture
def store() -> CandleStore:
    """Two symbols with 50 bars."""
    store = CandleStore(64)
    for symbol in SYMBOLS:
        store.write(symbol, M5, make_series(symbol), requested_ms=HEAD_MS + 2 * M5.ms)
    return store


def read(store: CandleStore) -> list[pd.DataFrame]:
    """Return the frames of both symbols."""
    return [*frames_of(store.block(M5, SYMBOLS, HEAD_MS, 50))]


def test_columns_index_and_types_are_the_documented_ones(store: CandleStore) -> None:
    """Nine float64 columns in one block over a UTC index named timestamp."""
    frame, _ = read(store)
    assert tuple(frame.columns) == FIELDS
    assert set(frame.dtypes) == {np.dtype(np.float64)}
    assert isinstance(frame.index, pd.DatetimeIndex)
    assert (frame.index.name, str(frame.index.tz)) == ("timestamp", "UTC")
    assert frame.index[-1] == pd.Timestamp(HEAD_MS, unit="ms", tz="UTC")
    assert len(frame._mgr.blocks) == 1


def test_a_frame_equals_what_users_build_by_hand(store: CandleStore) -> None:
    """Same values, index and types as pandas makes of the venue's rows."""
    series = make_series()
    by_hand = pd.DataFrame(dict(zip(FIELDS, series.values, strict=True)))
    by_hand.index = pd.to_datetime(pd.Series(series.open_time_ms, name="timestamp"), unit="ms", utc=True)
    pd.testing.assert_frame_equal(read(store)[0], by_hand, check_freq=False, check_index_type=True)


def set_cell(frame: pd.DataFrame) -> None:
    frame.iloc[3, 3] = -1.0


def multiply_in_place(frame: pd.DataFrame) -> None:
    frame *= 2.0


def write_array(frame: pd.DataFrame) -> None:
    array = frame.to_numpy()
    array.flags.writeable = True
    array[:] = -1.0


def write_values(frame: pd.DataFrame) -> None:
    array = frame.values
    array.flags.writeable = True
    array[:, 0] = -1.0


def write_column(frame: pd.DataFrame) -> None:
    array = frame["close"].to_numpy()
    array.flags.writeable = True
    array[:] = -1.0


def assign_column(frame: pd.DataFrame) -> None:
    frame["close"] = 0.0
    frame["rsi"] = 1.0


def fill_in_place(frame: pd.DataFrame) -> None:
    frame.where(frame < 0, 0.0, inplace=True)


def rename_index(frame: pd.DataFrame) -> None:
    frame.index.name = "when"


def rename_index_in_place(frame: pd.DataFrame) -> None:
    frame.index.rename("when", inplace=True)
    frame.rename_axis("then", inplace=True)


def name_columns(frame: pd.DataFrame) -> None:
    frame.columns.name = "field"


def replace_columns(frame: pd.DataFrame) -> None:
    frame.columns = [name.upper() for name in frame.columns]


def rename_columns(frame: pd.DataFrame) -> None:
    frame.rename(columns={"open": "o"}, inplace=True)


def drop_rows(frame: pd.DataFrame) -> None:
    frame.drop(index=frame.index[:10], inplace=True)


def sort_rows(frame: pd.DataFrame) -> None:
    frame.sort_index(ascending=False, inplace=True)


def set_frequency(frame: pd.DataFrame) -> None:
    assert isinstance(frame.index, pd.DatetimeIndex)
    frame.index.freq = "5min"  # type: ignore[misc,assignment]  # pandas has a setter that its stubs lack


def reset_index(frame: pd.DataFrame) -> None:
    frame.reset_index(inplace=True)


# Users of pandas 3 still write what pandas 4 will refuse.
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
@pytest.mark.parametrize(
    "deed",
    [
        set_cell,
        multiply_in_place,
        write_array,
        write_values,
        write_column,
        assign_column,
        fill_in_place,
        rename_index,
        rename_index_in_place,
        name_columns,
        replace_columns,
        rename_columns,
        drop_rows,
        sort_rows,
        set_frequency,
        reset_index,
    ],
)
def test_what_is_done_to_one_frame_reaches_no_other(store: CandleStore, deed: Callable[[pd.DataFrame], None]) -> None:
    """Neither the other symbol's frame, nor the same series read again, nor memory."""
    touched, other = read(store)
    same_again, _ = read(store)
    before, other_before = same_again.copy(deep=True), other.copy(deep=True)
    deed(touched)
    for frame, wanted in ((other, other_before), (same_again, before), (read(store)[0], before)):
        pd.testing.assert_frame_equal(frame, wanted, check_freq=True)
        assert frame.index.name == "timestamp"
        assert frame.columns.name is None


# Users of pandas 3 still write what pandas 4 will refuse.
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
@pytest.mark.parametrize(
    "array_of",
    [
        lambda index: index.values,
        lambda index: index.asi8,
        lambda index: index.view("i8"),
        lambda index: index.tz_convert(None).values,
        lambda index: index.tz_localize(None).values,
    ],
)
def test_the_shared_times_of_an_index_cannot_be_written(
    store: CandleStore, array_of: Callable[[pd.DatetimeIndex], np.ndarray[tuple[int], np.dtype[np.int64]]]
) -> None:
    """Every way to the numbers behind an index is read-only for good, or leads to a copy."""
    frame, other = read(store)
    assert isinstance(frame.index, pd.DatetimeIndex)
    times = array_of(frame.index)
    try:
        times.flags.writeable = True
        times[:] = times[0]
    except ValueError:
        pass
    assert other.index.is_monotonic_increasing
    assert other.index.is_unique


def test_the_shared_column_names_cannot_be_written(store: CandleStore) -> None:
    """The array behind the columns is read-only."""
    frame, _ = read(store)
    with pytest.raises(ValueError, match="read-only"):
        frame.columns.array[0] = "x"


def test_a_frame_holds_its_own_numbers_alone(store: CandleStore) -> None:
    """Keeping one frame does not keep the whole market's block alive."""
    frame, _ = read(store)
    array = frame.to_numpy()
    while array.base is not None and isinstance(array.base, np.ndarray):
        array = array.base
    assert array.size == frame.size


def test_a_young_listing_has_as_many_rows_as_bars() -> None:
    """No NaN row pads it."""
    store = CandleStore(64)
    store.write("BTCUSDT", M5, make_series(), requested_ms=HEAD_MS + 2 * M5.ms)
    store.write("ETHUSDT", M5, make_series("ETHUSDT", bars=3), requested_ms=HEAD_MS + 2 * M5.ms)
    frames = [*frames_of(store.block(M5, [*SYMBOLS, "NEWUSDT"], HEAD_MS, 50))]
    assert [len(frame) for frame in frames] == [50, 3, 0]
    assert not frames[1].isna().any(axis=None)
    assert str(frames[2].index.dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize(("bars", "closed"), [(5, [1, 1, 1, 1, 0]), (1, [0]), (51, [1] * 50 + [0])])
def test_the_bar_in_progress_is_the_last_of_the_rows(store: CandleStore, bars: int, closed: list[int]) -> None:
    """It is told from closed ones by a float column."""
    forming = make_series(bars=1, head_ms=HEAD_MS + M5.ms).values.repeat(2, axis=1)
    forming[:, 1] = np.nan
    with_one, without = frames_with_forming(store.block(M5, SYMBOLS, HEAD_MS, bars), forming, bars)
    assert with_one["closed"].tolist() == closed
    assert with_one["closed"].dtype == np.float64
    assert with_one["close"].iloc[-1] == forming[3, 0]
    assert without["closed"].tolist() == [1] * min(bars, 50)


def test_a_run_of_candles_becomes_one_frame() -> None:
    """With or without the column that says which are closed."""
    series = make_series(bars=4)
    assert frame_of(series).shape == (4, 9)
    assert frame_with_closed(series, HEAD_MS - M5.ms, 3)["closed"].tolist() == [1, 1, 0]
