"""The engine gives what TA-Lib gives, for one frame and for the market, and says clearly what it cannot do."""

import numpy as np
import pandas as pd
import pytest
import talib

from eliteflow.analysis import talib_library
from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicators import DEFAULT_SET
from eliteflow.analysis.kernels import OPEN_TIME_MS
from eliteflow.errors import InvalidArgument
from eliteflow.model.candle import OHLCV
from tests.unit.analysis.analysis_series import (
    Array,
    frame_of,
    hostile_series,
    panel_of,
    random_walk,
    same_bits,
    with_young_head,
)
from tests.unit.analysis.talib_calls import EXPECTED_CALLS, by_talib

ENGINE = EliteTechnicalEngine()
HOSTILE = hostile_series()


@pytest.mark.parametrize("function", sorted(talib_library.function_names()))
def test_every_talib_function_is_equal_to_talib_under_its_own_name(function: str) -> None:
    """`calculate` returns TA-Lib's own numbers for each of its functions, whatever the name is written like."""
    frame = frame_of(random_walk(200)).assign(periods=10.0)
    request = EliteTechnicalEngine()._registry.request(function.lower())
    found = ENGINE.calculate(function.title(), frame)
    if function == "ADX":  # named by eliteflow, with the two directions beside TA-Lib's output
        found = found["adx"]
    expected = getattr(talib, function)(*(frame[column].to_numpy() for column in request.inputs))
    expected = np.column_stack(expected) if isinstance(expected, tuple) else expected
    assert same_bits(found.to_numpy(), expected)
    assert found.index.equals(frame.index)


def test_calculate_returns_a_series_for_one_output_and_a_frame_for_several() -> None:
    """The shape and names of the result are the documented ones."""
    frame = frame_of(random_walk(60))
    rsi = ENGINE.calculate("rsi", frame)
    assert isinstance(rsi, pd.Series)
    assert rsi.name == "rsi"
    assert rsi.dtype == np.float64
    for name, columns in {
        "adx": ["adx", "plus_di", "minus_di"],
        "macd": ["macd", "signal", "histogram"],
        "bollinger": ["upper", "middle", "lower"],
        "stoch": ["k", "d"],
    }.items():
        found = ENGINE.calculate(name, frame)
        assert isinstance(found, pd.DataFrame)
        assert list(found.columns) == columns
        assert set(found.dtypes) == {np.dtype(np.float64)}


def test_parameters_may_be_talibs_the_short_ones_or_part_of_the_name() -> None:
    """`timeperiod=20`, `period=20`, `length=20` and `ema_20` mean the same."""
    frame = frame_of(random_walk(60))
    expected = talib.EMA(frame["close"].to_numpy(), 20)
    for found in (
        ENGINE.calculate("ema", frame, timeperiod=20),
        ENGINE.calculate("EMA", frame, period=int(np.int64(20))),
        ENGINE.calculate("Ema", frame, length=20),
        ENGINE.calculate("ema_20", frame),
    ):
        assert same_bits(found, expected)
    bands = ENGINE.calculate("bbands", frame, std=3)
    assert same_bits(bands.to_numpy()[:, 0], by_talib("BBANDS", "c", (20, 3.0, 3.0, 0), 0, frame.to_numpy().T))


def test_another_column_may_be_the_price() -> None:
    """`price="volume"` computes a one-price indicator from the volumes, and formulas follow their base."""
    frame = frame_of(random_walk(60))
    assert same_bits(ENGINE.calculate("sma", frame, price="volume", period=5), talib.SMA(frame["volume"].to_numpy(), 5))
    upper, _, lower = (by_talib("BBANDS", "h", (20, 2.0, 2.0, 0), band, frame.to_numpy().T) for band in range(3))
    found = ENGINE.calculate("percent_b", frame, price="high")
    np.testing.assert_array_equal(found.to_numpy(), (frame["high"].to_numpy() - lower) / (upper - lower))


def test_the_market_is_equal_to_talib_row_by_row() -> None:
    """Every row of every output of the default set has TA-Lib's bits, young listings included."""
    walks = [random_walk(140, seed=seed) for seed in range(6)]
    series = [*walks, with_young_head(walks[0], 60), with_young_head(walks[1], 137)]
    market = ENGINE.calculate_market(panel_of(*series))
    assert set(market.outputs) == {*EXPECTED_CALLS, "bollinger_width", "bollinger_percent_b"}
    for output, (function, columns, arguments, place) in EXPECTED_CALLS.items():
        for row, one in enumerate(series):
            expected = by_talib(function, columns, arguments, place, one)
            assert same_bits(market[output][row], expected), (output, row)


