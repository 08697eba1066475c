"""All roots of a member lost: what the others may decide, when it counts, and who can stop it."""

import pytest

from hansa.kernel import clock
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.fsck import fsck
from hansa.kernel.home import home as this_home
from hansa.kernel.merkle import EMPTY_ROOT
from hansa.kernel.models import Log
from hansa.kernel.note import Signer
from hansa.kernel.record import KINDS
from hansa.kernel.roots import keeping, paper
from hansa.pact import rebinding
from hansa.pact.models import Rebind
from hansa.pact.rebinding import Case
from tests.builders import Town, found
from tests.kernel.chains import rooted, roots, signed

pytestmark = pytest.mark.usefixtures("home")
LOST = "us-ca-los-angeles"


class Pact:
    """Five members; the first has lost its roots, and the second proposes."""

    def __init__(self) -> None:
        self.towns = found(5)
        keeping.accept(LOST, signed(LOST, 1, 0, EMPTY_ROOT))
        self.before = Log.objects.get(name=LOST)
        self.note = signed(LOST, 2, self.before.size, rooted(LOST, self.before.size), lost=True)
        self.proposal = ""

    @property
    def lost(self) -> Town:
        return self.towns[0]

    def propose(self, note: bytes = b"") -> str:
        text = (note or self.note).decode()
        self.proposal = self.towns[1].say("pact.rebind/1", member=f"{LOST}@0", note=text)
        return self.proposal

    def vote(self, *which: int, yes: bool = True) -> list[str]:
        return [
            self.towns[i].say("pact.rebind-ballot/1", proposal=self.proposal, yes=yes)
            for i in which
        ]

    def close(self, ballots: list[str]) -> str:
        return self.towns[1].say("pact.rebind-close/1", proposal=self.proposal, ballots=ballots)

    @property
    def case(self) -> Case:
        return Case.of(Rebind.objects.get(key=self.proposal))


@pytest.fixture
def five(set_clock) -> Pact:
    return Pact()


def test_more_than_half_of_the_others_and_72_hours_change_the_keys(
    five: Pact, set_clock, django_capture_on_commit_callbacks
) -> None:
    five.propose()
    ballots = five.vote(2, 3)
    assert (five.case.yes, five.case.needed) == ([t.log for t in five.towns[1:4]], 3)
    assert rebinding.settle() == []
    with pytest.raises(Refused, match="72 hours"):
        five.close(ballots)
    set_clock.to("2025-06-10T12:00Z")
    five.close(ballots)
    with django_capture_on_commit_callbacks(execute=True):
        assert rebinding.settle() == [LOST]
    assert keeping.rebound(LOST) == [2]
    assert Log.objects.get(name=LOST).vkey != five.before.vkey
    five.lost.say("pact.note/1", on=f"{LOST}@0", text="We are back.")
    assert rebinding.settle() == []
    assert fsck().ok


def test_too_few_votes_change_nothing(five: Pact, set_clock) -> None:
    five.propose()
    ballots = five.vote(2)
    five.vote(3, 4, yes=False)
    set_clock.to("2025-06-11T12:00Z")
    with pytest.raises(Refused, match="So far 2 have agreed, and it takes 3"):
        five.close(ballots)


def test_votes_that_the_closing_does_not_cite_do_not_count(five: Pact, set_clock) -> None:
    five.propose()
    ballots = five.vote(2, 3)
    set_clock.to("2025-06-11T12:00Z")
    with pytest.raises(Refused, match="So far 2"):
        five.close(ballots[:1])


def forced(kind: str, town: Town, **fields: object) -> str:
    """Said by a node that skips courtesy."""
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KINDS[kind], "check", lambda *_: None)
        return say(KINDS[kind].read(fields), log=town.log, by=town.by)


@pytest.mark.parametrize("how", ["early", "few", "another"])
def test_a_closing_that_is_forced_through_is_not_followed(five: Pact, set_clock, how: str) -> None:
    five.propose()
    ballots = five.vote(2, 3)
    town = five.towns[1]
    if how != "early":
        set_clock.to("2025-06-11T12:00Z")
    if how == "few":
        ballots = ballots[:1]
    if how == "another":
        town = five.towns[2]
    forced("pact.rebind-close/1", town, proposal=five.proposal, ballots=ballots)
    assert five.case.carried_at is None
    assert rebinding.settle() == []


