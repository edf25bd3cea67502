"""What the candles say: indicators, trends, the market table. No asyncio, no input or output, no threads."""
