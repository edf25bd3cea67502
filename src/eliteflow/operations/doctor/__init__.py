"""What stands between this machine and the candles, check by check."""
