"""One series as a picture: candles, structure, signals."""
