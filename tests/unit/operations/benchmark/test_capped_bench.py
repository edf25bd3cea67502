"""The benchmark at a venue with limits spends no more than it was allowed."""

import time

import pytest

from eliteflow.config import VenueSettings
from eliteflow.emulator.opening import EmulatorOptions
from eliteflow.emulator.server import EmulatorServer
from eliteflow.errors import ConfigError
from eliteflow.exchange import endpoints
from eliteflow.operations.benchmark.capped_bench import run_capped_bench, symbols_for

WEIGHT = 66


@pytest.mark.loopback
async def test_it_says_what_it_spends_first_and_spends_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three ways fetch four contracts each; the venue's own counter is what is believed."""
    said: list[str] = []
    begun_s = time.monotonic()

    def now_ms() -> int:  # well inside a clock minute, whenever the test runs
        return 1_795_420_810_000 + int((time.monotonic() - begun_s) * 1000)

    async with EmulatorServer(EmulatorOptions(symbols=6, young=0, latency_ms=0), now_ms=now_ms) as emulator:
        url = emulator.rest_url
        monkeypatch.setitem(endpoints.REST_URLS, "production", url)

        def announce(sentence: str) -> None:
            assert emulator.venue.limits.clients == {}
            said.append(sentence)

        result = await run_capped_bench(VenueSettings(), weight=WEIGHT, announce=announce, progress=said.append)
        client = emulator.venue.limits.client("127.0.0.1")
    assert f"at most {WEIGHT} of request weight at {url}: 4 contracts" in said[0]
    assert sum(client.weight_by_minute.values()) <= WEIGHT
    assert client.violations == 0
    assert {name: (one.requests, one.complete) for name, one in result.measurements.items()} == {
        "serial_gathered": (12, 12),
        "batch_64": (12, 12),
        "ours_cold": (12, 12),
        "ours_warm": (0, 12),
    }


@pytest.mark.parametrize("weight", [0, 38, 1201])
def test_a_weight_that_is_too_small_or_too_large_is_refused(weight: int) -> None:
    """Half of the venue's limit is the most that a benchmark may take."""
    with pytest.raises(ConfigError, match=f"wanted 39 to 1200, .* found {weight}"):
        symbols_for(weight)
