"""How long after a close its signals were out, from the program's log."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from eliteflow.errors import utc_text

CLOSE_EVERY_MS = 300_000
MOST_AFTER_MS = 60_000
"""A cycle that looks at the market later than this after a close was not begun by it."""


class Line(NamedTuple):
    """A line of the log. at_ms: when it was written, on the machine's clock."""

    at_ms: int
    event: str
    fields: Mapping[str, object]


class Close(NamedTuple):
    """A close, in milliseconds after it.

    heard_ms: when the venue's last final kline reached the witness. out_ms: when the cycle was finished, its signals
    judged and kept. analysis_ms: spent on indicators, trends and strategies. fetched: bars that the barrier asked REST
    for. missing: bars when the cycle was let go.
    """

    boundary_ms: int
    heard_ms: int | None
    out_ms: int
    cycle_ms: float
    analysis_ms: float
    requests: int
    fetched: int
    missing: int
    signals: int

    @property
    def own_ms(self) -> int | None:
        """Our own share: from the last final kline to the end; None where it was not the last thing waited for."""
        return (
            None
            if self.heard_ms is None or self.requests or self.fetched or self.missing
            else self.out_ms - self.heard_ms
        )


def read_log(path: Path) -> list[Line]:
    """Return the lines of a log that are events."""
    lines = (msgspec.json.decode(line) for line in path.read_bytes().splitlines() if line.startswith(b"{"))
    return [Line(_time_ms(line.pop("ts")), line.pop("event"), line) for line in lines if "event" in line]


def closes(lines: list[Line], heard_ms: Mapping[int, int]) -> Iterator[Close]:
    """Yield each close that a cycle has followed. heard_ms: of a witness, by close."""
    missing = {
        line.fields["boundary"]: int(str(line.fields["bars"])) for line in lines if line.event == "close.missing"
    }
    fetched = {
        line.fields["boundary"]: int(str(line.fields["fetched"])) for line in lines if line.event == "close.completed"
    }
    for line in lines:
        if line.event != "cycle.finished":
            continue
        fields = line.fields
        boundary_ms, after_ms = _close_before(int(str(fields["as_of_ms"])))
        if after_ms > MOST_AFTER_MS or fields["cycle"] == 1:
            continue
        heard = heard_ms.get(boundary_ms)
        yield Close(
            boundary_ms,
            None if heard is None else heard - boundary_ms,
            line.at_ms - boundary_ms,
            float(str(fields["total_s"])) * 1000,
            float(str(fields["analysis_s"])) * 1000,
            int(str(fields["requests"])),
            fetched.get(utc_text(boundary_ms), 0),
            missing.get(utc_text(boundary_ms), 0),
            int(str(fields["signals"])),
        )


def _close_before(at_ms: int) -> tuple[int, int]:
    return at_ms - at_ms % CLOSE_EVERY_MS, at_ms % CLOSE_EVERY_MS


def _time_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
