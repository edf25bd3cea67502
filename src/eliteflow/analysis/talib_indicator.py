"""Makes an indicator of one or more TA-Lib functions, from what TA-Lib says about them."""

from eliteflow.analysis import talib_library
from eliteflow.analysis.indicator import Indicator
from eliteflow.analysis.kernels import TalibKernel


def from_talib(
    name: str,
    *functions: str,
    title: str = "",
    outputs: tuple[str, ...] = (),
    columns: tuple[str, ...] = (),
    definition: str = "",
) -> Indicator:
    """Return an indicator that is one or more TA-Lib functions with the same inputs and parameters.

    outputs, columns: names instead of TA-Lib's own; an only output is named after the indicator.
    """
    described = talib_library.facts(functions[0])
    own_columns = columns or (described.outputs if len(described.outputs) > 1 else (name,))
    return Indicator(
        name=name,
        title=title or described.title,
        outputs=outputs or (own_columns if len(own_columns) == 1 else tuple(f"{name}_{c}" for c in own_columns)),
        columns=own_columns,
        inputs=described.inputs,
        choosable=described.choosable,
        parameters=described.parameters,
        source=f"TA-Lib {', '.join(functions)}" + (f"; {definition}" if definition else ""),
        kernel=TalibKernel(functions),
    )
