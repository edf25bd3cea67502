"""Bytes of candles, and what a series takes over."""

import numpy as np
import pytest

from eliteflow.model.candle import FIELDS
from eliteflow.pipeline.disk.disk_bars import BYTES_PER_BAR, NO_BARS, Bars, merged, pack, unpack


def bars(times: list[int], versions: list[int], closes: list[float]) -> Bars:
    """Candles whose every field is the close."""
    return Bars(np.array(times, np.int64), np.array(versions, np.int64), np.tile(np.array(closes, float), (9, 1)))


def listed(found: Bars) -> list[tuple[int, int, float]]:
    """Time, version and close of each."""
    return list(zip(found.open_time_ms.tolist(), found.version.tolist(), found.values[3].tolist(), strict=True))


SOME = bars([300, 600, 900], [1, 1, 2], [1.5, 2.5, float("nan")])


def test_bytes_give_back_what_was_packed() -> None:
    """To the bit, NaN too."""
    packed = pack(SOME, "BTCUSDT")
    found = unpack(packed, "BTCUSDT")
    assert len(packed.content) == 3 * BYTES_PER_BAR
    assert found is not None
    assert pack(found, "BTCUSDT") == packed
    assert found.values.shape == (len(FIELDS), 3)


def test_unpacked_candles_cannot_be_written_to() -> None:
    """They are views of what SQLite handed over."""
    found = unpack(pack(SOME, ""), "")
    assert found is not None
    with pytest.raises(ValueError, match="read-only"):
        found.values[0, 0] = 1.0


@pytest.mark.parametrize("place", [0, 30, 3 * BYTES_PER_BAR - 1])
def test_one_wrong_bit_is_noticed(place: int) -> None:
    """Wherever it is."""
    packed = pack(SOME, "BTCUSDT")
    wrong = bytearray(packed.content)
    wrong[place] ^= 4
    assert unpack(packed._replace(content=bytes(wrong)), "BTCUSDT") is None


def test_bytes_that_are_missing_or_under_another_name_are_noticed() -> None:
    """Half a series is none, and neither is somebody else's."""
    packed = pack(SOME, "BTCUSDT")
    assert unpack(packed._replace(content=packed.content[:-8]), "BTCUSDT") is None
    assert unpack(packed, "BTCUSDC") is None


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        pytest.param(bars([900], [1], [3.0]), [(300, 1, 1.0), (600, 5, 2.0), (900, 1, 3.0)], id="next"),
        pytest.param(bars([450], [1], [9.0]), [(300, 1, 1.0), (450, 1, 9.0), (600, 5, 2.0)], id="late"),
        pytest.param(bars([600], [6], [9.0]), [(300, 1, 1.0), (600, 6, 9.0)], id="revision"),
        pytest.param(bars([600], [5], [9.0]), [(300, 1, 1.0), (600, 5, 9.0)], id="same number, later written"),
        pytest.param(bars([600], [4], [9.0]), [(300, 1, 1.0), (600, 5, 2.0)], id="older version"),
        pytest.param(bars([600, 600], [7, 6], [7.0, 6.0]), [(300, 1, 1.0), (600, 7, 7.0)], id="two at once"),
        pytest.param(NO_BARS, [(300, 1, 1.0), (600, 5, 2.0)], id="nothing"),
    ],
)
def test_the_higher_version_of_a_bar_stays(added: Bars, expected: list[tuple[int, int, float]]) -> None:
    """As in memory."""
    assert listed(merged(bars([300, 600], [1, 5], [1.0, 2.0]), added)) == expected


def test_bars_further_back_than_a_series_reaches_are_dropped() -> None:
    """Three bars of 300 ms are kept: the newest and two before it, holes included."""
    held = bars([300, 600, 1200], [1, 1, 1], [1.0, 2.0, 4.0])
    assert listed(merged(held, bars([1500], [1], [5.0]), 900)) == [(1200, 1, 4.0), (1500, 1, 5.0)]
    assert listed(merged(NO_BARS, NO_BARS, 900)) == []
