"""Which names can be asked for, and what somebody probably meant who asked for another."""

from collections.abc import Iterable

from eliteflow.errors import UnknownSymbol


class KnownSymbols:
    """The symbols of the universe, once it is known. Until then every name may be tried."""

    def __init__(self, universe: Iterable[str] | None = None) -> None:
        self.universe: tuple[str, ...] | None = None
        self._members: frozenset[str] = frozenset()
        if universe is not None:
            self.replace(universe)

    def replace(self, universe: Iterable[str]) -> None:
        """Take over the names that trade now."""
        self.universe = tuple(dict.fromkeys(universe))
        self._members = frozenset(self.universe)

    def refusals(self, symbols: Iterable[str]) -> dict[str, UnknownSymbol]:
        """Return why each of the symbols that is not of the universe cannot be had."""
        if self.universe is None:
            return {}
        unknown = [symbol for symbol in symbols if symbol not in self._members]
        return {symbol: self.unknown(symbol, self.universe) for symbol in unknown}

    def unknown(self, symbol: str, seen: Iterable[str]) -> UnknownSymbol:
        """Return the error for a name that does not trade, with the most similar of the universe or those `seen`."""
        return UnknownSymbol.among(symbol, self.universe or seen)
