"""Candles as files that other programs read."""
