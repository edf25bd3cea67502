"""Candles: from the venue's answers to what users and the engine read."""
