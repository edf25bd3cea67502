"""`python -m bench run` measures, `python -m bench publish` writes the page from what was measured."""

import argparse
import sys
import time
from pathlib import Path

import msgspec

from bench import profiles
from bench.page import publish, write_table
from bench.results import (
    LATEST,
    ColumnResult,
    Results,
    TableResult,
    empty_results,
    read_results,
    utc_now,
    write_results,
)
from bench.rounds import Entry, run_rounds
from bench.scenarios import Column, Scenario, scenarios
from bench.venue import PEM, open_stream_venue, open_venue


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="measure scenarios and keep the figures, each as soon as it is there")
    run.add_argument("--peers", action="store_true", help="other people's clients too")
    run.add_argument("--only", default="", metavar="KEY,…", help="some scenarios, others stay as they are: " + _keys())
    run.add_argument("--rounds", type=int, default=3, help="of each system, after one that warms up")
    run.add_argument("--out", type=Path, default=LATEST)
    run.set_defaults(work=_run)
    page = commands.add_parser("publish", help="write docs/performance.* and the quoted figures from results")
    page.add_argument("--results", type=Path, default=LATEST)
    page.set_defaults(work=lambda options: publish(read_results(options.results)))
    options = parser.parse_args()
    options.work(options)


def _run(options: argparse.Namespace) -> None:
    chosen = [one for one in options.only.split(",") if one]
    if unknown := set(chosen) - set(_keys().split()):
        raise SystemExit(f"no scenario: {', '.join(sorted(unknown))}; there are {_keys()}")
    for scenario in scenarios(peers=options.peers):
        if chosen and scenario.key not in chosen:
            continue
        begun_s = time.monotonic()
        table = _measure(scenario, options.rounds)
        write_results(_known(options.out).having(table), options.out)
        print(write_table(table), flush=True)
        print(f"{scenario.key} took {time.monotonic() - begun_s:.0f} s", file=sys.stderr, flush=True)
    if not chosen or "profiles" in chosen:
        print("profiles …", file=sys.stderr, flush=True)
        write_results(msgspec.structs.replace(_known(options.out), profiles=profiles.measure()), options.out)


def _known(path: Path) -> Results:
    """Return what was measured before, as far as it is kept, on this machine."""
    known = read_results(path) if path.exists() else empty_results()
    fresh = empty_results()
    return msgspec.structs.replace(known, machine=fresh.machine, versions=fresh.versions)


def _measure(scenario: Scenario, rounds: int) -> TableResult:
    columns = []
    for column in scenario.columns:
        print(f"{scenario.key}, {column.label} …", file=sys.stderr, flush=True)
        columns.append(_column(column, rounds))
    return TableResult(scenario.key, utc_now(), rounds, columns)


def _column(column: Column, rounds: int) -> ColumnResult:
    def measured(entries: list[Entry]) -> list:
        if not column.needs_venue:
            names = [f"S{row}USDT" for row in range(column.symbols)]
            return run_rounds(None, entries, rounds=rounds, limit=column.limit, symbols=names)
        options = [word if word != "--tls" else f"--tls-pem={PEM}" for word in column.options]
        with open_venue(["--latency-ms", str(column.latency_ms), "--symbols", str(column.symbols), *options]) as venue:
            if column.orders:
                venue.order("/limits", **column.orders)
            if not column.klines:
                return run_rounds(venue, entries, rounds=rounds, limit=column.limit)
            with open_stream_venue(column.klines, column.rate) as streams:
                return run_rounds(venue, entries, rounds=rounds, streams=streams)

    found = measured(list(column.entries))
    return ColumnResult(column.label, column.latency_ms, column.limit, column.symbols, found)


def _keys() -> str:
    return " ".join([*(scenario.key for scenario in scenarios(peers=True)), "profiles"])


if __name__ == "__main__":
    main()
