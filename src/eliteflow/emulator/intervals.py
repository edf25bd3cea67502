"""The venue's candle intervals, and which bar of an interval an instant belongs to."""

from dataclasses import dataclass
from datetime import UTC, datetime

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

BASE_MS = 5 * MINUTE
"""The grid the market is made on; every longer bar is a sum of these."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A candle length; bars are numbered so that bar `i` opens at `opens_at(i)`."""

    name: str
    length_ms: int
    origin_ms: int = 0

    def index_at(self, time_ms: int) -> int:
        """Return the number of the bar that `time_ms` falls into."""
        return (time_ms - self.origin_ms) // self.length_ms

    def opens_at(self, index: int) -> int:
        """Return the open time of bar `index` in ms; the bar before it closes 1 ms earlier."""
        return self.origin_ms + index * self.length_ms


@dataclass(frozen=True, slots=True)
class Month(Interval):
    """Calendar months in UTC; their number counts from January of the year 0."""

    def index_at(self, time_ms: int) -> int:
        """Return the number of the month that `time_ms` falls into."""
        day = datetime.fromtimestamp(time_ms // 1_000, UTC)
        return day.year * 12 + day.month - 1

    def opens_at(self, index: int) -> int:
        """Return the first ms of month `index`."""
        return int(datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC).timestamp()) * 1_000


def _all() -> dict[str, Interval]:
    units = {"m": MINUTE, "h": HOUR, "d": DAY}
    names = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d")
    fixed = [Interval(name, int(name[:-1]) * units[name[-1]]) for name in names]
    monday = 4 * DAY  # 1970-01-05; the venue's weeks open on Mondays
    return {i.name: i for i in (*fixed, Interval("1w", 7 * DAY, monday), Month("1M", 31 * DAY))}


INTERVALS = _all()
BASE = INTERVALS["5m"]
