"""Where trucks and docks do not bind: a transport problem for each family, solved by network simplex (LEMON, in POT).

Rows are the family's supplies and one that stands for leaving open; columns are the needs' segments and one that
stands for keeping. A way with a limit gets a row and a column of its own. Quantities are whole and stay whole.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

import numpy as np
from ot.lp.emd_wrap import emd_c

from hansa.aid.planner.blocks import Block
from hansa.aid.planner.net import Floats, Net

PIVOTS = 10**9
WORTH_A_THREAD = 20_000
"""Arcs from which on the families are shared out among the cores."""


@dataclass(frozen=True)
class Answer:
    """Flow of each arc of a block, price of each of its supplies, and what one unit more of each segment would cost."""

    flow: Floats
    price: Floats
    value: Floats


def transport(net: Net, block: Block, cost: Floats, stock: Floats, units: Floats) -> Answer:
    """Solve one family for given costs of arcs, stock of supplies and units of segments (all of the Net)."""
    cost, stock, units = cost[block.arcs], stock[block.rows], units[block.segments]
    price = net.seg_price[block.segments]
    wanted, there = units.sum(), stock.sum()
    if not wanted or not there:
        value = np.where(units > 0, price, 0.0)
        return Answer(np.zeros(len(cost)), np.zeros(len(stock)), value)
    rows, columns, tied = len(stock), len(units), block.tied
    never = 2.0 * (np.abs(cost).max() + price.max() + 1.0)
    table = np.full((rows, len(block.columns)), never)
    table[block.at[block.free], block.to[block.free]] = cost[block.free]
    matrix = np.full((rows + 1 + len(tied), columns + 1 + len(tied)), never)
    matrix[:rows, :columns] = table[:, block.of]
    matrix[:rows, columns] = 0.0
    matrix[rows, :columns] = price
    matrix[rows, columns] = 0.0
    limit = np.minimum(net.limit[block.arcs][tied], there + 1)  # one more never binds
    for place, arc in enumerate(tied.tolist()):
        row, column = rows + 1 + place, columns + 1 + place
        matrix[block.at[arc], column] = cost[arc]
        matrix[row, column] = 0.0
        matrix[row, :columns][block.of == block.to[arc]] = 0.0
    give = np.concatenate([stock, [wanted], limit])
    take = np.concatenate([units, [there], limit])
    moved, _, paid, worth, code = emd_c(give, take, matrix, PIVOTS, 1, None, None)
    if code != 1:
        raise ArithmeticError(f"The network simplex ended without an optimum: {code}.")
    value = np.where(units > 0, worth[:columns] - worth[columns], 0.0)
    flow = _flow(block, moved, rows, columns)
    return Answer(flow, -(paid[:rows] + worth[columns]), value)


def _flow(block: Block, moved: Floats, rows: int, columns: int) -> Floats:
    """Return what each arc carries, out of the table of the transport problem."""
    flow = np.zeros(len(block.at))
    carried = np.add.reduceat(moved[:rows, :columns], block.firsts, axis=1)
    flow[block.free] = carried[block.at[block.free], block.place[block.to[block.free]]]
    if len(block.tied):
        flow[block.tied] = moved[block.at[block.tied], columns + 1 + np.arange(len(block.tied))]
    return flow


def solve(
    net: Net,
    parts: list[Block],
    cost: Floats | None = None,
    stock: Floats | None = None,
    units: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Return the flow of every arc and the price of every supply; what is not given is the Net's own."""
    cost = net.cost if cost is None else cost
    stock = net.stock if stock is None else stock
    units = net.seg_units if units is None else units
    flow, price = np.zeros(len(net.src)), np.zeros(len(net.stock))
    value = np.zeros(len(net.quantity))
    for block, answer in _answers(net, parts, cost, stock, units):
        flow[block.arcs] = answer.flow
        price[block.rows] = answer.price
        np.maximum.at(value, net.seg_need[block.segments], answer.value)
    bare = stock == 0
    if bare.any():
        price[bare] = supply_prices(net, cost, value)[bare]
    return flow, price


def _answers(
    net: Net, parts: list[Block], cost: Floats, stock: Floats, units: Floats
) -> Iterator[tuple[Block, Answer]]:
    """Solve every family, on all cores where it is worth a thread (the network simplex lets go of the interpreter)."""

    def several(some: list[Block]) -> list[Answer]:
        return [transport(net, block, cost, stock, units) for block in some]

    cores = os.cpu_count() or 1
    if cores == 1 or sum(len(block.at) for block in parts) < WORTH_A_THREAD:
        return zip(parts, several(parts), strict=True)
    shares = [parts[first :: 4 * cores] for first in range(4 * cores)]
    with ThreadPoolExecutor(cores) as pool:
        done = list(pool.map(several, shares))
    return chain.from_iterable(map(zip, shares, done))


def supply_prices(net: Net, cost: Floats, value: Floats) -> Floats:
    """Return the least prices of supplies at which no way to a need of that value is a bargain."""
    prices = np.zeros(len(net.stock))
    np.maximum.at(prices, net.src, value[net.dst] - cost)
    return prices
