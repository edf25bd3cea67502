"""Compares what a system returned with what the venue itself holds to be true."""

from collections.abc import Mapping
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import msgspec
import numpy as np
import pandas as pd

from bench.job import Job

Frames = Mapping[str, Mapping[str, pd.DataFrame]]
PRICES = ["open", "high", "low", "close", "volume"]


def complete(frames: Frames, job: Job) -> int:
    """Return how many series came with all their closed bars; the last row may be the bar in progress."""
    return sum(len(frame) >= job.limit - 1 for of_symbol in frames.values() for frame in of_symbol.values())


def right(frames: Frames, job: Job, as_of_ms: int) -> int:
    """Return how many series equal the venue's closed bars as of a time, to the last bit."""
    venue = _Truth(job)
    return sum(
        _is_right(frame, venue.closed(symbol, timeframe, as_of_ms), job.limit - 1)
        for symbol, of_symbol in frames.items()
        for timeframe, frame in of_symbol.items()
    )


class _Truth:
    def __init__(self, job: Job) -> None:
        url = urlsplit(job.control_url)
        self._connection = HTTPConnection(url.hostname or "", url.port)
        self._limit = job.limit

    def closed(self, symbol: str, timeframe: str, as_of_ms: int) -> np.ndarray:
        """Return the newest closed bars: open time, open, high, low, close, volume."""
        query = f"symbol={quote(symbol)}&timeframe={timeframe}&limit={self._limit}&at={as_of_ms}"
        self._connection.request("GET", f"/truth?{query}")
        rows = msgspec.json.decode(self._connection.getresponse().read())["rows"]
        return np.array([[float(value) for value in row[:6]] for row in rows if row[12]])


def _is_right(frame: pd.DataFrame, truth: np.ndarray, bars: int) -> bool:
    times_ms = pd.DatetimeIndex(frame.get("date", frame.index)).as_unit("ms").asi8
    found = np.column_stack((times_ms, frame[PRICES].to_numpy(np.float64)))
    closed = found[times_ms <= truth[-1, 0]][-bars:]
    return len(closed) == bars and np.array_equal(closed, truth[-bars:])
