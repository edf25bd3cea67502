"""Connections to the streams of the venue: what each carries, its session, its silence, its frames decoded."""
