"""Another solver through a modelling layer (CBC through PuLP), with a reading of the problem of its own."""

from collections.abc import Sequence
from math import inf
from typing import Any

import pulp

from hansa.aid.planner.problem import Need, Problem, Supply


class Model:
    """One problem's part of a program that holds many: they share no row, so each is solved as if alone."""

    def __init__(
        self, program: pulp.LpProblem, name: str, problem: Problem, *, whole: bool
    ) -> None:
        self.program, self.name, self.problem, self.whole = program, name, problem, whole
        self.costs: list[Any] = []
        self.sent = [
            [self._way(supply, need, None, f"{i}_{j}") for j, need in enumerate(problem.needs)]
            for i, supply in enumerate(problem.supplies)
        ]
        self._filled(problem.needs, self.sent, 1.0, "")
        self._rooms()
        self._published()
        self._later()

    def _later(self) -> None:
        problem = self.problem
        today = [pulp.lpSum(row) for row in self.sent]
        if not problem.scenarios:
            for supply, row in zip(problem.supplies, today, strict=True):
                self.program += row <= supply.quantity
        for at, scenario in enumerate(problem.scenarios):
            held = [
                [
                    self._way(
                        supply,
                        need,
                        scenario.hours.get(supply.owner, inf),
                        f"s{at}_{i}_{j}",
                        scenario.chance,
                    )
                    for j, need in enumerate(scenario.needs)
                ]
                for i, supply in enumerate(problem.supplies)
            ]
            self._filled(scenario.needs, held, scenario.chance, f"s{at}_")
            for supply, now, row in zip(problem.supplies, today, held, strict=True):
                self.program += now + pulp.lpSum(row) <= supply.quantity

    def _way(
        self, supply: Supply, need: Need, hours: float | None, name: str, chance: float = 1.0
    ) -> Any:
        problem = self.problem
        if hours is None:
            hours = problem.hours.get((supply.owner, need.call), inf)
        arrival = supply.ready + hours
        served = supply.item == need.item or (supply.item, need.item) in problem.serves
        lawful = not problem.barred & {
            (owner, supply.item, call) for owner in (supply.owner, "") for call in (need.call, "")
        }
        if not (served and lawful and arrival <= min(supply.expires, need.until, 1e9)):
            return 0
        parts = self.program.add_variable(
            f"{self.name}x{name}", 0, None, pulp.LpInteger if self.whole else pulp.LpContinuous
        )
        units = parts * supply.batch if self.whole else parts
        waiting = arrival + problem.waiting.late * max(0.0, arrival - need.due)
        carried = problem.haul * problem.volume.get(supply.item, 0.0) * hours
        self.costs.append(units * (chance * (need.weight * waiting + carried)))
        return units

    def _filled(
        self, needs: Sequence[Need], sent: list[list[Any]], chance: float, name: str
    ) -> None:
        for j, need in enumerate(needs):
            open_ = [
                self.program.add_variable(f"{self.name}{name}u{j}_{at}", 0, units)
                for at, (units, _) in enumerate(need.unmet)
            ]
            self.costs += [
                chance * price * part for part, (_, price) in zip(open_, need.unmet, strict=True)
            ]
            self.program += pulp.lpSum(row[j] for row in sent) + pulp.lpSum(open_) == need.quantity

    def _rooms(self) -> None:
        problem = self.problem
        for owner, room in problem.trucks.items():
            self.program += (
                pulp.lpSum(
                    problem.volume.get(supply.item, 0.0) * units
                    for supply, row in zip(problem.supplies, self.sent, strict=True)
                    if supply.owner == owner
                    for units in row
                )
                <= room
            )
        for call, room in problem.docks.items():
            self.program += (
                pulp.lpSum(
                    problem.volume.get(supply.item, 0.0) * row[j]
                    for supply, row in zip(problem.supplies, self.sent, strict=True)
                    for j, need in enumerate(problem.needs)
                    if need.call == call
                )
                <= room
            )

    def _published(self) -> None:
        places = {
            (supply.key, need.key): self.sent[i][j]
            for i, supply in enumerate(self.problem.supplies)
            for j, need in enumerate(self.problem.needs)
        }
        for at, (pair, units) in enumerate(self.problem.published.items()):
            gone = self.program.add_variable(f"{self.name}d{at}", 0)
            self.program += gone >= units - places.get(pair, 0)
            self.costs.append(self.problem.change * gone)


def run(program: pulp.LpProblem) -> None:
    """Solve with the CBC that PuLP brings along."""
    options = ["ratioGap 0", "allowableGap 0", "primalT 1e-9", "dualT 1e-9"]
    cbc = pulp.COIN_CMD(path=pulp.apis.PULP_CBC_CMD.pulp_cbc_path, msg=False, options=options)
    status = program.solve(cbc)
    assert pulp.LpStatus[status] == "Optimal", pulp.LpStatus[status]


def best(problems: Sequence[Problem], *, whole: bool) -> list[float]:
    """Return the least cost of each problem, in whole units and batches or in any part of one."""
    program = pulp.LpProblem("many", pulp.LpMinimize)
    models = [Model(program, f"p{at}_", one, whole=whole) for at, one in enumerate(problems)]
    program += pulp.lpSum(cost for model in models for cost in model.costs)
    run(program)
    return [pulp.value(pulp.lpSum(model.costs)) or 0.0 for model in models]
