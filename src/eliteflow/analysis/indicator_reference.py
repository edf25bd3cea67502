"""Writes docs/indicators.md: `python -m eliteflow.analysis.indicator_reference > docs/indicators.md`."""

import sys
from collections.abc import Iterable, Iterator
from types import ModuleType

from eliteflow.analysis import (
    convergence,
    fair_value_gaps,
    liquidity_sweeps,
    market_regime,
    order_blocks,
    structure,
    structure_breaks,
    swings,
    talib_library,
    trend_rule,
)
from eliteflow.analysis.elite_technical_engine import EliteTechnicalEngine
from eliteflow.analysis.indicator import PARAMETER_ALIASES, Indicator
from eliteflow.analysis.indicators import ALIASES, BUILT_IN, DEFAULT_SET
from eliteflow.analysis.kernels import LIVE_BARS
from eliteflow.analysis.strategies import trend_pullback

_HEADER = ("Name", "What", "Parameters", "Outputs", "Reads", "First value at bar", "Converged from bar", "Source")

_INTRODUCTION = """\
# Indicators

<!-- Written by `python -m eliteflow.analysis.indicator_reference > docs/indicators.md`; do not edit. -->

```python
engine = EliteTechnicalEngine()
engine.calculate("rsi", frame)                       # float64 Series on the frame's own index
engine.calculate("macd", frame, fast=5, slow=35)     # DataFrame: macd signal histogram
engine.calculate("ema_200", frame)                   # the same as calculate("ema", frame, timeperiod=200)
engine.calculate("sma", frame, period=20, price="volume")
market = engine.calculate_market(panel)              # the default set, all symbols at once
market["rsi"]                                        # (symbols, bars)
market.latest("adx"), market.converged("adx")        # (symbols,), newest bar
rank(market["rsi"]), share_above(panel.close, market["ema_50"])   # across the market, see below
engine.register("range", lambda high, low: high - low, inputs=("high", "low"))
```

`frame` has the columns `open high low close volume`; only those that an indicator reads must be there. NaN is accepted
before the first candle only: anywhere else it is an `InvalidArgument` that names the column and the row. In a panel
such a series is left out alone, and named in `market.holes`. Names may be written in any case.
"""

_UPDATES = f"""\
## Bar by bar

```python
engine = EliteTechnicalEngine(live=(*DEFAULT_SET, "donchian"))
market = engine.update(bar, store)    # MarketBar: one closed bar of all symbols, or of some; store: for what is new
market = engine.update(panel)         # without a store: the newest bar of each panel, compared with the one before
market = engine.peek(forming)         # MarketBar in progress: as if it closed now; leaves no trace
market.latest("rsi"), market.converged("rsi"), market.holes
```

A value is the function over all bars since the series' anchor, the first bar that was known when it was opened, and
equals `calculate_market` over those bars to the bit. A series goes on while each bar follows the one before. It is
opened anew, from the store's bars, after a gap or an absence, when a closed bar was corrected (`revisions`), and when
older bars than the anchor have arrived (`first_ms`); bars that the store forgets move no anchor. `known_bars` counts
from the anchor, and convergence is judged by it. A registered function is called with the newest {LIVE_BARS} bars.
"""

_VALUES = """\
## Values

- What comes from TA-Lib equals it to the bit; the rest is eliteflow's own formula over all symbols at once. What is not
  known yet is NaN, never a neutral 50 or 0; only TA-Lib's whole numbers (candle patterns, `ht_trendmode`,
  `supertrend_trend`, positions) are 0 before their first value, as TA-Lib gives them.
- Where a denominator is 0, TA-Lib answers 0: on a series without movement RSI, ADX, CCI, Stochastic and MFI are 0.
  `bollinger_percent_b` is NaN where the bands meet, a VWAP without volume, `volume_zscore` where no volume differs.
- `keltner` begins both of its means at its first value: the ATR is seeded with the true ranges just before it.
  `supertrend` begins in an up trend. `donchian` includes the bar itself, so a close never breaks its own channel:
  compare it with the channel of the bar before.
- Sums since the first bar (`obv`, `ad`, `vwap`, …) have no level of their own: only their differences mean something.
"""

