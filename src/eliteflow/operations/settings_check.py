"""Whether settings can be used, as far as that can be told without asking anybody."""

from collections.abc import Mapping

from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.config import Settings
from eliteflow.exchange import endpoints
from eliteflow.exchange.binance_client import BinanceClient
from eliteflow.exchange.credentials import load_credentials
from eliteflow.exchange.websocket_manager import WebSocketManager
from eliteflow.operations.notices.apprise_sink import apprise_sinks
from eliteflow.scheduler.strategy_loading import indicator_names, load_strategies


def check_settings(settings: Settings, environment: Mapping[str, str]) -> None:
    """Raise ConfigError or InvalidArgument for the first thing that a run would refuse before it begins.

    Addresses, proxy, keys, receivers of notifications, strategies and indicators; that each value is of its kind is
    known since it was loaded.
    """
    endpoints.rest_url(settings.venue)
    BinanceClient(settings)
    if settings.data.streams != "off":
        WebSocketManager(settings)
    load_credentials(environment)
    apprise_sinks(settings.notify.urls)
    indicator_names(EliteTechnicalEngine(), settings.engine.indicators, load_strategies(settings.strategy.names))
