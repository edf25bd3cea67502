"""What can be seen of a running program at one moment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_SERIES = re.compile(r"(?:eliteflow_)?(\w+)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'\w+="([^"]*)"')

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. at_s: seconds since the timetable's begin. values: of the metrics, as `values_of` names them."""

    at_s: float
    values: Values
    resident_mb: float
    processor_s: float
    venue_processor_s: float

    def __getitem__(self, name: str) -> float:
        return self.values.get(name, 0.0)


def values_of(exposition: str) -> dict[str, float]:
    """Return a scrape as name → value; labels follow the name, separated by spaces: `requests_total ok`."""
    found = {}
    for line in exposition.splitlines():
        if not line.startswith("#") and (series := _SERIES.fullmatch(line)):
            name, labels, value = series.groups()
            found[" ".join([name, *_LABEL.findall(labels or "")])] = float(value)
    return found


def mean_since(before: Values, now: Values, histogram: str) -> float:
    """Return the mean of what a histogram has seen between two scrapes, 0 where that is nothing."""
    count, total = (now.get(f"{histogram}_{part}", 0) - before.get(f"{histogram}_{part}", 0) for part in _PARTS)
    return total / count if count else 0.0


_PARTS = ("count", "sum")