_CONVERGENCE = """\
## Converged

A recursive indicator remembers where its series began. It is flagged converged from that number of known bars on, at
which its newest value is within {tolerance:g} (relative to the mean size of the output over its last 100 bars) of the
one from an endless history. The number follows from the recursion: an exponential mean with weight α (2 / (p + 1); in
Wilder's indicators 1 / p) keeps (1 - α)^k of its seed's error after k bars, and s such means in a row keep
P(Binomial(k, α) < s). The seed may be off by {price:g} × the value for means of prices, and by {movement:g} × for what
measures movement, which can be seeded in a crash and read in a calm. A window of fixed length is converged at its first
value. "never": the value counts from the first bar, its rate adapts to the prices, or it is a path with stops: where a
Supertrend stands depends on the turns it took, and how long the present one lasts has no bound. A session VWAP has no
value on a day whose first bar is not known, so every value it has is converged. A value that is NaN is not converged.
"""

_ACROSS = """\
## Across the market

Functions of `eliteflow.analysis.cross_section` over arrays (symbols, bars), at each bar alone; a symbol whose value is
not known there does not count.

- `rank(values)`: the part of the other symbols that each is above, 0–1, equal ones counted half; NaN without company.
- `share_above(values, level)`: breadth, the part of the market above a number or another output.
- `advance_decline(close)`: (advancing - declining) / all, -1 to 1.
"""

_TREND = """\
## Trend

`TrendMonitor` judges every bar by one rule, with hysteresis:

"""

_REGIME = """\
## Regime

`find_regime(trends, market)` tells what kind of market it is; `eliteflow trends` shows it:

"""

_STRUCTURE = f"""\
## Structure

`find_structure(panel, reach={structure.REACH})` finds in all symbols at once: `highs`, `lows`, `breaks`, `sweeps` as
arrays (symbols, bars), `gaps` and `blocks` as lists of zones. Every value stands at the bar at whose close it became
knowable, and nothing later changes it; what a swing marks lies `reach` bars before. `structure_state(found, symbol)`
tells one symbol's newest swings, break and open zones in plain values.
"""

_STRATEGIES = """\
## Strategies

A strategy sees the whole market at one instant and answers with signals, the funnel (total → data → trend →
confirmation → entry → reward_risk → signal) and, for every symbol, each rule with the values it was judged on:

```python
view = MarketView(as_of_ms, symbols, indicators=indicators, trends=monitor.trends, panels=panels)
verdict = TrendPullback(min_reward_risk=2).evaluate(view)
verdict.signals, verdict.funnel
verdict.explain("BTCUSDT").failed      # Check(step='entry', rule='…', passed=False, values={…})
```

One of one's own is a class with `name`, `reads` and `evaluate`; `eliteflow.analysis.strategy` shows one. The
built-in one:
"""

_FIGURES = """\
## How fast

530 symbols × 3 timeframes × 499 bars, one core (AMD EPYC, 2 shared cores, Python 3.11, 2026-11-24):

| what | ms | measured by |
| --- | --- | --- |
| the default set computed anew, all series | 171 | `python bench/engine.py --bars 499` |
| the same with pandas, symbol by symbol | 12,800, 74 × as long | the same run |
| a close of 5m, all symbols: handles and trends | 5.7 | the same run |
| a close of 1h, which is one of all three | 17.4, pandas 760 × as long | the same run |
| `trend_pullback` with its funnel | 0.4 | the same run |
| the whole analysis step of a cycle at a close of 5m, in batches of 64 | 14.5 | `python bench/live_cycle.py` |
| the same at a close of 1h | 35.6 | the same run |
| the same where nothing has closed | 3.1 | the same run |

The last three are the fastest of many cycles in processor time, on a busy machine. The whole running program, with
streams, disk cache and all handles, takes 274 MB, 294 MB at its highest (`python bench/process_memory.py`).
"""

