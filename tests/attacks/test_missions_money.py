"""People and money of a mission, in the mouths of those whom it does not concern, or who count in their own favour."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest

from hansa.aid.costs.book import books
from hansa.aid.costs.models import Account, Claim, Money
from hansa.aid.models import Pledge
from hansa.aid.people.models import Person, RollCall
from hansa.aid.people.roster import roll_of, rolls, rosters
from hansa.aid.people.words import Answered, Stage
from hansa.kernel.fields import File
from hansa.kernel.record import KINDS
from tests.attacks.words import DONE, void
from tests.builders import Town, call, found
from tests.foreign import ForeignLog

TEAM: dict[str, Any] = {"form": "material", "item": "shelter-team", "unit": "team"}
WHEN = "2025-06-07T12:00:00Z"
FUEL: dict[str, Any] = {
    "basis": "actual",
    "category": "travel",
    "what": "Fuel",
    "price_cents": 10_000,
    "incurred": WHEN,
}
LINE: dict[str, Any] = {"position": "Medic", "agency": "Fire", "travel": "road", "desk": "Desk"}


class Scene:
    """Chicago helps Los Angeles; a stranger follows the records and writes what it likes."""

    def __init__(self, log: ForeignLog) -> None:
        self.log = log
        self.la, self.chicago, _new_york = towns = found(3)
        self.call = call(towns)
        due = {"urgency": "today", "due": "2025-06-09T12:00:00Z"}
        self.need = self.la.say("aid.need/1", call=self.call, quantity=2, **due, **TEAM)
        self.pledge = self.promise(self.chicago)
        self.person = self.chicago.say("aid.person/1", pledge=self.pledge, ref="IL-1", **LINE)

    def promise(self, town: Town) -> str:
        return town.say("aid.pledge/1", call=self.call, need=self.need, quantity=1, **TEAM)

    def hear(self, kind: str, *cites: str, audience: str = "pact", **says: Any) -> tuple[str, str]:
        """What became of a record of the stranger's, which its node signed and sent."""
        said = self.log.write(kind, says, cites=cites, audience=audience)
        self.log.send()
        return self.log.fate(said)

    def own_pledge(self) -> str:
        """A pledge of the stranger's own, which holds."""
        says = {"call": self.call, "need": self.need, "quantity": 1, **TEAM}
        said = self.log.write("aid.pledge/1", says, cites=(self.call, self.need))
        self.log.send()
        assert self.log.fate(said) == DONE
        return said

    def book(self, key: str = "") -> Any:
        return books([Pledge.objects.get(key=key or self.pledge)], None)[0]

    def roster(self) -> Any:
        return rosters([Pledge.objects.get(key=self.pledge)])[0]


@pytest.fixture
def scene(log: ForeignLog, set_clock) -> Scene:
    return Scene(log)


def test_stranger_checks_people_in_and_sends_them_home(scene):
    of = {"pledge": scene.pledge, "people": [scene.person], "when": WHEN}
    cites = (scene.pledge, scene.person)
    assert scene.hear("aid.check-in/1", *cites, place="Here", **of) == DONE
    assert scene.hear("aid.release/1", *cites, travel="road", **of) == DONE
    assert scene.hear("aid.homecoming/1", *cites, **of) == void("not-own-pledge")
    assert scene.roster().lines[0].stage == Stage.LISTED


def test_stranger_accounts_for_a_missing_person(scene):
    of = {"pledge": scene.pledge, "people": [scene.person], "when": WHEN}
    scene.la.say("aid.check-in/1", place="Here", **of)
    roll = scene.la.say("aid.roll/1", pledges=[scene.pledge], minutes=5)
    scene.la.say("aid.roll-answer/1", roll=roll, people=[scene.person], found="missing")
    answer = {"roll": roll, "people": [scene.person], "found": "safe"}
    assert scene.hear("aid.roll-answer/1", roll, scene.person, **answer) == DONE
    assert scene.hear("aid.roll-end/1", roll, roll=roll, why="All here.") == void("not-home")
    seen = rolls([RollCall.objects.get(key=roll)])[0]
    assert seen.open
    assert [one.state for one in seen.lines] == [Answered.MISSING]


