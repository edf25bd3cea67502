"""`python -m eliteflow.emulator --port 0 --symbols 530 …`: the options of EmulatorOptions, one flag each."""

import argparse
import sys
from dataclasses import fields
from typing import get_type_hints

from eliteflow.emulator.opening import EmulatorOptions
from eliteflow.emulator.server import run


def main() -> int:
    """Read the flags and serve."""
    parser = argparse.ArgumentParser(prog="eliteflow.emulator", description="A local Binance USDⓈ-M venue.")
    hints = get_type_hints(EmulatorOptions)
    for option in fields(EmulatorOptions):
        flag = "--" + option.name.replace("_", "-")
        if hints[option.name] is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=option.default)
        else:
            kinds = [kind for kind in (int, float, str) if kind is hints[option.name]]
            parser.add_argument(flag, type=kinds[0] if kinds else int, default=option.default)
    return run(EmulatorOptions(**vars(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
