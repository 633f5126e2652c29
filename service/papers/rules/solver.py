"""HiGHS as the engine uses it: one thread, no clock, stopped by an absolute gap or by nodes, its status always checked.

Known traps (reference: assembly §5): its seed stays 0, since others have given wrong bounds; the number of threads is
always the same, since a change within a process ends a solve without a word; a relative gap means nothing where the
bound is zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata

import highspy
import numpy as np

from service.kernel.solving import Solver

# Enough for every model of the engine that was tried; a model that needs more is given what was found.
NODES = 20_000
INFINITY = float(highspy.kHighsInf)


@dataclass(frozen=True, slots=True)
class Solution:
    """Values by column, the objective and a proven bound for it."""

    values: tuple[float, ...]
    objective: float
    bound: float

    def whole(self, column: int) -> int:
        """The value of an integer column."""
        return round(self.values[column])


class Model:
    """A linear model with integer and continuous columns, to be minimised."""

    def __init__(self) -> None:
        self._costs: list[float] = []
        self._bounds: list[tuple[float, float]] = []
        self._integer: list[bool] = []
        self._rows: list[tuple[float, float, Sequence[int], Sequence[float]]] = []

    def column(self, upper: float, *, cost: float = 0.0, integer: bool = True, lower: float = 0.0) -> int:
        """Add a column and say its number."""
        self._costs.append(cost)
        self._bounds.append((lower, upper))
        self._integer.append(integer)
        return len(self._costs) - 1

    def price(self, column: int, cost: float) -> None:
        """Set what a column costs."""
        self._costs[column] = cost

    def charge(self, column: int, cost: float) -> None:
        """Add to what a column costs."""
        self._costs[column] += cost

    def row(self, lower: float, upper: float, weights: Mapping[int, float]) -> None:
        """Keep a weighted sum of columns between two bounds."""
        self._rows.append((lower, upper, list(weights), list(weights.values())))

    def minimise(
        self, gap: float = 1e-6, nodes: int = NODES, start: Sequence[float] | None = None, *, relaxed: bool = False
    ) -> Solution | None:
        """The least objective up to an absolute gap, or the best that this many nodes found; None if there is none.

        ``relaxed`` lets integer columns take fractions; ``start`` gives values of all columns to begin from.
        """
        whole = [not relaxed and one for one in self._integer]
        solver = Solver()  # type: ignore[no-untyped-call]
        for option, value in _OPTIONS.items():
            solver.setOptionValue(option, value)
        solver.setOptionValue("mip_abs_gap", gap)
        solver.setOptionValue("mip_max_nodes", nodes)
        solver.passModel(self._built(whole))
        if start is not None:
            given = highspy.HighsSolution()
            given.col_value = list(start)
            solver.setSolution(given)
        solver.run()
        information = solver.getInfo()
        if information.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        objective = float(information.objective_function_value)
        bound = float(information.mip_dual_bound) if any(whole) else objective
        return Solution(tuple(solver.getSolution().col_value), objective, bound)

    def _built(self, integer: Sequence[bool]) -> highspy.HighsLp:
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self._costs), len(self._rows)
        model.col_cost_ = np.array(self._costs, dtype=np.float64)
        model.col_lower_ = np.array([low for low, _ in self._bounds], dtype=np.float64)
        model.col_upper_ = np.array([high for _, high in self._bounds], dtype=np.float64)
        model.row_lower_ = np.array([row[0] for row in self._rows], dtype=np.float64)
        model.row_upper_ = np.array([row[1] for row in self._rows], dtype=np.float64)
        model.integrality_ = [_INTEGER if whole else _CONTINUOUS for whole in integer]
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.num_col_, matrix.num_row_ = model.num_col_, model.num_row_
        matrix.start_ = np.cumsum([0, *(len(row[2]) for row in self._rows)]).astype(np.int32)
        matrix.index_ = np.array([one for row in self._rows for one in row[2]], dtype=np.int32)
        matrix.value_ = np.array([one for row in self._rows for one in row[3]], dtype=np.float64)
        return model


_INTEGER, _CONTINUOUS = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
_OPTIONS: Mapping[str, float | str] = {"threads": 1, "random_seed": 0, "mip_rel_gap": 0.0}


def version() -> str:
    """The solver's name and version, part of every recipe."""
    return f"HiGHS {metadata.version('highspy')}"
