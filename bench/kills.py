"""SIGTERM and kill -9 at random moments: what is left, and what the next start makes of it.

    python -m bench.kills                       # 20 of each, 60 contracts, about 12 minutes
    python -m bench.kills --symbols 530         # the whole market

`eliteflow emulator` and `eliteflow run` are processes of their own. The program falls about closes, while it starts, in
the first fill, while history is fetched and in between, and is begun again at once. Its strategy writes down what it is
shown and buys a few symbols at each close; a webhook hears of them. What memory, disk, ledger and webhook had is
compared with the venue's own bars, and with each other. The exit status is 1 when a claim does not hold.

Limits: one machine, loopback, no faults of the venue besides (those are `make soak-live`); a kill -9 ends a process, no
power is lost.
"""

import argparse
import asyncio
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp

from bench.soak.fall_findings import (
    FallFindings,
    complaints,
    kept_by,
    lacks,
    logged_signals,
    seen_in_cycles,
    unfounded,
)
from bench.soak.falls import Fall, plan_falls
from bench.soak.lives import Life, Lives
from bench.soak.page import today
from bench.soak.processes import start_venue
from bench.soak.recorder import TIMEFRAMES
from bench.soak.truth import DEPTH, Truth
from bench.soak.webhook import open_webhook
from bench.soak_live import trading
from eliteflow.scheduler.ledger_file import SUFFIX, read_ledger

PAGE = Path(__file__).parent / "results/kills.md"
CLOSES, ABOUT_EACH = 3, 4
SHOWN = 20
"""Bars that differ are shown up to so many."""


async def falls_of(plan: list[Fall], symbols: int, seed: int, *venue_options: str) -> FallFindings:
    """Play the falls before a venue of its own, and compare all that is left with what is true."""
    begun_s = time.monotonic()
    venue, address = start_venue("--symbols", str(symbols), *venue_options)
    try:
        with tempfile.TemporaryDirectory() as name:
            async with open_webhook() as (webhook, url), aiohttp.ClientSession() as session:
                names = await trading(session, address)
                lives, truth = Lives(address, Path(name), url), Truth(address.control_url)
                series = [(symbol, timeframe) for symbol in names for timeframe in TIMEFRAMES]

                async def is_whole() -> bool:
                    if not truth.bars:
                        await truth.fetch(series)
                    return not lacks(lives.store, truth)

                lived = await lives.play(plan, is_whole)
                await truth.fetch(series)
                async with session.get(f"{address.control_url}/stats") as answer:
                    refusals = (await answer.json())["statuses"].get("429", 0)
            minutes = (time.monotonic() - begun_s) / 60
            return _compared(lives, lived, truth, names, webhook.told, seed, minutes, refusals)
    finally:
        venue.end()


def _compared(
    lives: Lives,
    lived: list[Life],
    truth: Truth,
    names: list[str],
    told: list[tuple[str, int]],
    seed: int,
    minutes: float,
    refusals: int,
) -> FallFindings:
    """Put together what was left."""
    signals = read_ledger(lives.store.with_suffix(SUFFIX)).signals
    kept = [one.signal for one in signals]
    return FallFindings(
        seed=seed,
        symbols=len(names),
        minutes=minutes,
        lives=lived,
        seen=seen_in_cycles(lives.seen, truth),
        kept=[kept_by(life, truth) for life in lived[:-1]],
        last=kept_by(lived[-1], truth, DEPTH),
        signals=kept,
        unfounded=len(unfounded(kept, names, truth)),
        told=told,
        logged=logged_signals([life.log for life in lived]),
        complaints=complaints(lived),
        refusals=refusals,
    )


def write(findings: FallFindings, page: Path, conditions: list[str]) -> None:
    """Write the report."""
    page.write_text("\n".join(_lines(findings, conditions)) + "\n", "utf-8")


def _lines(findings: FallFindings, conditions: list[str]) -> Iterator[str]:
    yield "# Falls\n"
    yield from (f"- {condition}" for condition in conditions)
    yield f"- {findings.symbols} contracts, {findings.minutes:.1f} minutes, seed {findings.seed}\n"
    yield "| | wanted | found | |\n| --- | --- | --- | --- |"
    for claim in findings.claims():
        yield f"| {claim.what} | {claim.wanted} | {claim.found} | {'yes' if claim.holds else '**no**'} |"
    yield "\n| | signal | moment | at, s | ready after, s | status | ended in, s | bars left |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    left = [*findings.kept, findings.last]
    for life, kept in zip(findings.lives, left, strict=True):
        fall, ready = life.fall, f"{life.ready.after_s:.2f}" if life.ready else "–"
        yield (
            f"| {fall.number} | {fall.signal.name} | {fall.moment} | {fall.at_s:+.2f} | {ready} | {life.status} "
            f"| {life.took_s:.2f} | {kept.bars:,} |"
        )
    unlike = [one for kept in left for one in (*kept.wrong, *kept.lost)]
    yield from (f"\n{one}" for one in [*findings.seen.wrong, *unlike][:SHOWN])


def main() -> None:
    """Run it, write the report, and say what does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--symbols", type=int, default=60)
    parser.add_argument("--each", type=int, default=20, help="falls by each of the two signals")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", type=Path, default=PAGE, help="where the report goes")
    options = parser.parse_args()
    plan = plan_falls(options.each, CLOSES, ABOUT_EACH, options.seed)
    findings = asyncio.run(falls_of(plan, options.symbols, options.seed))
    command = " ".join(["python -m bench.kills", *sys.argv[1:]])
    machine = f"Python {platform.python_version()}, {platform.machine()}, Linux {platform.release()}"
    options.page.parent.mkdir(exist_ok=True)
    write(findings, options.page, [f"`{command}`, {today()}", machine])
    for claim in findings.claims():
        print(f"{'yes' if claim.holds else 'NO '}  {claim.what}: {claim.found} (wanted: {claim.wanted})")
    sys.exit(not all(claim.holds for claim in findings.claims()))


if __name__ == "__main__":
    main()
