"""Failures are told by kind, with names, and stay short."""

from eliteflow.errors import EliteflowError, ExchangeUnreachable, UnknownSymbol
from eliteflow.scheduler.cycle_failures import KEPT, failed_symbols, reasons_told

UNREACHABLE = ExchangeUnreachable("venue", "timed out after 10 s")


def test_few_failures_are_all_named() -> None:
    """Without an ellipsis, for nobody is left out."""
    errors = {name: UnknownSymbol(name, None) for name in ("NOPEUSDT", "FOOUSDT")}
    assert reasons_told(errors) == "UnknownSymbol × 2: NOPEUSDT, FOOUSDT"


def test_many_failures_name_five_symbols_in_all_and_each_kind_one() -> None:
    """The rare kind, which says most, is not hidden by the frequent one."""
    errors: dict[str, EliteflowError] = {f"C{i:03}USDT": UNREACHABLE for i in range(530)}
    errors["NOPEUSDT"] = UnknownSymbol("NOPEUSDT", None)
    assert reasons_told(errors) == (
        "ExchangeUnreachable × 530: C000USDT, C001USDT, C002USDT, C003USDT, …; UnknownSymbol × 1: NOPEUSDT"
    )


def test_the_status_keeps_the_first_with_kind_and_words() -> None:
    """Bounded, whatever failed."""
    kept = failed_symbols({f"C{i:03}USDT": UNREACHABLE for i in range(530)})
    assert len(kept) == KEPT
    assert (kept[0].symbol, kept[0].kind, kept[0].reason) == ("C000USDT", "ExchangeUnreachable", str(UNREACHABLE))
