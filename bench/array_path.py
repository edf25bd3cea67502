"""Our decoder, memory and frames, behind somebody else's transport."""

from collections.abc import Sequence

import msgspec
import numpy as np
import pandas as pd

from eliteflow.exchange.kline_wire import decode_klines
from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.frames import frames_of

Row = tuple[int, float, float, float, float, float, int, float, int, float, float, float]
FIELD_COLUMNS = (1, 2, 3, 4, 5, 7, 8, 9, 10)


class ArrayPath:
    """Takes answers as they come, and makes the same frames of them as our pipeline does."""

    def __init__(self, now_ms: int) -> None:
        self._store = CandleStore()
        self._now_ms = now_ms

    def take_body(self, symbol: str, timeframe: str, body: bytes) -> None:
        """Take the bytes of an answer."""
        parsed = Timeframe.parse(timeframe)
        self._write(symbol, parsed, decode_klines(body, parsed.ms))

    def take_rows(self, symbol: str, timeframe: str, rows: Sequence[Sequence[object]]) -> None:
        """Take rows that a client has decoded already."""
        table = np.array(msgspec.convert(rows, list[Row], strict=False), np.float64)
        series = Series(table[:, 0].astype(np.int64), table.T.take(FIELD_COLUMNS, 0))
        self._write(symbol, Timeframe.parse(timeframe), series)

    def frames(
        self, symbols: Sequence[str], timeframes: Sequence[str], limit: int
    ) -> dict[str, dict[str, pd.DataFrame]]:
        """Return the newest closed bars; one fewer than was asked for, since the last row was in progress."""
        market: dict[str, dict[str, pd.DataFrame]] = {symbol: {} for symbol in symbols}
        for timeframe in timeframes:
            parsed = Timeframe.parse(timeframe)
            block = self._store.block(parsed, symbols, parsed.newest_closed_ms(self._now_ms), limit - 1)
            for symbol, frame in zip(symbols, frames_of(block), strict=True):
                market[symbol][timeframe] = frame
        return market

    def _write(self, symbol: str, timeframe: Timeframe, series: Series) -> None:
        self._store.write(symbol, timeframe, series, requested_ms=self._now_ms)
