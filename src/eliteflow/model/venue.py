"""How a venue is called in every report, and in the names of files."""

import re

SIMULATED = "SIMULATED"
"""An emulator's name: nothing it says happened in any market."""


def venue_name(environment: str, host: str, *, is_emulator: bool, is_own_url: bool) -> str:
    """Return `SIMULATED` for an emulator, the host where the user gave an address, else the environment."""
    if is_emulator:
        return SIMULATED
    return host if is_own_url else environment


def file_stem(host: str) -> str:
    """Return the host as part of a file's name: `127.0.0.1_8080`."""
    return re.sub(r"[^A-Za-z0-9.-]", "_", host)
