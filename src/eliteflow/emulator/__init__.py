"""A local Binance USDⓈ-M venue: real HTTP, the venue's own limits and errors, a market that happens now.

    server ─► http_protocol ─► venue ─► limits, parameters, faults
                                  │
                                  └─► market ─► series ─► rows         (encoded candles)
                                         │
                                         └─► generator | dataset, paths (which candles there are)

Everything below `server` is sans-I/O and takes time as an argument. This package imports nothing else of eliteflow:
code shared with what it tests would share its bugs.
"""
