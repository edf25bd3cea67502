"""What was measured, where and when: one JSON file, from which the page and every quoted figure is written."""

import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from bench.rounds import Measured

LATEST = Path(__file__).parent / "results/latest.json"
PUBLISHED = Path(__file__).parent.parent / "docs/performance.json"
LIBRARIES = (
    *("eliteflow", "aiohttp", "uvloop", "httptools", "msgspec", "numpy", "pandas", "picows", "TA-Lib", "ccxt"),
    *("python-binance", "binance-sdk-derivatives-trading-usds-futures", "nautilus-trader", "freqtrade"),
    "pandas-ta-classic",
)


class ColumnResult(msgspec.Struct, frozen=True):
    """One setting of a scenario with all its systems."""

    label: str
    latency_ms: int
    limit: int
    symbols: int
    measured: list[Measured]

    def of(self, name: str, form: str = "frames") -> Measured:
        """Return a system's figures."""
        return next(one for one in self.measured if (one.name, one.form) == (name, form))


class TableResult(msgspec.Struct, frozen=True):
    """One scenario. date: when it was measured, UTC. rounds: of most systems, after one that warms up; see `Entry`."""

    key: str
    date: str
    rounds: int
    columns: list[ColumnResult]


class Results(msgspec.Struct, frozen=True):
    """All scenarios measured on one machine. profiles: path → part → its share; see bench.profiles."""

    machine: dict[str, str]
    versions: dict[str, str]
    tables: list[TableResult]
    profiles: dict[str, dict[str, float]] = {}

    def table(self, key: str) -> TableResult | None:
        """Return a scenario's figures, None if it was not measured."""
        return next((table for table in self.tables if table.key == key), None)

    def having(self, table: TableResult) -> "Results":
        """Return the results with one table anew."""
        tables = [one for one in self.tables if one.key != table.key] + [table]
        return msgspec.structs.replace(self, tables=tables)


def read_results(path: Path) -> Results:
    """Read a file of results."""
    return msgspec.json.decode(path.read_bytes(), type=Results)


def write_results(results: Results, path: Path) -> None:
    """Write a file of results, a line a figure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")


def empty_results() -> Results:
    """Return results of this machine without a table."""
    cpu = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else ""
    names = [line.partition(":")[2].strip() for line in cpu.splitlines() if line.startswith("model name")]
    machine = {
        "processor": names[0] if names else platform.processor(),
        "cores": str(os.cpu_count()),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }
    return Results(machine, {name: found for name in LIBRARIES if (found := _version(name))}, [])


def utc_now() -> str:
    """Return date and time in UTC, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
