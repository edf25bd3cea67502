"""Scenarios × systems: what a market costs to fetch, keep and analyse, here and elsewhere. See docs/performance.md."""