def test_width_and_percent_b_follow_from_the_bands() -> None:
    """Both are the textbook's formulas over TA-Lib's bands."""
    panel = panel_of(random_walk(60))
    market = ENGINE.calculate_market(panel, ("bollinger", "bollinger_width", "bollinger_percent_b"))
    upper, middle, lower = (market[f"bollinger_{band}"] for band in ("upper", "middle", "lower"))
    np.testing.assert_array_equal(market["bollinger_width"], (upper - lower) / middle)
    np.testing.assert_array_equal(market["bollinger_percent_b"], (panel.close - lower) / (upper - lower))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_series_give_talibs_numbers_without_a_warning(name: str) -> None:
    """Flat, empty, tiny and huge series are answered as TA-Lib answers them; warnings are errors in this suite."""
    series = HOSTILE[name]
    market = ENGINE.calculate_market(panel_of(series, random_walk(120)))
    assert market.holes == ()
    for output, (function, columns, arguments, place) in EXPECTED_CALLS.items():
        assert same_bits(market[output][0], by_talib(function, columns, arguments, place, series)), output
    for indicator in DEFAULT_SET:
        ENGINE.calculate(indicator, frame_of(series))


def test_no_output_is_infinite_or_neutral_on_a_series_that_never_moved() -> None:
    """Without movement %B is not defined, the width is 0, and nothing claims to be in the middle."""
    market = ENGINE.calculate_market(panel_of(HOSTILE["flat"]))
    newest = market.at("S0USDT")
    assert np.isnan(newest.pop("bollinger_percent_b"))
    assert newest["bollinger_width"] == 0
    assert newest["rsi"] == 0
    assert np.isfinite(list(newest.values())).all()


@pytest.mark.parametrize("bars", [0, 1, 3])
def test_very_short_series_are_answered_with_nan(bars: int) -> None:
    """Nought, one and three bars give results of that length, unknown wherever more bars are needed."""
    series = random_walk(bars + 1)[:, :bars]
    assert len(ENGINE.calculate("adx", frame_of(series))) == bars
    assert np.isnan(ENGINE.calculate("rsi", frame_of(series)).to_numpy()).all()
    market = ENGINE.calculate_market(panel_of(series))
    assert market["ema_20"].shape == (1, bars)
    assert np.isnan(market.latest("ema_20")).all()
    assert not market.converged("ema_20").any()


def test_a_series_with_a_hole_is_left_out_alone() -> None:
    """A broken promise of the store costs the one series that broke it, and names it."""
    whole, broken = random_walk(80), random_walk(80, seed=8)
    broken[3, 40] = np.nan
    endless = random_walk(80, seed=9)
    endless[1, 79] = np.inf
    panel = panel_of(whole, broken, endless)
    before = panel.values.copy()
    market = ENGINE.calculate_market(panel)
    assert market.holes == ("S1USDT", "S2USDT")
    assert market.known_bars.tolist() == [80, 0, 0]
    assert np.isnan(market["sma_20"][1:]).all()
    assert same_bits(market["sma_20"][0], talib.SMA(whole[3], 20))
    assert same_bits(panel.values, before)


def test_nothing_given_to_the_engine_is_written_to_or_shared() -> None:
    """The frame and its index keep their values and names, whatever is done to the result."""
    frame = frame_of(random_walk(60))
    before = frame.to_numpy().copy()
    for name in ("macd", "rsi"):
        result = ENGINE.calculate(name, frame)
        result.index.name = "changed"
        result.iloc[:] = 0
    assert frame.index.name == "timestamp"
    assert same_bits(frame, before)


def test_market_arrays_are_read_only() -> None:
    """Results are shared between readers, so nobody can change them."""
    market = ENGINE.calculate_market(panel_of(random_walk(30)), ("sma_5", "bollinger"))
    for output in market.outputs:
        with pytest.raises(ValueError, match="read-only"):
            market[output][0, 0] = 1


def test_a_panel_that_is_a_view_gives_the_same() -> None:
    """Non-contiguous candles, as a panel cut to fewer bars, are read correctly."""
    long = panel_of(random_walk(90), random_walk(90, seed=8))
    cut = type(long)(long.timeframe, long.symbols, long.open_time_ms[30:], long.values[:, :, 30:])
    expected = ENGINE.calculate_market(panel_of(*(np.ascontiguousarray(cut.values[:, row]) for row in range(2))))
    found = ENGINE.calculate_market(cut)
    assert all(same_bits(found[output], expected[output]) for output in expected.outputs)


