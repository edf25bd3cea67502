"""What an export is to hold, and which part of it a series already is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import numpy as np

from eliteflow.errors import ConfigError, InvalidArgument
from eliteflow.messages import text
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.export.candle_files import format_of
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.history import Stretch

Key = tuple[str, Timeframe]


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """One call of `eliteflow export`. start_ms, end_ms: open times of the first and last bar, None where nobody said.

    fetch: whether the venue is asked for what the disk lacks.
    """

    out: Path
    file_format: str
    start_ms: int | None = None
    end_ms: int | None = None
    fetch: bool = False

    @classmethod
    def of(cls, flags: Mapping[str, object]) -> Self:
        """Return what the flags of the command ask for; raise ConfigError or InvalidArgument for what cannot be."""
        out = flags.get("out")
        if not isinstance(out, Path):
            raise ConfigError("--out", text("export.out_missing"))
        file_format = format_of(out, flags.get("file_format"))
        start_ms, end_ms = (_time_ms(name, flags.get(name)) for name in ("start", "end"))
        if start_ms is not None and end_ms is not None and end_ms < start_ms:
            wanted = text("export.after_start", start=flags.get("start"))
            raise InvalidArgument("--end", found=flags.get("end"), wanted=wanted)
        return cls(out, file_format, start_ms, end_ms, fetch=bool(flags.get("fetch")))

    def part(self, stored: StoredSeries) -> StoredSeries:
        """Return what a series has of the range."""
        times = stored.open_time_ms
        first = 0 if self.start_ms is None else int(np.searchsorted(times, self.start_ms))
        end = len(times) if self.end_ms is None else int(np.searchsorted(times, self.end_ms, side="right"))
        bars = slice(first, end)
        return replace(stored, open_time_ms=times[bars], values=stored.values[:, bars], version=stored.version[bars])

    def lacking(self, key: Key, held: StoredSeries | None, closed_ms: int, bars: int) -> Stretch | None:
        """Return what has to be fetched of a series of which `held` is there, None where that is all of the range.

        closed_ms: open time of the newest closed bar. bars: how many are fetched where nothing says from when on.
        """
        symbol, timeframe = key
        end_ms = closed_ms if self.end_ms is None else min(closed_ms, self.end_ms)
        if held is not None and self.has_all(held, end_ms):
            return None
        start_ms = self.start_ms
        if start_ms is None and held is not None:
            start_ms = int(held.open_time_ms[0])
        return Stretch(symbol, timeframe, bars if start_ms is None else None, end_ms, start_ms)

    def has_all(self, held: StoredSeries, end_ms: int) -> bool:
        """Return whether a part of a series has every bar of the range up to `end_ms` that the venue has."""
        times, interval_ms = held.open_time_ms, held.timeframe.ms
        if not len(times):
            return False
        has_no_hole = bool((np.diff(times) == interval_ms).all())
        reaches_back = self.start_ms is None or times[0] < self.start_ms + interval_ms or times[0] == held.first_ms
        return has_no_hole and reaches_back and int(times[-1]) > end_ms - interval_ms


def _time_ms(name: str, value: object) -> int | None:
    """Return a time in UTC milliseconds; it is given so, or as ISO 8601, in UTC where it names no zone."""
    if not isinstance(value, str):
        return None
    if value.isdigit():
        return int(value)
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise InvalidArgument(f"--{name}", found=value, wanted=text("export.time")) from None
    return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
