"""A chart's specification holds the bars, lines and panes that were asked for, in the reader's language."""

import json
import re
from pathlib import Path

import pytest

from eliteflow import messages
from eliteflow.errors import ConfigError
from eliteflow.operations.charts import chart as module
from eliteflow.operations.charts.chart import Chart, is_chart_file, on_prices
from tests.unit.operations.charts.drawn import chart_of, signal_at, walk


def spec_of(chart: Chart) -> dict[str, object]:
    """The specification as JSON has it: NaN is not JSON."""
    made: dict[str, object] = json.loads(json.dumps(chart.spec(), allow_nan=False))
    return made


def test_the_newest_bars_are_drawn_with_values_from_all() -> None:
    """A value is not computed on what is drawn."""
    panel = walk()
    chart = chart_of(panel, bars=100)
    bars = spec_of(chart)["datasets"]["bars"]  # type: ignore[index] # JSON
    assert len(bars) == chart.shown == 100
    assert bars[-1]["close"] == panel.close[0, -1]
    assert bars[0]["ema_20"] == chart.indicators["ema_20"][0, -100]
    assert bars[-1]["when"] == "2025-06-17 21:55"
    assert chart_of(walk(30), bars=100).shown == 30


def test_what_is_not_known_yet_is_left_out() -> None:
    """A line begins where its value does."""
    bars = spec_of(chart_of(walk(40), bars=40))["datasets"]["bars"]  # type: ignore[index] # JSON
    assert "rsi" not in bars[13]
    assert "rsi" in bars[14]


def test_prices_are_drawn_over_the_candles_and_the_rest_in_panes() -> None:
    """One pane for the volume, one for each further indicator, all on one time axis."""
    spec = spec_of(chart_of(walk()))
    views = spec["vconcat"]
    assert isinstance(views, list)
    price, volume, rsi, macd = views
    lines = [layer["encoding"]["y"]["field"] for layer in price["layer"] if layer["mark"]["type"] == "line"]
    assert lines == ["ema_20", "bollinger_upper", "bollinger_middle", "bollinger_lower"]
    assert volume["encoding"]["y"]["field"] == "volume"
    assert [layer["mark"]["type"] for layer in rsi["layer"]] == ["rule", "rule", "line"]
    assert [layer["mark"]["type"] for layer in macd["layer"]] == ["rule", "line", "line", "bar"]
    assert spec["resolve"]["scale"]["x"] == "shared"  # type: ignore[index] # JSON
    assert spec["params"][0]["bind"] == "scales"  # type: ignore[index] # JSON


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ema_200", True),
        ("bollinger_20", True),
        ("session_vwap", True),
        ("sar", True),
        ("supertrend_10", True),
        ("rsi_7", False),
        ("macd", False),
        ("adx", False),
        ("volume_zscore", False),
        ("realised_volatility", False),
    ],
)
def test_an_indicator_in_the_unit_of_the_price_lies_over_the_candles(name: str, expected: bool) -> None:
    """With periods in its name or without."""
    assert on_prices(name) is expected


def test_the_price_axis_spans_candles_lines_and_trades_and_nothing_else() -> None:
    """An open gap far below would press the candles flat."""
    panel = walk()
    signal = signal_at(panel, 290)
    price = spec_of(chart_of(panel, signal))["vconcat"][0]  # type: ignore[index] # JSON
    (lowest, highest) = price["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert lowest < min(panel.low[0, -100:].min(), signal.signal.stop)
    assert highest > max(panel.high[0, -100:].max(), signal.signal.target)
    assert highest - lowest < 3 * (panel.high[0, -100:].max() - panel.low[0, -100:].min())


def test_a_simulated_market_says_so_in_both_languages() -> None:
    """In the title, which is in the picture."""
    chart = chart_of(walk())
    assert spec_of(chart)["title"]["text"] == "BTCUSDT 5m [SIMULATED]"  # type: ignore[index] # JSON
    messages.set_language("zh-CN")
    assert spec_of(chart)["title"]["text"] == "BTCUSDT 5m [模拟行情]"  # type: ignore[index] # JSON
    assert "production" in str(spec_of(chart_of(walk(), venue="production"))["title"])


def test_a_series_that_never_moved_has_a_price_axis() -> None:
    """With room on both sides."""
    panel = walk()
    panel.values[:4] = 7.0
    price = spec_of(chart_of(panel))["vconcat"][0]  # type: ignore[index] # JSON
    assert price["layer"][0]["encoding"]["y"]["scale"]["domain"] == [pytest.approx(6.93), pytest.approx(7.07)]


def test_an_image_that_no_font_can_write_is_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the language of everything else stays."""
    told: list[str] = []

    class Renderer:
        """Draws nothing, every character the same."""

        def svg_to_png(self, drawing: str) -> bytes:
            return b"" if re.search("[^\x00-\x7f]", drawing) else drawing.encode()

        def vegalite_to_png(self, spec: dict[str, dict[str, str]], **_: object) -> bytes:
            told.append(spec["title"]["text"])
            return b"png"

    monkeypatch.setattr(module, "_renderer", Renderer)
    messages.set_language("zh-CN")
    chart = chart_of(walk())
    assert chart.lacks_font()
    assert chart.png() == b"png"
    assert told == ["BTCUSDT 5m [SIMULATED]"]
    assert messages.language() == "zh-CN"
    messages.set_language("en")
    assert not chart.lacks_font()


def test_without_the_library_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    with pytest.raises(ConfigError, match=r"pip install 'eliteflow\[chart\]'"):
        chart_of(walk()).html()


def test_other_files_are_no_charts() -> None:
    """Their name would promise something else."""
    assert [is_chart_file(Path(name)) for name in ("a.html", "a.png", "a.jpg", "a")] == [True, True, False, False]