def test_accountability_call_on_a_mission_of_others_shows_nobody(scene):
    of = {"pledge": scene.pledge, "people": [scene.person], "when": WHEN}
    scene.la.say("aid.check-in/1", place="Here", **of)
    says = {"pledges": [scene.pledge], "minutes": 5}
    assert scene.hear("aid.roll/1", scene.pledge, **says) == DONE
    assert roll_of(RollCall.objects.get()).lines == []
    assert rolls(RollCall.objects.all()) == []


def test_person_on_another_members_roster(scene):
    says = {"pledge": scene.pledge, "ref": "ME-1", **LINE}
    assert scene.hear("aid.person/1", scene.pledge, **says) == void("not-own-pledge")
    assert len(scene.roster().lines) == 1


def test_name_of_a_person_as_reference_number(scene):
    pledge = scene.own_pledge()
    says = {"pledge": pledge, "ref": "JANE-DOE", **LINE}
    assert scene.hear("aid.person/1", pledge, **says) == void("bad-reference")
    assert not Person.objects.filter(home=scene.log.name).exists()


OF_A_PERSON = {
    "name", "names", "fullname", "firstname", "lastname", "surname", "forename", "nickname", "initials",
    "birth", "birthday", "born", "passport", "ssn", "gender", "sex",
}  # fmt: skip
NAMED = {
    "aid.evidence/1": {"files.name"},
    "aid.import/1": {"name", "files.name"},
    "aid.plan/1": {"files.name"},
    "aid.type/1": {"name", "name_es"},
    "kernel.epoch/1": {"name"},
    "kernel.extension/1": {"epochs.name"},
    "pact.fact/1": {"files.name"},
    "pact.member/1": {"name", "handle"},
    "pact.note/1": {"files.name"},
    "pact.officer/1": {"handle"},
    "pact.officer-key/1": {"credential"},
    "pact.pact/1": {"name"},
}
"""Every field that asks for a name: of a file, a type, an epoch, a member, an office, a key, the pact. None of a person."""


def asked_of(where: str, of: Any) -> Iterator[tuple[str, str]]:
    """The name and label of every field below, however deep."""
    if isinstance(of, type) and issubclass(of, msgspec.Struct):
        for field in msgspec.structs.fields(of):
            yield f"{where}.{field.name}", ""
            yield from asked_of(f"{where}.{field.name}", field.type)
    for part in get_args(of):
        yield from asked_of(where, part)


def test_name_of_a_person_in_any_kind():
    """No kind has a field for anybody's name: papers leave the column to be filled by hand."""
    found: dict[str, set[str]] = {}
    for tag, kind in KINDS.items():
        for field in kind.fields:
            inside = asked_of(field.name, field.of)
            for name, label in [(field.name, str(field.label)), *inside]:
                if OF_A_PERSON & set(re.findall("[a-z]+", f"{name} {label}".lower())):
                    found.setdefault(tag, set()).add(name)
    assert found == NAMED
    assert dict(asked_of("files", list[File])).keys() >= {"files.name", "files.sha256"}


def test_hours_of_another_members_people(scene):
    says = {"pledge": scene.pledge, "people": [scene.person], "done": "Worked.", "sort": "work"}
    span = {"began": "2025-06-07T06:00:00Z", "ended": "2025-06-07T08:00:00Z"}
    fate = scene.hear("aid.hours/1", scene.pledge, scene.person, **says, **span)
    assert fate == void("not-own-pledge")
    assert scene.roster().hours == []


@pytest.mark.parametrize(
    ("span", "code"),
    [
        ({"began": WHEN, "ended": WHEN}, "bad-span"),
        ({"began": WHEN, "ended": "2025-06-07T11:00:00Z"}, "bad-span"),
        ({"began": WHEN, "ended": "2025-06-20T12:00:00Z"}, "bad-span"),
        ({"began": WHEN, "ended": "2025-06-07T13:00:00Z", "overtime": 61}, "too-much"),
    ],
)
def test_more_time_than_passed(scene, span, code):
    pledge = scene.own_pledge()
    person = scene.log.write(
        "aid.person/1", {"pledge": pledge, "ref": "ME-1", **LINE}, cites=(pledge,)
    )
    says = {"pledge": pledge, "people": [person], "done": "Worked.", "sort": "work", **span}
    assert scene.hear("aid.hours/1", pledge, person, **says) == void(code)


def spend(scene: Scene, pledge: str, **more: Any) -> str:
    says = {"pledge": pledge, **FUEL, **more}
    return scene.log.write("aid.cost/1", says, cites=(pledge,))


