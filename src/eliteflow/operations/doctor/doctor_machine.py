"""What doctor looks at on the machine itself: versions, and the folders that are written to."""

import os
import platform
import shutil
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path

from eliteflow.config import Settings
from eliteflow.errors import StoreUnusable
from eliteflow.exchange.shared_file import shared_path
from eliteflow.messages import text
from eliteflow.operations.doctor.diagnosis import Finding, failed, ok, skipped, warning
from eliteflow.pipeline.disk.disk_place import reason_of, store_path
from eliteflow.pipeline.disk.disk_reader import DiskReader

LIBRARIES = ("aiohttp", "picows", "msgspec", "numpy", "pandas", "TA-Lib", "uvloop")
TESTED_PYTHONS = ((3, 11), (3, 12), (3, 13))
# A market of 530 contracts takes about 100 MB, and as much again while it is folded.
LEAST_FREE_MB = 500


def check_versions(python: tuple[int, int] = sys.version_info[:2]) -> Finding:
    """Name Python, eliteflow and what it stands on; warn of a Python that nobody tested."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    found = text(
        "doctor.versions_found",
        eliteflow=version("eliteflow"),
        python=platform.python_version(),
        system=platform.system(),
        libraries=libraries,
    )
    if python in TESTED_PYTHONS:
        return ok("versions", found)
    tested = ", ".join(f"{major}.{minor}" for major, minor in TESTED_PYTHONS)
    return warning("versions", found, text("doctor.versions_advice", tested=tested))


def check_store(settings: Settings, host: str) -> Finding:
    """Look at the candles on disk, all of them, and their folder; without them the program runs, and starts slowly."""
    if not settings.store.enabled:
        return skipped("store", text("doctor.switched_off", setting="store.enabled"))
    path = store_path(host, settings.store.path)
    if path.is_file() and (fault := _fault_of(path)) is not None:
        found = text("doctor.store_fault", path=path, reason=fault)
        return failed("store", found, text("doctor.store_advice"), StoreUnusable.exit_status)
    return _check_folder("store", path.parent, "store.path")


def check_state(settings: Settings, host: str) -> Finding:
    """Look at the folder in which programs share weight and bans; without it each counts alone."""
    if settings.rest.state_dir == "":
        return skipped("state", text("doctor.switched_off", setting="rest.state_dir"))
    return _check_folder("state", shared_path(host, settings.rest.state_dir).parent, "rest.state_dir")


def _fault_of(path: Path) -> str | None:
    try:
        with DiskReader(path) as candles:
            return candles.structure_fault()
    except (sqlite3.Error, StoreUnusable) as error:
        return reason_of(error)


def _check_folder(check: str, folder: Path, setting: str) -> Finding:
    standing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        advice = text("doctor.folder_advice", setting=setting)
        return warning(check, text("doctor.folder_unwritable", folder=folder), advice)
    free_mb = shutil.disk_usage(standing).free // 1_000_000
    found = text("doctor.folder_found", folder=folder, free_mb=free_mb)
    if free_mb < LEAST_FREE_MB:
        return warning(check, found, text("doctor.space_advice", least_mb=LEAST_FREE_MB))
    return ok(check, found)