@pytest.mark.parametrize(
    ("name", "parameters", "subject", "wanted"),
    [
        ("emaa", {}, "indicator", "ema"),
        ("bolinger", {}, "indicator", "bollinger"),
        ("rsi_14_3", {}, "rsi", "timeperiod"),
        ("ema", {"lenght": 5}, "ema.lenght", "timeperiod"),
        ("ema", {"timeperiod": 2.5}, "ema.timeperiod", "int"),
        ("ema", {"timeperiod": "5"}, "ema.timeperiod", "int"),
        ("ema", {"timeperiod": True}, "ema.timeperiod", "int"),
        ("ema", {"timeperiod": 0}, "ema", "timeperiod"),
        ("ema", {"timeperiod": 10**12}, "ema", "timeperiod"),
        ("bollinger", {"std": float("nan")}, "bollinger.nbdevup", "float"),
        ("ema", {"price": 3}, "ema.price", "close"),
        ("ema", {"price": "mark_price"}, "frame.columns", "mark_price"),
    ],
)
def test_what_cannot_be_calculated_is_refused_with_what_would_do(
    name: str, parameters: dict[str, float | str], subject: str, wanted: str
) -> None:
    """Unknown names and parameters, and values that cannot be used, each say what was wanted."""
    with pytest.raises(InvalidArgument) as refused:
        ENGINE.calculate(name, frame_of(random_walk(60)), **parameters)
    assert refused.value.name == subject
    assert wanted in refused.value.wanted


def test_market_refuses_unknown_names_before_computing() -> None:
    """One wrong name in the list is an error with the nearest names; one string is not a list."""
    panel = panel_of(random_walk(30))
    with pytest.raises(InvalidArgument) as refused:
        ENGINE.calculate_market(panel, ("rsi", "rsii"))
    assert "rsi" in refused.value.wanted
    with pytest.raises(InvalidArgument):
        ENGINE.calculate_market(panel, "rsi")
    with pytest.raises(InvalidArgument) as refused:
        ENGINE.calculate_market(panel, ("mavp",))
    assert refused.value.found == "periods"


def test_equal_requests_in_one_panel_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands, width and %B together ask TA-Lib once."""
    calls = []
    real = talib_library.row_function

    def counted(name: str) -> talib_library.RowFunction:
        calls.append(name)
        return real(name)

    monkeypatch.setattr(talib_library, "row_function", counted)
    ENGINE.calculate_market(panel_of(random_walk(30)), ("bollinger", "bollinger_width", "bollinger_percent_b"))
    assert calls == ["BBANDS"]


def test_users_register_their_own() -> None:
    """A registered function is computed like any other, with parameters, several outputs and in the market."""
    engine = EliteTechnicalEngine()

    def channel(high: Array, low: Array, *, period: int) -> tuple[Array, Array]:
        return np.asarray(talib.MAX(high, period)), np.asarray(talib.MIN(low, period))

    entry = engine.register(
        "channel", channel, inputs=("high", "low"), outputs=("top", "bottom"), parameters={"period": 5}, warm_up=4
    )
    assert entry in engine.indicators()
    series = random_walk(30)
    found = engine.calculate("channel", frame_of(series), period=7)
    assert list(found.columns) == ["top", "bottom"]
    assert same_bits(found["top"], talib.MAX(series[1], 7))
    market = engine.calculate_market(panel_of(series, random_walk(30, seed=8)), ("channel_3",))
    assert same_bits(market["top_3"][0], talib.MAX(series[1], 3))
    assert not market.converged("top_3").any()
    with pytest.raises(InvalidArgument):
        ENGINE.calculate("channel", frame_of(series))


def test_a_registered_function_cannot_write_or_return_another_length() -> None:
    """What a user's function does wrong is refused, and the candles stay as they are."""
    engine = EliteTechnicalEngine()

    def vandal(close: Array) -> Array:
        close[0] = 0
        return close

    engine.register("vandal", vandal, inputs=("close",))
    engine.register("short", lambda close: close[1:], inputs=("close",))
    with pytest.raises(ValueError, match="read-only"):
        engine.calculate("vandal", frame_of(random_walk(30)))
    with pytest.raises(InvalidArgument) as refused:
        engine.calculate("short", frame_of(random_walk(30)))
    assert refused.value.found == (1, 29)


@pytest.mark.parametrize("name", ["rsi", "bbands", "cdldoji", "macd_signal", "Bad Name", "1st"])
def test_taken_and_unusable_names_are_not_registered(name: str) -> None:
    """A name of the engine, of TA-Lib or of an output cannot be given twice."""
    with pytest.raises(InvalidArgument):
        EliteTechnicalEngine().register(name, lambda close: close, inputs=("close",))


def test_a_registered_indicator_needs_an_input() -> None:
    """Without a column there is nothing to compute from."""
    with pytest.raises(InvalidArgument):
        EliteTechnicalEngine().register("constant", lambda: np.zeros(1), inputs=())


def test_the_engine_lists_every_indicator_once() -> None:
    """`indicators()` names each built-in and TA-Lib function once, with its warm-up and source."""
    names = [indicator.name for indicator in ENGINE.indicators()]
    assert len(names) == len(set(names))
    assert {name.lower() for name in talib_library.function_names()} - {"bbands", "kc"} <= set(names)
    assert all(indicator.warm_up >= 0 and indicator.source for indicator in ENGINE.indicators())
    assert {*OHLCV, OPEN_TIME_MS} == {column for i in ENGINE.indicators() if i.name != "mavp" for column in i.inputs}
