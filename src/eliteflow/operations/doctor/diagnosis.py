"""What doctor found: one finding a check, and the exit status that they add up to. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from eliteflow.messages import text

# What somebody has to change comes before what may pass by itself.
GRAVEST_FIRST = (5, 6, 7, 2, 4, 3)


class State(StrEnum):
    """ok: as it should be. warning: works, but look at it. failed: does not work. skipped: not looked at."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    found: what there is, or why nobody looked. advice: what to do, None where there is nothing.
    exit_status: of a program that ends with this failure, 0 for all but `failed`.
    """

    check: str
    state: State
    found: str
    advice: str | None = None
    exit_status: int = 0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings, in the order in which they depend on each other."""

    venue: str
    findings: tuple[Finding, ...]

    @property
    def exit_status(self) -> int:
        """The exit status of the gravest failure, 0 where nothing failed."""
        statuses = {finding.exit_status for finding in self.findings}
        return next((status for status in GRAVEST_FIRST if status in statuses), 0)


def ok(check: str, found: str) -> Finding:
    """Return what needs nothing."""
    return Finding(check, State.OK, found)


def warning(check: str, found: str, advice: str) -> Finding:
    """Return what works, and should be looked at."""
    return Finding(check, State.WARNING, found, advice)


def failed(check: str, found: str, advice: str, exit_status: int) -> Finding:
    """Return what does not work."""
    return Finding(check, State.FAILED, found, advice, exit_status)


def skipped(check: str, reason: str) -> Finding:
    """Return what was not looked at, and why."""
    return Finding(check, State.SKIPPED, reason)


def skipped_after(check: str, cause: Finding) -> Finding:
    """Return what was not looked at because what it needs has failed."""
    return skipped(check, text("doctor.needs", check=text(f"doctor.{cause.check}")))
