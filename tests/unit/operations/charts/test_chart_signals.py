"""Signals are drawn where they were given, with stop and target until they ended."""

from dataclasses import replace

from eliteflow.analysis.signal_outcome import FollowedSignal
from eliteflow.model.signal import Side
from eliteflow.model.timeframe import Timeframe
from eliteflow.operations.charts.chart_signals import SignalLayers
from tests.unit.operations.charts.drawn import M5, signal_at, walk

PANEL = walk()


def test_an_arrow_points_its_way_and_tells_what_became_of_it() -> None:
    """Stop and target are drawn from the signal to its end."""
    long, short = signal_at(PANEL, 240), signal_at(PANEL, 298, Side.SHORT)
    data = SignalLayers([long, short], PANEL, 100).data()
    assert [row["price"] for row in data["longs"]] == [long.signal.entry]
    assert [row["price"] for row in data["shorts"]] == [short.signal.entry]
    assert f"{long.result_r:+.2f} R" in str(data["longs"][0]["told"])
    assert str(data["shorts"][0]["told"]).endswith("; open")
    assert {row["price"] for row in data["trades"][:2]} == {long.signal.stop, long.signal.target}
    assert long.course.ended_ms is not None
    assert {row["right"] for row in data["trades"][:2]} == {long.course.ended_ms + M5.ms}
    assert {row["right"] for row in data["trades"][2:]} == {PANEL.open_time_ms[-1] + M5.ms}


def test_signals_outside_the_picture_are_not_drawn() -> None:
    """Nor do their stops stretch the price axis."""
    layers = SignalLayers([signal_at(PANEL, 10)], PANEL, 100)
    assert (layers.prices(), layers.data()["trades"]) == ([], [])


def test_a_signal_of_another_timeframe_stands_in_the_bar_it_falls_into() -> None:
    """A signal of 1m at 10:03 is drawn at the bar of 10:00."""
    one = signal_at(PANEL, 290)
    minute = FollowedSignal.new(
        replace(one.signal, timeframe=Timeframe.M1, bar_ms=one.signal.bar_ms + 3 * Timeframe.M1.ms)
    )
    (row,) = SignalLayers([minute], PANEL, 100).data()["longs"]
    assert row["middle"] == one.signal.bar_ms + M5.ms // 2
