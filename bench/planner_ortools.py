"""OR-Tools' min-cost flow, in a process of its own: it brings a HiGHS that cannot live beside highspy's."""

import pickle
import subprocess
import sys
import time
from typing import Any

SCALE = 1000
"""OR-Tools counts in whole numbers: costs are rounded to thousandths of a weighted hour."""


def measure(graphs: list[tuple[Any, ...]], times: int) -> tuple[float, float]:
    """Return the least seconds of so many runs over all the graphs, and the cost."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.planner_ortools"],
        input=pickle.dumps((graphs, times)),
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds, cost = done.stdout.split()
    return float(seconds), float(cost)


def _measure(graphs: list[tuple[Any, ...]], times: int) -> tuple[float, float]:
    import numpy as np
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    best, cost = float("inf"), 0.0
    for _ in range(times):
        started, cost = time.perf_counter(), 0.0
        for tails, heads, room, each, supply in graphs:
            solver = SimpleMinCostFlow()
            solver.add_arcs_with_capacity_and_unit_cost(tails, heads, room, each)
            solver.set_nodes_supplies(np.arange(len(supply)), supply)
            status = solver.solve()
            assert status == solver.OPTIMAL, status
            cost += solver.optimal_cost() / SCALE
        best = min(best, time.perf_counter() - started)
    return best, cost


if __name__ == "__main__":
    print(*_measure(*pickle.load(sys.stdin.buffer)))  # noqa: S301 - our own parent wrote it
