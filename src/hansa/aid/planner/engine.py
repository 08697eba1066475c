"""The one door: a Problem in, a Plan out, with the prices that prove how near it is to the best."""

import numpy as np

from hansa.aid.planner import answer, model, uncoupled, whole
from hansa.aid.planner.blocks import blocks
from hansa.aid.planner.net import Floats, Net, build
from hansa.aid.planner.plan import Plan
from hansa.aid.planner.problem import Problem, fit


def solve(problem: Problem) -> Plan:
    """Return the best plan found and its proof. Raises Unfit for what cannot be planned with."""
    fit(problem)
    net = build(problem)
    if not net.couples():
        flow, price = uncoupled.solve(net, blocks(net))
        worth, method = answer.worth(net, price, *_nothing(net)), "network simplex by family"
    else:
        (flow, worth), method = _whole_model(net), "whole model"
    if net.whole:
        flow = whole.mend(net, whole.trim(net, flow))
    return answer.plan(net, flow, worth, method)


def _nothing(net: Net) -> tuple[Floats, Floats]:
    return np.zeros(len(net.truck)), np.zeros(len(net.dock))


def _whole_model(net: Net) -> tuple[Floats, answer.Worth]:
    lp = model.program(net)
    values, duals = model.run(model.load(lp))
    supplies, needs = len(net.stock), len(net.quantity)
    truck, dock = np.zeros(len(net.truck)), np.zeros(len(net.dock))
    trucks, docks = np.isfinite(net.truck), np.isfinite(net.dock)
    at = supplies + needs
    truck[trucks] = -duals[at : at + trucks.sum()]
    dock[docks] = -duals[at + trucks.sum() :]
    worth = answer.worth(net, -duals[:supplies], truck, dock)
    return np.maximum(values[: len(net.src)], 0.0), worth
