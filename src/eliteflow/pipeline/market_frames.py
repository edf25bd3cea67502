"""From what a call found to the dicts of DataFrames that it returns."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from eliteflow.model.series import Series
from eliteflow.model.timeframe import Timeframe
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.frames import frame_of, frame_with_closed, frames_of, frames_with_forming
from eliteflow.pipeline.market_call import MarketCall

if TYPE_CHECKING:
    from numpy.typing import NDArray

MarketFrames = dict[str, dict[str, pd.DataFrame]]


class FormingSource(Protocol):
    """Who knows the bars in progress."""

    def forming(self, timeframe: Timeframe, symbols: Sequence[str], open_time_ms: int) -> "NDArray[np.float64]":
        """Return the bars that opened at `open_time_ms`, shape (fields, symbols), NaN where unknown."""


def frames_from_memory(
    store: CandleStore, forming: FormingSource, call: MarketCall, failed: Mapping[str, object]
) -> MarketFrames:
    """Return `{symbol: {timeframe: DataFrame}}` from L1, `{}` for a symbol that failed."""
    market: MarketFrames = {symbol: {} for symbol in call.symbols}
    complete = [symbol for symbol in call.symbols if symbol not in failed]
    for timeframe in call.timeframes:
        for symbol, frame in zip(complete, _stored(store, forming, call, timeframe, complete), strict=True):
            market[symbol][timeframe.value] = frame
    return market


def frames_from_history(
    history: Mapping[tuple[str, Timeframe], Series], call: MarketCall, failed: Mapping[str, object]
) -> MarketFrames:
    """Return `{symbol: {timeframe: DataFrame}}` from series that were paged, `{}` for a symbol that failed."""
    market: MarketFrames = {symbol: {} for symbol in call.symbols}
    for symbol in call.symbols:
        if symbol not in failed:
            for timeframe in call.timeframes:
                market[symbol][timeframe.value] = _paged(history[symbol, timeframe], call, timeframe)
    return market


def _stored(
    store: CandleStore, forming: FormingSource, call: MarketCall, timeframe: Timeframe, symbols: Sequence[str]
) -> Iterator[pd.DataFrame]:
    head_ms = call.head_ms(timeframe)
    block = store.block(timeframe, symbols, head_ms, call.limit)
    if not call.include_forming:
        return frames_of(block)
    return frames_with_forming(block, forming.forming(timeframe, symbols, head_ms + timeframe.ms), call.limit)


def _paged(series: Series, call: MarketCall, timeframe: Timeframe) -> pd.DataFrame:
    if not call.include_forming:
        return frame_of(series)
    return frame_with_closed(series, call.head_ms(timeframe), call.limit)
