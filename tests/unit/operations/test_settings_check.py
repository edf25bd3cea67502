"""Whether settings can be used, as far as that can be told without asking anybody."""

import pytest

from eliteflow.config import (
    DataSettings,
    EngineSettings,
    NotifySettings,
    Settings,
    StrategySettings,
    VenueSettings,
)
from eliteflow.errors import ConfigError
from eliteflow.operations.settings_check import check_settings

REFUSED: dict[str, tuple[Settings, dict[str, str], str]] = {
    "no address": (Settings(venue=VenueSettings(environment="emulator")), {}, "venue.rest_url"),
    "address": (Settings(venue=VenueSettings(rest_url="fapi.binance.com")), {}, "venue.rest_url"),
    "stream address": (Settings(venue=VenueSettings(ws_url="wss://fstream.binance.com/ws")), {}, "venue.ws_url"),
    "proxy": (Settings(venue=VenueSettings(proxy="gopher://x")), {}, "venue.proxy"),
    "strategy": (Settings(strategy=StrategySettings(names=("dip",))), {}, "strategy.names"),
    "indicator": (Settings(engine=EngineSettings(indicators=("rsii",))), {}, "engine.indicators"),
    "receiver": (Settings(notify=NotifySettings(urls=("nonsense",))), {}, "notify.urls"),
    "half a pair of keys": (Settings(), {"BINANCE_API_KEY": "planted"}, "BINANCE_API_SECRET"),
}


def test_the_defaults_can_be_used() -> None:
    """With streams and without."""
    check_settings(Settings(), {})
    check_settings(Settings(data=DataSettings(streams="off")), {})


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_run_would_refuse_is_refused_now(case: str) -> None:
    """By the name of its key."""
    settings, environment, key = REFUSED[case]
    with pytest.raises(ConfigError) as refused:
        check_settings(settings, environment)
    assert refused.value.path == key
    assert "planted" not in str(refused.value)
