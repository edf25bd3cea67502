"""What a whole market is compared with is what the venue answers, bar by bar."""

import numpy as np

from eliteflow.emulator.intervals import INTERVALS
from eliteflow.emulator.market import KlineQuery
from eliteflow.emulator.opening import EmulatorOptions, open_venue
from eliteflow.emulator.revisions import RevisionOrder
from eliteflow.emulator.steering import Steering
from eliteflow.exchange.kline_wire import decode_klines
from eliteflow.pipeline.candle_store import CandleStore
from eliteflow.pipeline.candle_views import StoredSeries
from tests.scenarios.live_world import MINUTE_MS, START_MS
from tests.scenarios.venue_truth import BARS, TIMEFRAMES, VenueTruth


def test_the_truth_is_what_the_venue_answers() -> None:
    """Of old and young contracts, hours later, with a listing and revisions, in memory and on disk."""
    venue = open_venue(EmulatorOptions(symbols=20, young=4), START_MS)
    steering, truth = Steering(venue), VenueTruth(venue.market)
    truth.advance(START_MS)
    symbols = [i.symbol for i in venue.market.instruments if i.is_usdt_perpetual][:20]
    for number, symbol in enumerate(symbols[:8]):
        steering.revise(RevisionOrder(symbol=symbol, bars_ago=1 + 7 * number, ticks=3), START_MS + number * MINUTE_MS)
    now_ms = START_MS + 150 * MINUTE_MS
    truth.advance(now_ms)
    store = CandleStore(512)
    for symbol in symbols:
        for timeframe in TIMEFRAMES:
            end_ms = timeframe.newest_closed_ms(now_ms)
            query = KlineQuery(symbol, INTERVALS[timeframe.value], None, end_ms, BARS)
            series = decode_klines(venue.market.klines(query, now_ms), timeframe.ms)
            store.write(symbol, timeframe, series, requested_ms=now_ms)
            stored = StoredSeries(symbol, timeframe, series.open_time_ms, series.values, series.open_time_ms)
            assert truth.stored_difference(stored) is None
            series.values[3, -1] += 1
            assert truth.stored_difference(stored) is not None
    for timeframe in TIMEFRAMES:
        assert list(truth.differences(timeframe, symbols, store)) == []
        head_ms = timeframe.newest_closed_ms(now_ms)
        wrong = store.block(timeframe, symbols[:1], head_ms, 1).values[:, :, 0] + 1
        store.close_bar(timeframe, head_ms, symbols[:1], wrong, np.array([now_ms + 1]))
        assert len(list(truth.differences(timeframe, symbols, store))) == 1