def test_claim_of_more_than_its_lines(scene):
    pledge = scene.own_pledge()
    line = spend(scene, pledge)
    says = {"pledge": pledge, "lines": [line], "total_cents": 10_001}
    assert scene.hear("aid.claim/1", pledge, line, **says) == void("not-that-sum")


def test_claim_of_the_same_line_named_twice(scene):
    pledge = scene.own_pledge()
    line = spend(scene, pledge)
    says = {"pledge": pledge, "lines": [line, line], "total_cents": 20_000}
    assert scene.hear("aid.claim/1", pledge, line, **says) == void("not-that-sum")


def test_claim_of_a_gift(scene):
    pledge = scene.own_pledge()
    line = spend(scene, pledge, terms="donated")
    says = {"pledge": pledge, "lines": [line], "total_cents": 10_000}
    assert scene.hear("aid.claim/1", pledge, line, **says) == void("not-claimable")


def test_line_withdrawn_behind_the_back_of_whoever_answers_the_claim(scene):
    pledge = scene.own_pledge()
    line = spend(scene, pledge)
    claim = scene.log.write(
        "aid.claim/1",
        {"pledge": pledge, "lines": [line], "total_cents": 10_000},
        cites=(pledge, line),
    )
    assert scene.hear("aid.cost-end/1", line, line=line, why="Gone.") == void("claimed")
    assert scene.log.fate(claim) == DONE
    assert scene.book(pledge).total.claimed == 10_000


def test_giver_answers_its_own_claim(scene):
    pledge = scene.own_pledge()
    line = spend(scene, pledge)
    claim = scene.log.write(
        "aid.claim/1",
        {"pledge": pledge, "lines": [line], "total_cents": 10_000},
        cites=(pledge, line),
    )
    says = {"pledge": pledge, "claim": claim, "words": [{"line": line, "cents": 10_000}]}
    assert scene.hear("aid.claim-answer/1", pledge, claim, **says) == void("own-claim")
    assert scene.book(pledge).total.accepted == 0


def test_stranger_accepts_and_pays_a_claim_on_another(scene):
    line = scene.chicago.say("aid.cost/1", pledge=scene.pledge, **FUEL)
    claim = scene.chicago.say("aid.claim/1", pledge=scene.pledge, lines=[line], total_cents=10_000)
    of = {"pledge": scene.pledge, "claim": claim}
    words = [{"line": line, "cents": 10_000}]
    assert scene.hear("aid.claim-answer/1", scene.pledge, claim, words=words, **of) == DONE
    paid = {"cents": 10_000, "when": WHEN, **of}
    assert scene.hear("aid.payment/1", scene.pledge, claim, **paid) == DONE
    assert Account.objects.exists()
    assert Money.objects.exists()
    book = scene.book()
    assert (book.total.accepted, book.paid, book.due) == (0, 0, 0)


def test_payment_beyond_what_was_accepted(scene):
    claim = scene.chicago.say(
        "aid.claim/1",
        pledge=scene.pledge,
        lines=[scene.chicago.say("aid.cost/1", pledge=scene.pledge, **FUEL)],
        total_cents=10_000,
    )
    says = {"pledge": scene.pledge, "claim": claim, "cents": 1, "when": WHEN}
    assert scene.hear("aid.payment/1", scene.pledge, claim, **says) == void("too-much")


def test_withdrawal_of_another_members_claim_or_line(scene):
    line = scene.chicago.say("aid.cost/1", pledge=scene.pledge, **FUEL)
    claim = scene.chicago.say("aid.claim/1", pledge=scene.pledge, lines=[line], total_cents=10_000)
    assert scene.hear("aid.claim-end/1", claim, claim=claim, why="No.") == void("not-home")
    assert scene.hear("aid.cost-end/1", line, line=line, why="No.") == void("not-home")
    assert Claim.objects.get().withdrawn_at is None


def test_evidence_for_another_members_line(scene):
    line = scene.chicago.say("aid.cost/1", pledge=scene.pledge, **FUEL)
    files = [{"sha256": "0" * 64, "name": "x.pdf", "size": 1}]
    fate = scene.hear("aid.evidence/1", line, line=line, what="Ours", files=files)
    assert fate == void("not-own-line")
    assert scene.book().lines[0].evidence == []
