"""Candles of many series as one file: Parquet, Arrow IPC or CSV.

All three have the same columns: `venue symbol timeframe open_time` and the nine fields of a candle.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from eliteflow.errors import ConfigError, InvalidArgument
from eliteflow.messages import text
from eliteflow.model.candle import FIELDS
from eliteflow.model.venue import SIMULATED
from eliteflow.operations.tables.documents import check_writable
from eliteflow.pipeline.candle_views import StoredSeries

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = {".parquet": "parquet", ".arrow": "arrow", ".feather": "arrow", ".csv": "csv"}
SERIES_AT_ONCE = 64
"""A row group of Parquet, of 499 bars each some 32,000 rows."""


class TableWriter(Protocol):
    """What the writers of pyarrow have in common."""

    def write_table(self, table: "pa.Table") -> None:
        """Add rows."""


def format_of(out: Path, chosen: object = None) -> str:
    """Return the format that was chosen, else the one that the file's name ends with.

    Raises InvalidArgument where there is neither.
    """
    found = chosen or FORMATS.get(out.suffix.lower())
    if not isinstance(found, str):
        raise InvalidArgument("--out", found=out.name, wanted=", ".join(f"*{ending}" for ending in FORMATS))
    return found


def write_candles(out: Path, file_format: str, venue: str, series: Sequence[StoredSeries]) -> None:
    """Write series in their order to `out`, whole or not at all; raise ConfigError if that fails."""
    check_writable(out)
    draft = out.with_name(f".{out.name}.part")
    columns = _Columns(venue, series, is_plain=file_format == "csv")
    try:
        with _WRITERS[file_format](draft, columns.schema) as writer:
            rest = iter(series)
            while some := list(islice(rest, SERIES_AT_ONCE)):
                writer.write_table(columns.table(some))
        draft.replace(out)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise ConfigError("--out", text("config.unwritable", path=out, reason=reason)) from error


class _Columns:
    """How candles become columns. is_plain: names are written out in every row, as CSV needs them."""

    def __init__(self, venue: str, series: Sequence[StoredSeries], *, is_plain: bool) -> None:
        import pyarrow as pa

        self._is_plain = is_plain
        # All tables of one file share their dictionaries: a file of Arrow can have but one of each.
        self._symbols = _places(stored.symbol for stored in series)
        self._timeframes = _places(stored.timeframe.value for stored in series)
        self._venue = {venue: 0}
        name = pa.string() if is_plain else pa.dictionary(pa.int32(), pa.string())
        columns = [("venue", name), ("symbol", name), ("timeframe", name), ("open_time", pa.timestamp("ms", "UTC"))]
        metadata = {"venue": venue, "simulated": str(venue == SIMULATED).lower()}
        self.schema = pa.schema([*columns, *((field, pa.float64()) for field in FIELDS)], metadata)

    def table(self, series: Sequence[StoredSeries]) -> "pa.Table":
        """Return the candles of some series, one below the other."""
        import pyarrow as pa

        bars = np.array([len(stored.open_time_ms) for stored in series])
        arrays = [
            self._names(self._venue, np.zeros(bars.sum(), np.int32)),
            self._names(self._symbols, np.repeat([self._symbols[stored.symbol] for stored in series], bars)),
            self._names(self._timeframes, np.repeat([self._timeframes[stored.timeframe] for stored in series], bars)),
            pa.array(np.concatenate([stored.open_time_ms for stored in series]), self.schema.field("open_time").type),
            *(np.concatenate([stored.values[row] for stored in series]) for row in range(len(FIELDS))),
        ]
        return pa.table(arrays, schema=self.schema)

    def _names(self, places: dict[str, int], column: "np.ndarray[tuple[int], np.dtype[np.integer]]") -> "pa.Array":
        import pyarrow as pa

        names = pa.DictionaryArray.from_arrays(pa.array(column, pa.int32()), pa.array(places, pa.string()))
        return names.dictionary_decode() if self._is_plain else names


def _places(names: Iterator[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


@contextlib.contextmanager
def _parquet(path: Path, schema: "pa.Schema") -> Iterator[TableWriter]:
    from pyarrow.parquet import ParquetWriter

    with ParquetWriter(path, schema, compression="zstd") as writer:
        yield writer


@contextlib.contextmanager
def _arrow(path: Path, schema: "pa.Schema") -> Iterator[TableWriter]:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        yield writer


@contextlib.contextmanager
def _csv(path: Path, schema: "pa.Schema") -> Iterator[TableWriter]:
    from pyarrow.csv import CSVWriter

    with CSVWriter(path, schema) as writer:
        yield writer


_WRITERS: dict[str, Callable[[Path, "pa.Schema"], contextlib.AbstractContextManager[TableWriter]]] = {
    "parquet": _parquet,
    "arrow": _arrow,
    "csv": _csv,
}
