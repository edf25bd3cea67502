"""Charts as the program writes them: whole files, in both languages, without a network."""

import re
from pathlib import Path

import pytest

from eliteflow.operations.emulator_process import EmulatorAddress
from tests.emulator.program import eliteflow

pytestmark = pytest.mark.emulator


@pytest.mark.parametrize(("language", "simulated"), [("en", "SIMULATED"), ("zh-CN", "模拟行情")])
def test_a_page_has_everything_in_it(venue: EmulatorAddress, tmp_path: Path, language: str, simulated: str) -> None:
    """Candles, code and words; nothing is loaded from elsewhere."""
    out = tmp_path / "chart.html"
    done = eliteflow(
        *("chart", "btcusdt", "15m", "--rest-url", venue.rest_url, "--out", str(out), "--bars", "50"),
        ELITEFLOW_LANG=language,
    )
    page = out.read_text("utf-8")
    assert done.status == 0
    assert f"<title>BTCUSDT 15m [{simulated}]</title>" in page
    assert f'<html lang="{language}">' in page
    assert page.count('"when":') == 50
    assert not re.search(r"<(script|link)[^>]+(src|href)=", page)


def test_an_image_is_an_image(venue: EmulatorAddress, tmp_path: Path) -> None:
    """At twice the resolution of the page."""
    out = tmp_path / "chart.png"
    done = eliteflow("chart", "btcusdt", "1h", "--rest-url", venue.rest_url, "--out", str(out), "--indicators", "rsi")
    image = out.read_bytes()
    assert done.status == 0
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(image[16:20], "big") > 2_000
    assert "BTCUSDT 1h, 160 bars" in done.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("BTCUSDT", "1h", "--out", "a.jpg"), ".html or .png"),
        (("BTCUSDT", "1h"), ".html or .png"),
        (("BTCUSD", "1h", "--out", "a.png"), "'BTCUSD' is not a trading perpetual"),
        (("BTCUSDT", "1h", "--out", "a.png", "--indicators", "rsii"), "rsi"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(venue: EmulatorAddress, words: tuple[str, ...], sentence: str) -> None:
    """With the status of wrong usage."""
    done = eliteflow("chart", *words, "--rest-url", venue.rest_url, "--quiet")
    assert done.status == 2
    assert sentence in done.err
    assert len(done.err.strip().splitlines()) == 1
