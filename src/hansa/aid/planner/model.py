"""The whole Problem as one linear program for highspy: the reference, and the way with scenarios.

Rows: stock of each supply, each need, each truck pool and dock that binds. Columns: ways, open segments.
"""

from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np

from hansa.aid.planner import answer
from hansa.aid.planner.answer import Worth
from hansa.aid.planner.net import Floats, Ints, Net

EXACT = 1e-9
"""How near to the best a search ends that ends at the best only."""


@dataclass(frozen=True)
class Program:
    """A linear program by columns: cost, upper bounds, row bounds and the matrix (start, row, value)."""

    cost: Floats
    upper: Floats
    low: Floats
    high: Floats
    start: Ints
    row: Ints
    value: Floats


def program(net: Net) -> Program:
    """Return the linear program of all ways."""
    supplies, needs = len(net.stock), len(net.quantity)
    trucks, docks = np.flatnonzero(np.isfinite(net.truck)), np.flatnonzero(np.isfinite(net.dock))
    truck_row = np.full(len(net.truck), -1)
    truck_row[trucks] = supplies + needs + np.arange(len(trucks))
    dock_row = np.full(len(net.dock), -1)
    dock_row[docks] = supplies + needs + len(trucks) + np.arange(len(docks))
    arcs = len(net.src)
    volume = net.volume[net.src]
    rows = np.stack(
        [net.src, supplies + net.dst, truck_row[net.owner[net.src]], dock_row[net.call[net.dst]]], 1
    )
    values = np.stack([np.ones(arcs), np.ones(arcs), volume, volume], 1)
    kept = (rows >= 0) & (values > 0)
    start = np.concatenate([[0], np.cumsum(kept.sum(1))])
    segments = len(net.seg_need)
    return Program(
        cost=np.concatenate([net.cost, net.seg_price]),
        upper=np.concatenate([net.limit, net.seg_units]),
        low=np.concatenate([np.zeros(supplies), net.quantity, np.zeros(len(trucks) + len(docks))]),
        high=np.concatenate([net.stock, net.quantity, net.truck[trucks], net.dock[docks]]),
        start=np.concatenate([start, start[-1] + 1 + np.arange(segments)]),
        row=np.concatenate([rows[kept], supplies + net.seg_need]),
        value=np.concatenate([values[kept], np.ones(segments)]),
    )


def in_batches(lp: Program, batch: Floats) -> Program:
    """Return the program with each column counted in so many units."""
    return replace(
        lp,
        cost=lp.cost * batch,
        upper=np.where(batch > 1, np.floor(lp.upper / batch), lp.upper),
        value=lp.value * np.repeat(batch, np.diff(lp.start)),
    )


def rows(net: Net) -> int:
    """Return how many rows the program has."""
    binding = np.isfinite(net.truck).sum() + np.isfinite(net.dock).sum()
    return int(len(net.stock) + len(net.quantity) + binding)


def worth(net: Net, duals: Floats) -> Worth:
    """Return what stock, trucks and docks are worth by the rows' prices."""
    supplies, needs = len(net.stock), len(net.quantity)
    truck, dock = np.zeros(len(net.truck)), np.zeros(len(net.dock))
    trucks, docks = np.isfinite(net.truck), np.isfinite(net.dock)
    first = supplies + needs
    second = first + int(trucks.sum())
    truck[trucks] = -duals[first:second]
    dock[docks] = -duals[second : second + int(docks.sum())]
    return answer.worth(net, -duals[:supplies], truck, dock)


def load(lp: Program, **options: Any) -> Any:
    """Return a highspy solver that holds the program."""
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - highspy takes it by place
    for name, value in options.items():
        solver.setOptionValue(name, value)
    columns, rows = len(lp.cost), len(lp.low)
    solver.passModel(
        columns,
        rows,
        len(lp.row),
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        lp.cost,
        np.zeros(columns),
        lp.upper,
        lp.low,
        lp.high,
        lp.start.astype(np.int32),
        lp.row.astype(np.int32),
        lp.value,
        np.zeros(columns, np.int32),
    )
    return solver


def run(solver: Any) -> tuple[Floats, Floats]:
    """Solve; return columns' values and rows' prices (what one more unit of a row's bound would add to the cost)."""
    if not solver.getNumCol():
        return np.zeros(0), np.zeros(solver.getNumRow())
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        status = solver.modelStatusToString(solver.getModelStatus())
        raise ArithmeticError(f"highspy ended without an optimum: {status}.")
    solution = solver.getSolution()
    return np.array(solution.col_value), np.array(solution.row_dual)


def search(lp: Program, whole: Ints, nodes: int, near: float = EXACT) -> Floats | None:
    """Return values by branch and bound, those of some columns whole, or None if none was found within so many nodes.

    It ends when it is so near to the best, as a share of the cost.
    """
    solver = load(
        lp, mip_rel_gap=near, mip_abs_gap=EXACT, mip_max_nodes=nodes, random_seed=0, threads=1
    )
    solver.changeColsIntegrality(
        len(whole), whole.astype(np.int32), np.ones(len(whole), dtype=np.uint8)
    )
    solver.run()
    status = solver.getInfo().primal_solution_status
    if status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        return None
    return np.array(solver.getSolution().col_value)