_DEFINITIONS = {
    "Swings": swings,
    "Breaks of structure, changes of character": structure_breaks,
    "Fair value gaps": fair_value_gaps,
    "Order blocks": order_blocks,
    "Liquidity sweeps": liquidity_sweeps,
}


def render() -> str:
    """Return the page, from the registry."""
    sections = [
        _INTRODUCTION,
        _named(),
        _UPDATES,
        _VALUES,
        _converged(),
        _ACROSS,
        _TREND + _rule(trend_rule),
        _REGIME + _rule(market_regime),
        _structure(),
        _strategies(),
        _FIGURES,
        _others(),
    ]
    return "\n".join(sections)


def _named() -> str:
    default = f"The default set: {', '.join(f'`{name}`' for name in DEFAULT_SET)}.\n"
    aliases = ", ".join(f"`{alias}` → `{name}`" for alias, name in ALIASES.items())
    short = ", ".join(f"`{name}` → {' and '.join(f'`{p}`' for p in to)}" for name, to in PARAMETER_ALIASES.items())
    other_names = f"Other names accepted: {aliases}. Short parameters: {short}.\n"
    return "\n".join(["## Named by eliteflow\n", *_table(BUILT_IN), "", default, other_names])


def _converged() -> str:
    return _CONVERGENCE.format(
        tolerance=convergence.TOLERANCE, price=convergence.PRICE_SEED_ERROR, movement=convergence.MOVEMENT_SEED_ERROR
    )


def _rule(module: ModuleType) -> str:
    """Return the rule's own words, without the first line, which is about the module."""
    return "\n".join(["```text", *(module.__doc__ or "").splitlines()[2:], "```", ""])


def _structure() -> str:
    """Return the definitions in the words of their modules, each under its title."""
    lines = [_STRUCTURE]
    for title, module in _DEFINITIONS.items():
        lines += [f"### {title}\n", *(module.__doc__ or "").splitlines()[2:], ""]
    return "\n".join(lines)


def _strategies() -> str:
    definition = (trend_pullback.__doc__ or "").splitlines()
    return "\n".join([_STRATEGIES, "```text", *definition, "```", ""])


def _others() -> str:
    named = {indicator.name for indicator in BUILT_IN}
    rest = [indicator for indicator in EliteTechnicalEngine().indicators() if indicator.name not in named]
    groups: dict[str, list[Indicator]] = {}
    for indicator in rest:
        groups.setdefault(talib_library.facts(indicator.name.upper()).group, []).append(indicator)
    lines = ["## Every other function of TA-Lib, by its own name\n"]
    for group, members in sorted(groups.items()):
        lines += [f"### {group}\n", *_table(members), ""]
    return "\n".join(lines)


def _table(indicators: Iterable[Indicator]) -> Iterator[str]:
    yield _line(_HEADER)
    yield _line("---" for _ in _HEADER)
    for indicator in indicators:
        yield _line(_cells(indicator))


def _cells(indicator: Indicator) -> Iterator[str]:
    yield f"`{indicator.name}`"
    yield indicator.title
    yield ", ".join(f"`{name}={value}`" for name, value in indicator.parameters.items())
    yield _outputs(indicator)
    yield " ".join(indicator.inputs)
    yield str(indicator.warm_up + 1)
    yield ", ".join("never" if bars is None else str(bars) for bars in dict.fromkeys(indicator.converges_after))
    yield indicator.source


def _outputs(indicator: Indicator) -> str:
    """Return the names in `calculate`, and those in `calculate_market` where they differ."""
    columns, outputs = " ".join(indicator.columns), " ".join(indicator.outputs)
    return columns if columns == outputs else f"{columns} (market: {outputs})"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(render())
