"""Play a scenario: found its members and their pact, then say every line in its time, by the door everyone uses.

Whoever acts meanwhile in the same home is a player too. A line that no longer fits what they did is
passed over when the player was told to be lenient, and stops the play when it was not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from hansa.aid.models import Acceptance, Pledge
from hansa.aid.planning.standing import standing
from hansa.kernel.errors import Refused
from hansa.kernel.say import say
from hansa.kernel.store import said_before
from hansa.node.scenario.filling import fill
from hansa.node.scenario.founding import found
from hansa.node.scenario.lines import Line
from hansa.node.scenario.names import names_of
from hansa.node.scenario.nodes import Problem, Wrong
from hansa.node.scenario.reading import Scenario
from hansa.node.scenario.working import decided, worked_out
from hansa.pact.models import Answer


class Outcome(StrEnum):
    """What became of a line."""

    SAID = "said"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class Step:
    """One line as it was played: the how-manieth, when, and what became of it. `why` is the refusal's sentence."""

    number: int
    of: int
    line: Line
    at: datetime
    outcome: Outcome
    position: str = ""
    why: str = ""


OnStep = Callable[[Step], None]


class Player:
    """Says a scenario's lines. `names` maps each name of the file to the position it stands for."""

    def __init__(
        self, scenario: Scenario, *, lenient: bool = False, names: dict[str, str] | None = None
    ) -> None:
        """Begin; with `names`, go on where an earlier player stopped."""
        self.scenario, self.lenient = scenario, lenient
        self.names: dict[str, str] = names if names is not None else {}
        self._own = set(self.names.values())

    def moment(self, line: Line) -> datetime:
        """Return when a line is said: at its time, but nothing before the story starts."""
        return max(line.at, self.scenario.starts)

    def found(self) -> None:
        """Found members, offices and pact. The caller has set the kernel's clock to the story's start."""
        self.names.update(found(self.scenario))
        self._own = set(self.names.values())

    def _say(self, line: Line, given: dict[str, Any]) -> str:
        if decided(line.kind.kind) is not None:
            given = worked_out(line.kind.kind, line.log, given)
        return say(
            line.kind.read(given),
            log=line.log,
            by=self.names[line.by],
            once=self._once(line),
            audience=line.audience,
        )

    def _said_before(self, line: Line) -> str:
        """Return where a line stands that an earlier player said and could not write down any more, else nothing.

        Only what is worked out is asked for here: a plan made again would be another one, for it knows of the first.
        """
        once = self._once(line)
        if decided(line.kind.kind) is None:
            return ""
        return said_before([once]).get(once, ("", ""))[1]

    def step(self, number: int) -> Step:
        """Say one line and return what became of it; Wrong if that is not what the file expects.

        The caller has set the kernel's clock. A lenient player calls what does not fit overtaken.
        """
        line = self.scenario.lines[number]
        place = (number + 1, len(self.scenario.lines), line, self.moment(line))
        try:
            if line.by not in self.names:
                raise Refused(f"The office {line.by} was not appointed.", field="by")
            given = self._resolved(line)
            if self.lenient and _overtaken(line, given, self._own):
                raise Refused("Somebody did this, or decided otherwise, in the meantime.")
            position = self._said_before(line) or self._say(line, given)
        except Refused as refusal:
            if line.refused and line.because in refusal.sentence:
                return Step(*place, Outcome.REFUSED, why=refusal.sentence)
            if self.lenient:
                return Step(*place, Outcome.OVERTAKEN, why=refusal.sentence)
            raise self._wrong(line, refusal) from refusal
        if line.refused and not self.lenient:
            raise Wrong(
                [
                    Problem(
                        self.scenario.file,
                        line.row("expect"),
                        f"{line.where}.expect",
                        f"It was said, as {position}.",
                        "that it is refused",
                    )
                ]
            )
        self._remember(line, position)
        return Step(*place, Outcome.SAID, position)

    def _once(self, line: Line) -> str:
        return f"scenario:{self.scenario.id}:{line.where}"

    def _wrong(self, line: Line, refusal: Refused) -> Wrong:
        field = f"{line.where}.with.{refusal.field}" if refusal.field else line.where
        expected = (
            f"a refusal that says “{line.because}”"
            if line.refused
            else "a line that the pact's rules let pass at this moment"
        )
        return Wrong(
            [
                Problem(
                    self.scenario.file,
                    line.row(refusal.field),
                    field,
                    f"It was refused: {refusal.sentence}",
                    expected,
                )
            ]
        )

    def _resolved(self, line: Line) -> dict[str, Any]:
        """Return the line's fields with positions for names and with what follows from what it cites."""
        given = dict(line.given)
        cited = {}
        for field in line.kind.fields:
            if field.type in {"ref", "refs"} and given.get(field.name):
                names = names_of(given[field.name])
                missing = [name for name in names if name not in self.names]
                if missing:
                    raise Refused(f"What it cites, “{missing[0]}”, was not said.", field=field.name)
                positions = [self.names[name] for name in names]
                given[field.name] = positions if field.type == "refs" else positions[0]
                if field.type == "ref":
                    cited[field.name] = field.of
        return fill(line.kind, given, cited)

    def _remember(self, line: Line, position: str) -> None:
        self._own.add(position)
        if line.name:
            self.names[line.name] = position
        if line.kind.kind == "pact.officer/1":
            self.names[f"{line.log}/{line.given['handle']}"] = position


def _overtaken(line: Line, given: dict[str, Any], own: set[str]) -> bool:
    """Tell whether a visitor has already done what the line is about, so that it would be done twice."""
    match line.kind.kind:
        case "aid.pledge/1":
            theirs = Pledge.objects.filter(home=line.log, need=given.get("need")).values_list(
                "key", flat=True
            )
            return any(key not in own for key in theirs)
        case "aid.acceptance/1":
            return Acceptance.objects.filter(home=line.log, pledge=given.get("pledge")).exists()
        case "aid.plan/1":
            state = standing(None)
            return state.plan is not None and state.plan.key not in own and not state.stale
        case "pact.decline/1":
            return Answer.objects.filter(
                home=line.log, call=given.get("call"), form=given.get("form")
            ).exists()
    return False
