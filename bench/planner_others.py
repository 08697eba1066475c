"""The same problems by others: each library's best single call, on arrays made ready before the clock starts."""

from collections.abc import Callable
from typing import Any

import numpy as np
import ot

from bench.planner_ortools import SCALE
from hansa.aid.planner import model
from hansa.aid.planner.blocks import Block
from hansa.aid.planner.net import Net

CELLS = 20_000_000
"""Cells of one table beyond which it would not fit."""
PIVOTS = 10**9

Run = Callable[[], float]


def uncoupled(net: Net, parts: list[Block]) -> dict[str, Run | None]:
    """Return each library's call for a Net in which nothing couples; each returns the cost."""
    tables = [_table(net, part) for part in parts]
    calls: dict[str, Run | None] = {
        "POT, network simplex per item": lambda: sum(_pot(*table) for table in tables),
        "POT, one table": None,
    }
    if len(net.stock) * len(net.seg_need) < CELLS:
        whole = _whole_table(net)
        calls["POT, one table"] = lambda: _pot(*whole)
    if len(net.src) < 500_000:
        program = model.program(net)
        calls["highspy, default"] = lambda: _highs(program, {})
    return calls


def graphs(net: Net, parts: list[Block]) -> dict[str, list[tuple[Any, ...]]]:
    """Return what OR-Tools solves: a graph for each item, or one for all."""
    all_supplies, all_segments = np.arange(len(net.stock)), np.arange(len(net.seg_need))
    return {
        "OR-Tools min-cost flow per item": [
            _graph(net, part.arcs, part.rows, part.segments) for part in parts
        ],
        "OR-Tools min-cost flow, one graph": [_graph(net, slice(None), all_supplies, all_segments)],
    }


def whole_model(net: Net) -> dict[str, Run]:
    """Return highspy's algorithms on the whole model."""
    program = model.program(net)
    options: dict[str, dict[str, Any]] = {
        "highspy, default": {},
        "highspy, simplex": {"solver": "simplex"},
        "highspy, interior point": {"solver": "ipm"},
        "highspy, interior point without crossover": {"solver": "ipm", "run_crossover": "off"},
        "highspy, first order (PDLP 1e-4, 120 s)": {
            "solver": "pdlp", "pdlp_optimality_tolerance": 1e-4, "time_limit": 120.0,
        },
    }  # fmt: skip
    return {name: (lambda each=each: _highs(program, each)) for name, each in options.items()}


def _table(net: Net, part: Block) -> tuple[Any, Any, Any]:
    """Return what the rows give, what the columns take and the costs of one family, with room for what stays."""
    rows, units = len(part.rows), net.seg_units[part.segments]
    never = 1e7
    near = np.full((rows, len(part.columns)), never)
    near[part.at, part.to] = net.cost[part.arcs]
    table = np.zeros((rows + 1, len(units) + 1))
    table[:rows, :-1] = near[:, part.of]
    table[rows, :-1] = net.seg_price[part.segments]
    stock = net.stock[part.rows]
    return np.append(stock, units.sum()), np.append(units, stock.sum()), table


def _whole_table(net: Net) -> tuple[Any, Any, Any]:
    rows, units = len(net.stock), net.seg_units
    near = np.full((rows, len(net.quantity)), 1e7)
    near[net.src, net.dst] = net.cost
    table = np.zeros((rows + 1, len(units) + 1))
    table[:rows, :-1] = near[:, net.seg_need]
    table[rows, :-1] = net.seg_price
    return np.append(net.stock, units.sum()), np.append(units, net.stock.sum()), table


def _pot(give: Any, take: Any, table: Any) -> float:
    moved = ot.emd(give, take, table, numItermax=PIVOTS)
    return float((moved * table).sum())


def _graph(net: Net, arcs: slice, rows: Any, segments: Any) -> tuple[Any, ...]:
    """Return a min-cost flow: supplies, needs, one node that leaves open; arcs by whole costs."""
    size, needs = len(net.stock), len(net.quantity)
    open_ = size + needs
    tails = np.concatenate([net.src[arcs], np.full(len(segments), open_)])
    heads = np.concatenate([size + net.dst[arcs], size + net.seg_need[segments]])
    places, nodes = np.unique(np.concatenate([tails, heads, rows, [open_]]), return_inverse=True)
    ends = nodes[: len(tails)], nodes[len(tails) : 2 * len(tails)]
    room = np.concatenate([np.full(len(net.src[arcs]), 10**9), net.seg_units[segments]])
    cost = np.concatenate([net.cost[arcs], net.seg_price[segments]])
    supply = np.zeros(len(places), dtype=np.int64)
    supply[np.searchsorted(places, rows)] = net.stock[rows]
    np.subtract.at(
        supply, np.searchsorted(places, size + net.seg_need[segments]), net.seg_units[segments].astype(np.int64)
    )  # fmt: skip
    keep = len(places)
    # what is left over goes back to the node that leaves open, and its own excess stays there too
    tails_all = np.concatenate([ends[0], np.searchsorted(places, rows)])
    heads_all = np.concatenate([ends[1], np.full(len(rows), keep)])
    room = np.concatenate([room, net.stock[rows]]).astype(np.int64)
    whole = np.concatenate([np.round(cost * SCALE), np.zeros(len(rows))]).astype(np.int64)
    wanted = int(net.seg_units[segments].sum())
    supply[np.searchsorted(places, open_)] = wanted
    tails_all = np.append(tails_all, np.searchsorted(places, open_))
    heads_all, room = np.append(heads_all, keep), np.append(room, wanted)
    whole, supply = np.append(whole, 0), np.append(supply, -int(net.stock[rows].sum()))
    return tails_all, heads_all, room, whole, supply


def _highs(program: model.Program, options: dict[str, Any]) -> float:
    solver = model.load(program, **options)
    solver.run()
    return float(solver.getInfo().objective_function_value)
