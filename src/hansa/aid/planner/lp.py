"""A small linear program, row by row, for what is asked of a plan beside its cost. Loads its solver when it is run."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

LARGE = 5000
"""Columns from which on the interior method is faster than the simplex where trucks and docks couple."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Columns' values; rows' prices (what one more of its bound adds to the cost), none where columns are whole.

    `found` is False where no values were found that keep the rows.
    """

    found: bool
    values: list[float]
    prices: list[float]


class Lp:
    """Minimise the columns' costs; every column is at least 0."""

    def __init__(self) -> None:
        """Begin empty."""
        self.costs: list[float] = []
        self._most: list[float] = []
        self._parts: list[bool] = []
        self._rows: list[tuple[float, float, dict[int, float]]] = []

    def column(self, cost: float = 0.0, most: float = inf, *, whole: bool = False) -> int:
        """Add a column, up to `most`, in whole numbers if `whole`; return its place."""
        self.costs.append(cost)
        self._most.append(most)
        self._parts.append(whole)
        return len(self.costs) - 1

    def row(self, low: float, high: float, entries: Mapping[int, float]) -> int:
        """Add a row: low <= sum of entries x columns <= high; return its place."""
        self._rows.append((low, high, dict(entries)))
        return len(self._rows) - 1

    def change(self, row: int, low: float, entries: Mapping[int, float]) -> None:
        """Give a row another lower bound, and no upper one."""
        self._rows[row] = (low, inf, dict(entries))

    def solve(self, *, seconds: float = inf, nodes: int = 2**31 - 1) -> Answer:
        """Return the least costly values found within so many seconds and nodes of a search, of which none may be found."""
        import highspy
        import numpy as np

        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)  # noqa: FBT003 - highspy takes no name
        solver.setOptionValue("mip_rel_gap", 0.0)
        solver.setOptionValue("time_limit", seconds)
        solver.setOptionValue("mip_max_nodes", nodes)
        if len(self.costs) > LARGE and not any(self._parts):
            solver.setOptionValue("solver", "ipm")
        starts = np.cumsum([0, *(len(entries) for _, _, entries in self._rows)])
        solver.passModel(
            len(self.costs),
            len(self._rows),
            int(starts[-1]),
            int(highspy.MatrixFormat.kRowwise),
            int(highspy.ObjSense.kMinimize),
            0.0,
            np.array(self.costs),
            np.zeros(len(self.costs)),
            np.array(self._most),
            np.array([low for low, _, _ in self._rows]),
            np.array([high for _, high, _ in self._rows]),
            starts.astype(np.int32),
            np.array([at for _, _, row in self._rows for at in row], np.int32),
            np.array([one for _, _, row in self._rows for one in row.values()], float),
            np.array(self._parts, np.int32),
        )
        solver.run()
        info = solver.getInfo()
        found = info.primal_solution_status == highspy.kSolutionStatusFeasible
        solution = solver.getSolution()
        return Answer(found, list(solution.col_value), list(solution.row_dual))
