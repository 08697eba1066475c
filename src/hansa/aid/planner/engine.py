"""The one door: a Problem in, a Plan out, with the prices that prove how near it is to the best."""

from dataclasses import replace

import numpy as np

from hansa.aid.planner import answer, coupled, exact, uncoupled, whole
from hansa.aid.planner.blocks import blocks
from hansa.aid.planner.greedy import greedy, weighed
from hansa.aid.planner.net import Floats, Net, build
from hansa.aid.planner.plan import Plan
from hansa.aid.planner.problem import Problem, fit

SMALL = 400
"""Ways up to which whole units are decided by branch and bound when rounding left a gap."""
DOUBTFUL = 1e-3
"""The gap from which on the greedy plan is asked too: none that is proven nearer can be dearer."""


def solve(problem: Problem) -> Plan:
    """Return the best plan found and its proof. Raises Unfit for what cannot be planned with."""
    fit(problem)
    if problem.scenarios:
        from hansa.aid.planner import guarded

        return _counted(problem, guarded.solve(problem))
    net = build(problem).eased()
    flow, worth, method = _solve(net)
    plan = answer.plan(net, flow, worth, method)
    if plan.gap > DOUBTFUL:
        plan = _at_least(plan, greedy(problem))
    return _counted(problem, plan)


def _counted(problem: Problem, plan: Plan) -> Plan:
    """Return the plan at what it costs by supply and need: a batch that is published in part keeps that part."""
    if not problem.change or all(supply.batch == 1 for supply in problem.supplies):
        return plan
    cost = weighed(problem, plan.flows, plan.held)
    return replace(plan, cost=cost, bound=min(plan.bound, cost))


def _solve(net: Net) -> tuple[Floats, answer.Worth, str]:
    """Return flows, prices and how they were found."""
    parts = blocks(net)
    if net.couples():
        flow, worth = coupled.solve(net, parts)
        method = "interior method, then network simplex by family"
    else:
        flow, price = uncoupled.solve(net, parts)
        worth = answer.worth(net, price, np.zeros(len(net.truck)), np.zeros(len(net.dock)))
        method = "network simplex by family"
        if net.whole and (net.batch > 1).any():
            flow = whole.mend(net, whole.trim(net, flow))
    if len(net.src) <= SMALL and answer.cost(net, flow) > exact.above(answer.bound(net, worth)):
        flow, worth = exact.solve(net, flow, worth)
        method += ", then branch and bound" if net.whole else ", then simplex"
    return flow, worth, method


def _at_least(plan: Plan, other: Plan) -> Plan:
    """Return the cheaper one's flows with the prices of the first."""
    if other.cost >= plan.cost:
        return plan
    return Plan(other.flows, other.cost, plan.bound, plan.prices, "greedy, proven by prices")
