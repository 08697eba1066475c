"""A Net cut into its families, each with its own places."""

from dataclasses import dataclass

import numpy as np

from hansa.aid.planner.net import Ints, Net


@dataclass(frozen=True)
class Block:
    """One family: its arcs (a slice), supplies, segments; `at` and `to` are places of each arc's row and need inside.

    `free` and `tied` are the places, inside the slice, of arcs without and with a limit. `of` is each segment's need inside;
    `firsts` is where each need's segments begin, and `place` which of those is a need's.
    """

    arcs: slice
    rows: Ints
    columns: Ints
    at: Ints
    to: Ints
    free: Ints
    tied: Ints
    segments: Ints
    of: Ints
    firsts: Ints
    place: Ints


def blocks(net: Net) -> list[Block]:
    """Return the families that have a way."""
    found = []
    inside = np.zeros(max(len(net.stock), len(net.quantity)), dtype=np.intp)
    family = np.full(len(net.quantity), -1)
    for place, (_, _, _, columns) in enumerate(net.spans):
        family[columns] = place
    order = np.argsort(family[net.seg_need], kind="stable")
    first = np.searchsorted(family[net.seg_need][order], np.arange(len(net.spans) + 1))
    for place, (start, stop, rows, columns) in enumerate(net.spans):
        segments = order[first[place] : first[place + 1]]
        if start == stop or not len(segments):
            continue
        inside[rows] = np.arange(len(rows))
        at = inside[net.src[start:stop]]
        inside[columns] = np.arange(len(columns))
        to = inside[net.dst[start:stop]]
        of = inside[net.seg_need[segments]]
        held, firsts = np.unique(of, return_index=True)
        which = np.zeros(len(columns), dtype=np.intp)
        which[held] = np.arange(len(held))
        limited = np.isfinite(net.limit[start:stop])
        found.append(
            Block(
                slice(start, stop), rows, columns, at, to,
                np.flatnonzero(~limited), np.flatnonzero(limited),
                segments, of, firsts, which,
            )
        )  # fmt: skip
    return found
