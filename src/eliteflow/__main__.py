"""The command `eliteflow`, and `python -m eliteflow`."""

import signal
import sys
from types import FrameType

INTERRUPTED = 130  # as in cli.py, which is not there yet when this is needed


def main() -> None:
    """Run the program; SIGTERM and Ctrl-C end it with status 130 while it is still being loaded, too."""
    signal.signal(signal.SIGTERM, _end)
    on_interrupt = signal.signal(signal.SIGINT, _end)
    from eliteflow import cli  # takes most of the time until something is begun

    # As it was: what a script begins in the background ignores Ctrl-C, which is meant for others.
    signal.signal(signal.SIGINT, on_interrupt)
    cli.main()


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
