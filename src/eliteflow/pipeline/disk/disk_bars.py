"""Closed candles as the disk keeps them: arrays, their bytes, and how a series takes over more of them. Pure."""

import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eliteflow.model.candle import FIELDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

BYTES_PER_BAR = 8 * (2 + len(FIELDS))


class Bars(NamedTuple):
    """Closed candles with their versions.

    open_time_ms, version: int64, shape (bars,). values: float64, shape (fields, bars).
    """

    open_time_ms: "NDArray[np.int64]"
    version: "NDArray[np.int64]"
    values: "NDArray[np.float64]"

    def select(self, chosen: "slice | NDArray[np.intp] | NDArray[np.bool_]") -> "Bars":
        """Return some of them."""
        return Bars(self.open_time_ms[chosen], self.version[chosen], self.values[:, chosen])


class Packed(NamedTuple):
    """Bars as bytes, little-endian: all times, all versions, then one field after the other.

    checksum: CRC-32 of the bytes and of the label under which they are kept.
    """

    content: bytes
    checksum: int


NO_BARS = Bars(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((len(FIELDS), 0)))


def pack(bars: Bars, label: str) -> Packed:
    """Return the bytes of some bars; `label` says whose they are."""
    arrays = (bars.open_time_ms.astype("<i8"), bars.version.astype("<i8"), bars.values.astype("<f8", "C"))
    content = b"".join(array.tobytes() for array in arrays)
    return Packed(content, _checksum(content, label))


def unpack(packed: Packed, label: str) -> Bars | None:
    """Return the bars as views of their bytes, which cannot be written to; None where bytes or label are damaged."""
    count, rest = divmod(len(packed.content), BYTES_PER_BAR)
    if rest or _checksum(packed.content, label) != packed.checksum:
        return None
    times = np.frombuffer(packed.content, "<i8", 2 * count).reshape(2, count)
    values = np.frombuffer(packed.content, "<f8", offset=times.nbytes).reshape(len(FIELDS), count)
    return Bars(times[0], times[1], values)


def concatenated(parts: Iterable[Bars]) -> Bars:
    """Return bars one behind the other."""
    return Bars(*(np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True)))


def merged(held: Bars, added: Bars, span_ms: int | None = None) -> Bars:
    """Return what a series holds after it took over `added`, in the order in which they were written, by the rule of
    `merge.closed_wins`: ascending, of each bar the version with the highest number, of equal ones the last written.

    span_ms: how far back from the newest bar's opening a series reaches, None for ever.
    """
    both = _joined(held, added) if len(added.open_time_ms) else held
    times = both.open_time_ms
    if span_ms is None or not len(times) or times[0] > times[-1] - span_ms:
        return both
    return both.select(slice(int(np.searchsorted(times, times[-1] - span_ms, side="right")), None))


def _joined(held: Bars, added: Bars) -> Bars:
    both = concatenated((held, added))
    is_ascending = (both.open_time_ms[1:] > both.open_time_ms[:-1]).all()
    return both if is_ascending else both.select(_winners(both))


def _checksum(content: bytes, label: str) -> int:
    return zlib.crc32(content, zlib.crc32(label.encode()))


def _winners(bars: Bars) -> "NDArray[np.intp]":
    """Return which bars stay, in time order."""
    # A stable sort: of equal times and versions the later written stays behind the earlier.
    order = np.lexsort((bars.version, bars.open_time_ms))
    times = bars.open_time_ms[order]
    return order[np.append(times[1:] != times[:-1], True)]
