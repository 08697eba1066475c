"""The whole Problem as one linear program for highspy: the reference, and the way with scenarios.

Rows: stock of each supply, each need, each truck pool and dock that binds. Columns: ways, open segments.
"""

from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np

from hansa.aid.planner.net import Floats, Ints, Net


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


def in_batches(lp: Program, net: Net) -> Program:
    """Return the program with ways counted in batches of their supplies."""
    batch = np.concatenate([net.batch[net.src], np.ones(len(net.seg_need))])
    return replace(
        lp,
        cost=lp.cost * batch,
        upper=np.concatenate([np.floor(net.limit / net.batch[net.src]), net.seg_units]),
        value=lp.value * np.repeat(batch, np.diff(lp.start)),
    )


def load(lp: Program, **options: Any) -> Any:
    """Return a highspy solver that holds the program."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
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
