"""The planner's figures: against the best single call of each library, against the whole model, live, in memory.

    python -m bench.planner            every figure, each in a process of its own
    python -m bench.planner --quick    the small ones
    python -m bench.planner NAME       one

A ratio above 1 says how many times sooner the planner is than what stands beside it, in the same process, on the same
arrays. Times are the least of a few runs on an otherwise idle machine.
"""

import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench import planner_ortools
from bench import planner_others as others
from bench.instances.make import SIZES, make
from hansa.aid.planner import answer, coupled, engine, uncoupled
from hansa.aid.planner.blocks import blocks
from hansa.aid.planner.greedy import greedy
from hansa.aid.planner.live import Live
from hansa.aid.planner.net import Net, build
from hansa.aid.planner.problem import Problem

QUICK = ("uncoupled-50", "coupled-50", "uncoupled-500", "live-500-uncoupled", "greedy")
CHANGES = 60


def least(run: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Return the least seconds of so many runs, and what the last one returned."""
    best, result = float("inf"), None
    for _ in range(times):
        started = time.perf_counter()
        result = run()
        best = min(best, time.perf_counter() - started)
    return best, result


def say(name: str, seconds: float, ours: float | None = None, note: str = "") -> None:
    """Print one line; `ours` is what the planner took."""
    ratio = f"  ratio {seconds / ours:6.2f}" if ours else ""
    print(f"  {name:<42} {seconds:9.4f} s{ratio}  {note}", flush=True)


def memory() -> float:
    """Return the most memory this process held, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def measure_uncoupled(size: str, times: int = 3) -> None:
    """Families by network simplex against each library's best call."""
    problem = make(SIZES[size])
    net = build(problem).eased()
    print(f"uncoupled {size}: {len(net.src)} ways")
    parts = blocks(net)

    def ours() -> float:
        _, price = uncoupled.solve(net, parts)
        trucks, docks = np.zeros(len(net.truck)), np.zeros(len(net.dock))
        return answer.bound(net, answer.worth(net, price, trucks, docks))

    took, bound = least(ours, times)
    say("planner, with prices and bound", took)
    for name, run in others.uncoupled(net, parts).items():
        if (found := run) is None:
            print(f"  {name:<42} left out: its table would not fit")
            continue
        slow = len(net.src) > 50_000 and "per item" not in name
        seconds, cost = least(found, 1 if slow else times)
        say(name, seconds, took, f"cost {cost / bound - 1:+.1e}")
    for name, graphs in others.graphs(net, parts).items():
        seconds, cost = planner_ortools.measure(graphs, times)
        say(name, seconds, took, f"cost {cost / bound - 1:+.1e}")
    whole, plan = least(lambda: engine.solve(problem), times)
    say("from Problem to Plan", whole, None, f"gap {plan.gap:.1e}")
    print(f"  memory {memory():.2f} GB")


def measure_coupled(size: str, room: str, *, whole_model: bool) -> None:
    """The interior method and whole flows against highspy's algorithms on the whole model."""
    problem = make(SIZES[size], room)
    net = build(problem).eased()
    print(f"coupled {room} {size}: {len(net.src)} ways")
    took, (flow, worth) = least(lambda: coupled.solve(net, blocks(net)), 1 + whole_model)
    plan = answer.plan(net, flow, worth, "")
    say("planner, whole units", took, None, f"gap {plan.gap:.1e}")
    if whole_model:
        parts = _in_parts(problem)
        seconds, found = least(lambda: coupled.solve(parts, blocks(parts)), 2)
        plan = answer.plan(parts, *found, "")
        say("planner, parts of units, as those below", seconds, None, f"gap {plan.gap:.1e}")
        for name, run in others.whole_model(net).items():
            seconds, cost = least(run, 1)
            say(name, seconds, took, f"cost {cost / plan.bound - 1:+.1e}")
    print(f"  memory {memory():.2f} GB")


def _in_parts(problem: Problem) -> Net:
    from dataclasses import replace

    return build(replace(problem, whole=False)).eased()


def measure_live(size: str, room: str) -> None:
    """One stock or one need changes; the new plan is proven by prices over every way."""
    started = time.perf_counter()
    live = Live(make(SIZES[size], room))
    print(f"live {size}, room {room}: ready in {time.perf_counter() - started:.2f} s")
    draw, took, gaps = random.Random(1), [], []
    for _ in range(CHANGES):
        if draw.random() < 0.5:
            one = draw.choice(live.problem.supplies)
            change = {
                "supply": one.key,
                "quantity": int(one.quantity * draw.choice((0, 0.5, 1.5, 3))),
            }
        else:
            need = draw.choice(live.problem.needs)
            change = {
                "need": need.key,
                "quantity": int(need.quantity * draw.choice((0, 0.5, 1.2, 2))),
            }
        begun = time.perf_counter()
        plan = live.change(**change)  # type: ignore[arg-type]
        took.append(time.perf_counter() - begun)
        gaps.append(plan.gap)
    anew = engine.solve(live.problem)
    print(
        f"  median {1000 * statistics.median(took):.1f} ms  most {1000 * max(took):.1f} ms  "
        f"largest gap {max(gaps):.1e}; made anew {anew.cost / plan.cost - 1:+.1e}"
    )


def measure_greedy() -> None:
    """What the plan saves against the most urgent first from the nearest, over fifty seeds."""
    for room in ("no", "mild", "tight"):
        saved = []
        for seed in range(50):
            problem = make(SIZES["50x40x5"], room, seed)
            plan, hand = engine.solve(problem), greedy(problem)
            assert plan.cost <= hand.cost * (1 + 1e-9), seed
            saved.append(1 - plan.cost / hand.cost)
        print(f"greedy, room {room}: never cheaper; median saving {statistics.median(saved):.1%}")


MEASURES: dict[str, Callable[[], None]] = {
    "uncoupled-50": lambda: measure_uncoupled("50x40x5", 20),
    "uncoupled-500": lambda: measure_uncoupled("500x100x20-sparse", 10),
    "uncoupled-500-dense": lambda: measure_uncoupled("500x100x20-dense", 3),
    "uncoupled-3000": lambda: measure_uncoupled("3000x200x50-sparse"),
    "coupled-50": lambda: measure_coupled("50x40x5", "tight", whole_model=True),
    "coupled-500-tight": lambda: measure_coupled("500x100x20-sparse", "tight", whole_model=True),
    "coupled-500-mild": lambda: measure_coupled("500x100x20-sparse", "mild", whole_model=True),
    "coupled-500-dense": lambda: measure_coupled("500x100x20-dense", "tight", whole_model=False),
    "coupled-3000": lambda: measure_coupled("3000x200x50-sparse", "tight", whole_model=False),
    "live-500-uncoupled": lambda: measure_live("500x100x20-sparse", "no"),
    "live-500-mild": lambda: measure_live("500x100x20-sparse", "mild"),
    "live-500-tight": lambda: measure_live("500x100x20-sparse", "tight"),
    "greedy": measure_greedy,
}


def main(asked: list[str]) -> None:
    """Run what is asked."""
    names = [name for name in asked if not name.startswith("-")]
    if "--here" in asked:
        MEASURES[names[0]]()
        return
    # as in a node: set before anything imports numpy
    alone = {"OPENBLAS_NUM_THREADS": "1", **os.environ}
    for name in names or (QUICK if "--quick" in asked else MEASURES):
        print(f"--- {name}", flush=True)
        command = [sys.executable, "-m", "bench.planner", name, "--here"]
        subprocess.run(command, check=True, env=alone)


if __name__ == "__main__":
    main(sys.argv[1:])
