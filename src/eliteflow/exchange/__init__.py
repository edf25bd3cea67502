"""The only code that knows Binance."""
