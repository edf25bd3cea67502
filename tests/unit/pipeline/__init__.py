"""Tests of the candle pipeline; a package, so that its conftest has a name of its own."""
