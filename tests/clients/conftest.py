"""Third-party clients against an emulator in a process of its own.

They are the dependency group `clients`. Where one cannot be imported its tests are left out and the reason is printed;
with ELITEFLOW_CLIENTS=required, as in CI, that is an error.
"""

import importlib
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from tests.conftest import NOTES

CLIENTS = {
    "test_client_examples.py": "ccxt.pro",
    "test_ccxt.py": "ccxt.pro",
    "test_python_binance.py": "binance",
    "test_official_sdk.py": "binance_sdk_derivatives_trading_usds_futures",
}
SYMBOLS, STREAMS = 60, 50


def _reason(module: str) -> str:
    try:
        with warnings.catch_warnings(action="ignore"):  # what they import is theirs
            importlib.import_module(module)
    except ImportError as error:
        return f"{type(error).__name__}: {error}"
    return ""


MISSING = {file: reason for file, module in CLIENTS.items() if (reason := _reason(module))}
collect_ignore = list(MISSING)
if MISSING and os.environ.get("ELITEFLOW_CLIENTS") == "required":
    raise pytest.UsageError(f"clients that cannot run: {MISSING}")


def pytest_configure(config: pytest.Config) -> None:
    """List the clients that cannot run, with their errors."""
    notes = config.stash.setdefault(NOTES, set())
    notes |= {f"client {CLIENTS[file]} cannot run: {reason}" for file, reason in MISSING.items()}


class Emulator:
    """Where an emulator is, and what is true there."""

    def __init__(self, address: dict[str, Any]) -> None:
        self.rest_url, self.ws_url = str(address["rest_url"]), str(address["ws_url"])
        self._control_url = str(address["control_url"])

    def universe(self) -> set[str]:
        """Return the trading USDT perpetuals."""
        with urlopen(f"{self.rest_url}/fapi/v1/exchangeInfo") as answer:
            entries = json.load(answer)["symbols"]
        wanted = {"contractType": "PERPETUAL", "status": "TRADING", "quoteAsset": "USDT", "marginAsset": "USDT"}
        return {entry["symbol"] for entry in entries if wanted.items() <= entry.items()}

    def truth(self, symbol: str, timeframe: str, limit: int, at_ms: int | None = None) -> list[list[Any]]:
        """Return the venue's own rows, as of a time; the last column says whether a row is closed."""
        asked = f"symbol={quote(symbol)}&timeframe={timeframe}&limit={limit}" + (f"&at={at_ms}" if at_ms else "")
        with urlopen(f"{self._control_url}/truth?{asked}") as answer:
            rows: list[list[Any]] = json.load(answer)["rows"]
        return rows

    def closed(self, symbol: str, timeframe: str, limit: int) -> list[list[Any]]:
        """Return the newest closed rows."""
        return [row[:12] for row in self.truth(symbol, timeframe, limit + 1) if row[12]][-limit:]

    def at_volume(self, symbol: str, timeframe: str, open_ms: int, volume: float) -> list[Any]:
        """Return the row of a bar as it stood when its volume had reached an amount."""
        with urlopen(f"{self.rest_url}/fapi/v1/time") as answer:
            late = json.load(answer)["serverTime"]
        early = open_ms
        while early < late:
            middle = (early + late) // 2
            row = self.truth(symbol, timeframe, 1, middle)[-1]
            has_come = row[0] > open_ms or (row[0] == open_ms and float(row[5]) >= volume)
            early, late = (early, middle) if has_come else (middle + 1, late)
        return self.truth(symbol, timeframe, 1, late)[-1][:12]


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """An emulator of sixty contracts."""
    command = [sys.executable, "-m", "eliteflow.emulator", "--symbols", str(SYMBOLS), "--latency-ms", "0"]
    with subprocess.Popen([*command, "--no-limits"], stdout=subprocess.PIPE, cwd=Path(__file__).parent) as process:
        assert process.stdout is not None
        try:
            yield Emulator(json.loads(process.stdout.readline()))
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def names(emulator: Emulator) -> list[str]:
    """Fifty symbols, one of them not ASCII."""
    universe = sorted(emulator.universe(), key=lambda symbol: (symbol.isascii(), symbol))
    assert len(universe) == SYMBOLS
    return universe[:STREAMS]
