"""The candles of the whole Binance USDⓈ-M perpetual market, correct, complete and current, and analysed in every cycle.

    UnifiedScheduler      one cycle after another: universe, batches, report
      EliteTechnicalEngine, TrendMonitor      indicators and trends, the whole market at once
        UnifiedDataPipeline, DataService, DiskCache      candles from memory, and what is missing from the venue
          BinanceClient, WebSocketManager, WeightBudget, CircuitBreaker      the venue, live and without a ban
            Settings, Clock, Timeframe, Panel, errors      what all of them speak in

Everything is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
    from eliteflow.analysis.trend_monitor import TrendMonitor
    from eliteflow.clock import Clock
    from eliteflow.config import Settings, load_settings
    from eliteflow.errors import EliteflowError
    from eliteflow.exchange.binance_client import BinanceClient
    from eliteflow.exchange.circuit_breaker import CircuitBreaker
    from eliteflow.exchange.websocket_manager import WebSocketManager
    from eliteflow.exchange.weight_budget import WeightBudget
    from eliteflow.model.panel import Panel
    from eliteflow.model.timeframe import Timeframe
    from eliteflow.pipeline.data_service import DataService
    from eliteflow.pipeline.disk_cache import DiskCache
    from eliteflow.pipeline.unified_data_pipeline import UnifiedDataPipeline
    from eliteflow.scheduler.cycle import CycleReport
    from eliteflow.scheduler.unified_scheduler import UnifiedScheduler

_HOMES = {
    "UnifiedScheduler": "scheduler.unified_scheduler",
    "CycleReport": "scheduler.cycle",
    "EliteTechnicalEngine": "analysis.elite_technical_engine",
    "TrendMonitor": "analysis.trend_monitor",
    "UnifiedDataPipeline": "pipeline.unified_data_pipeline",
    "DataService": "pipeline.data_service",
    "DiskCache": "pipeline.disk_cache",
    "BinanceClient": "exchange.binance_client",
    "WebSocketManager": "exchange.websocket_manager",
    "WeightBudget": "exchange.weight_budget",
    "CircuitBreaker": "exchange.circuit_breaker",
    "Settings": "config",
    "load_settings": "config",
    "Clock": "clock",
    "Timeframe": "model.timeframe",
    "Panel": "model.panel",
    "EliteflowError": "errors",
}

__all__ = [
    "BinanceClient",
    "CircuitBreaker",
    "Clock",
    "CycleReport",
    "DataService",
    "DiskCache",
    "EliteTechnicalEngine",
    "EliteflowError",
    "Panel",
    "Settings",
    "Timeframe",
    "TrendMonitor",
    "UnifiedDataPipeline",
    "UnifiedScheduler",
    "WebSocketManager",
    "WeightBudget",
    "load_settings",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'eliteflow' has no attribute {name!r}")
    return getattr(import_module(f"eliteflow.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
