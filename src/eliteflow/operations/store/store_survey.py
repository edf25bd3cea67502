"""What a file of candles holds, and whether it is right. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eliteflow.model.candle import FIELDS, OHLCV
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_views import StoredSeries
from eliteflow.pipeline.rollup import rolled_prices

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPEN, HIGH, LOW, CLOSE, VOLUME = (FIELDS.index(name) for name in OHLCV)
# Sums of the venue's own decimals, which plain addition of floats misses by less.
VOLUME_TOLERANCE = 1e-9


class TimeframeSurvey(NamedTuple):
    """What there is of one timeframe.

    bars: of all series together; fewest, most: of one. behind: series that end before the newest one does.
    missing: bars that are absent inside series.
    """

    timeframe: Timeframe
    series: int
    bars: int
    fewest: int
    most: int
    oldest_ms: int
    newest_ms: int
    behind: int
    missing: int


class Gap(NamedTuple):
    """Bars that are absent inside a series."""

    symbol: str
    timeframe: Timeframe
    missing: int
    first_missing_ms: int


class Fault(NamedTuple):
    """What is wrong with bars of a series. kind: key under `fault` of the messages. open_time_ms: of the first one."""

    symbol: str
    timeframe: Timeframe
    kind: str
    bars: int
    open_time_ms: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file holds: each timeframe, longest first, and every series with a gap."""

    coverage: tuple[TimeframeSurvey, ...]
    gaps: tuple[Gap, ...]


def survey(series: Iterable[StoredSeries]) -> Survey:
    """Return what some series hold together."""
    ordered = sorted(series, key=lambda stored: (-stored.timeframe.ms, stored.symbol))
    coverage = [
        _coverage(timeframe, list(group)) for timeframe, group in groupby(ordered, lambda stored: stored.timeframe)
    ]
    gaps = [gap for stored in ordered if (gap := _gap(stored)) is not None]
    return Survey(tuple(coverage), tuple(gaps))


def faults(series: Iterable[StoredSeries]) -> list[Fault]:
    """Return what no right series can have: bars off their times, impossible prices, larger bars unlike their parts."""
    by_symbol: dict[str, dict[Timeframe, StoredSeries]] = {}
    found: list[Fault] = []
    for stored in series:
        by_symbol.setdefault(stored.symbol, {})[stored.timeframe] = stored
        found += _faults_of(stored)
    for timeframes in by_symbol.values():
        found += _faults_between(timeframes)
    return found


def _coverage(timeframe: Timeframe, series: Sequence[StoredSeries]) -> TimeframeSurvey:
    lengths = [len(stored.open_time_ms) for stored in series]
    newest = [int(stored.open_time_ms[-1]) for stored in series]
    return TimeframeSurvey(
        timeframe,
        series=len(series),
        bars=sum(lengths),
        fewest=min(lengths),
        most=max(lengths),
        oldest_ms=min(int(stored.open_time_ms[0]) for stored in series),
        newest_ms=max(newest),
        behind=sum(newest_ms < max(newest) for newest_ms in newest),
        missing=sum(_missing(stored) for stored in series),
    )


def _missing(stored: StoredSeries) -> int:
    times = stored.open_time_ms
    return int(times[-1] - times[0]) // stored.timeframe.ms + 1 - len(times)


def _gap(stored: StoredSeries) -> Gap | None:
    steps = np.diff(stored.open_time_ms)
    wide = np.flatnonzero(steps > stored.timeframe.ms)
    if not len(wide):
        return None
    first_missing_ms = int(stored.open_time_ms[wide[0]]) + stored.timeframe.ms
    return Gap(stored.symbol, stored.timeframe, _missing(stored), first_missing_ms)


def _faults_of(stored: StoredSeries) -> Iterator[Fault]:
    times, values = stored.open_time_ms, stored.values
    late = np.diff(times, prepend=times[0] - 1) > 0
    yield from _fault(stored, "times", (times % stored.timeframe.ms != 0) | ~late)
    yield from _fault(stored, "not_finite", ~np.isfinite(values.sum(axis=0)))
    # A comparison with what is no number is false, so that such a bar is counted once.
    lowest, highest = values[[OPEN, CLOSE]].min(axis=0), values[[OPEN, CLOSE]].max(axis=0)
    yield from _fault(stored, "prices", (values[LOW] <= 0) | (values[LOW] > lowest) | (values[HIGH] < highest))
    yield from _fault(stored, "volumes", values[VOLUME:].min(axis=0) < 0)


def _faults_between(timeframes: Mapping[Timeframe, StoredSeries]) -> Iterator[Fault]:
    """Compare each larger bar with the bars of the shortest timeframe where all of them are there."""
    part = timeframes[min(timeframes, key=lambda timeframe: timeframe.ms)]
    for timeframe, larger in timeframes.items():
        if timeframe.ms > part.timeframe.ms and timeframe.ms % part.timeframe.ms == 0:
            yield from _fault(larger, "parts", _unlike_parts(larger, part))


def _unlike_parts(larger: StoredSeries, part: StoredSeries) -> "NDArray[np.bool_]":
    """Return which larger bars differ from what their parts make, shape (bars,); False where a part is missing."""
    count = larger.timeframe.ms // part.timeframe.ms
    wanted = larger.open_time_ms[:, None] + np.arange(count) * part.timeframe.ms
    places = np.minimum(np.searchsorted(part.open_time_ms, wanted), len(part.open_time_ms) - 1)
    is_whole = (part.open_time_ms[places] == wanted).all(axis=1)
    parts, bars = part.values[:, places[is_whole]], larger.values[:, is_whole]
    same_prices = (rolled_prices(parts) == bars[:VOLUME]).all(axis=0)
    same_volumes = np.isclose(parts[VOLUME:].sum(axis=2), bars[VOLUME:], rtol=VOLUME_TOLERANCE, atol=0).all(axis=0)
    unlike = np.zeros(len(larger.open_time_ms), bool)
    unlike[is_whole] = ~(same_prices & same_volumes)
    return unlike


def _fault(stored: StoredSeries, kind: str, wrong: "NDArray[np.bool_]") -> Iterator[Fault]:
    if wrong.any():
        first = int(stored.open_time_ms[wrong.argmax()])
        yield Fault(stored.symbol, stored.timeframe, kind, int(wrong.sum()), first)
