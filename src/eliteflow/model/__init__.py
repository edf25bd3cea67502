"""Nouns of the market: no asyncio, no input or output, nothing that changes by itself."""
