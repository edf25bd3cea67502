"""Fetching a whole market as it is done today and as we do it, measured in one run."""
