"""How long it takes to check a plan file, what the plan saves beside greed over 50 seeds, and what fairness costs."""

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

from bench.instances.make import SIZES, make
from hansa.aid.planner import certificate
from hansa.aid.planner.check import check
from hansa.aid.planner.engine import solve
from hansa.aid.planner.fairness import fair
from hansa.aid.planner.greedy import greedy

_T = TypeVar("_T")


def timed(work: Callable[[], _T]) -> tuple[_T, float]:
    """Return what the work gives, and the seconds of this processor that it took."""
    start = time.process_time()
    found = work()
    return found, time.process_time() - start


def checked() -> None:
    """Check one plan of each size."""
    for name, coupled in (
        ("50x40x5", "tight"),
        ("500x100x20-sparse", "no"),
        ("500x100x20-sparse", "tight"),
        ("500x100x20-dense", "no"),
    ):
        problem = make(SIZES[name], coupled)
        plan = solve(problem)
        file = certificate.write(problem, plan)
        verdict, seconds = timed(lambda file=file: check(file))  # type: ignore[misc]
        assert verdict.ok, verdict.findings
        print(
            f"plan check, {name}, coupled {coupled}: {seconds:.2f} s of one processor for {verdict.ways:,} ways, "
            f"{len(file) / 1e6:.1f} MB; gap {verdict.gap:.1e}",
            flush=True,
        )


def beside_greed() -> None:
    """Compare with greed over 50 seeds."""
    for coupled in ("no", "tight"):
        saved = []
        for seed in range(50):
            problem = make(SIZES["50x40x5"], coupled, seed)
            plan, other = solve(problem), greedy(problem)
            assert plan.cost <= other.cost * (1 + 1e-9)
            saved.append(100 * (other.cost - plan.cost) / other.cost)
        print(
            f"beside greed, 50x40x5, coupled {coupled}, 50 seeds: median saving {statistics.median(saved):.1f} %, "
            f"least {min(saved):.1f} %, most {max(saved):.1f} %",
            flush=True,
        )


def fairer() -> None:
    """Say what the fair plan changes, at two sizes."""
    for name in ("50x40x5", "500x100x20-sparse"):
        problem = make(SIZES[name], "tight")
        plan = solve(problem)
        found, seconds = timed(lambda problem=problem, plan=plan: fair(problem, plan))  # type: ignore[misc]
        print(
            f"fairness, {name}, coupled tight: lowest rate {100 * min(found.before.values()):.0f} % -> "
            f"{100 * min(found.after.values()):.0f} % for {100 * found.price:.2f} % more, {seconds:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    checked()
    beside_greed()
    fairer()