def test_the_member_itself_stops_it(five: Pact, set_clock) -> None:
    five.propose()
    ballots = five.vote(2, 3, 4)
    five.lost.say("pact.rebind-objection/1", proposal=five.proposal)
    set_clock.to("2025-06-11T12:00Z")
    with pytest.raises(Refused, match="objected"):
        five.close(ballots)
    forced("pact.rebind-close/1", five.towns[1], proposal=five.proposal, ballots=ballots)
    assert rebinding.settle() == []


def test_one_root_that_was_found_stops_it_through_any_member(five: Pact, set_clock) -> None:
    five.propose()
    ballots = five.vote(2, 3)
    found_again = roots(1, origin=f"hansa/{LOST}")[2]
    word = paper.object_to(five.proposal, found_again).decode()
    five.towns[4].say("pact.rebind-objection/1", proposal=five.proposal, note=word)
    assert five.case.objected
    set_clock.to("2025-06-11T12:00Z")
    forced("pact.rebind-close/1", five.towns[1], proposal=five.proposal, ballots=ballots)
    assert rebinding.settle() == []


def test_nobody_else_stops_it(five: Pact, set_clock) -> None:
    five.propose()
    ballots = five.vote(2, 3)
    stranger = Signer(f"hansa/{LOST}/root-x", bytes(32))
    other = paper.object_to(f"{LOST}@0", roots(1, origin=f"hansa/{LOST}")[0])
    for note in (paper.object_to(five.proposal, stranger), other, b""):
        with pytest.raises(Refused):
            five.towns[4].say("pact.rebind-objection/1", proposal=five.proposal, note=note.decode())
    forced("pact.rebind-objection/1", five.towns[4], proposal=five.proposal, note="")
    assert not five.case.objected
    set_clock.to("2025-06-11T12:00Z")
    five.close(ballots)
    assert rebinding.settle() == [LOST]


def test_an_objection_that_comes_after_the_closing_is_too_late(five: Pact, set_clock) -> None:
    five.propose()
    ballots = five.vote(2, 3)
    set_clock.to("2025-06-11T12:00Z")
    five.close(ballots)
    set_clock.to("2025-06-11T12:01Z")
    five.lost.say("pact.rebind-objection/1", proposal=five.proposal)
    assert rebinding.settle() == [LOST]


def test_members_cannot_take_anothers_log_by_a_document_of_their_own(five: Pact) -> None:
    """Without the new roots' own signatures, for oneself, or beside the document in force, nothing is proposed."""
    unsigned = (
        five.note.split(b"\n\n", 1)[0]
        + b"\n\n"
        + five.note.split(b"\n\n", 1)[1].split(b"\n")[0]
        + b"\n"
    )
    with pytest.raises(Refused, match="its own roots"):
        five.propose(unsigned)
    with pytest.raises(Refused, match="for us-ca-los-angeles"):
        five.towns[1].say("pact.rebind/1", member=f"{five.towns[2].log}@0", note=five.note.decode())
    place = forced("pact.rebind/1", five.towns[1], member=f"{LOST}@0", note=five.note.decode())
    assert Rebind.objects.get(key=place).log == LOST


def test_nobody_votes_on_its_own_keys_nor_twice(five: Pact) -> None:
    five.propose()
    with pytest.raises(Refused, match="other members"):
        five.vote(0)
    five.vote(2, yes=False)
    with pytest.raises(Refused, match="already"):
        five.vote(2)


def test_what_the_members_decided_is_not_taken_from_a_stranger(five: Pact) -> None:
    with pytest.raises(Untrusted, match="it takes 2"):
        keeping.accept(LOST, five.note)
    assert this_home().keys.staged(LOST, f"hansa/{LOST}")


def test_a_form_that_changes_line_ends_changes_nothing(five: Pact) -> None:
    five.propose(five.note.replace(b"\n", b"\r\n"))
    assert five.case.proposal.version == 2
    assert clock.now() < five.case.due


def test_a_proposal_that_nobody_can_read_is_kept_as_one_about_nothing():
    """`judge` lets none stand; the fold is total all the same, and what it makes can be written down."""
    row = Rebind(key=f"{LOST}@9", home=LOST, at=clock.now(), audience="pact")
    record = KINDS["pact.rebind/1"].read({"member": f"{LOST}@0", "note": "Nonsense."})
    record.apply(row, None)  # type: ignore[arg-type]  # what it reads of the saying is nothing
    assert (row.note, row.log, row.version) == ("Nonsense.", "", 0)
    row.save()
