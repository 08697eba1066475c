"""What the receiver says of those who come; and that they stay longer, if both sides say so."""

from datetime import datetime

from django.utils.translation import gettext as _

from hansa.aid.missions import phases, rules
from hansa.aid.missions.models import Extension, Mission, Reception
from hansa.aid.missions.records.orders import told
from hansa.aid.missions.words import ReceiverStep
from hansa.aid.models import Need
from hansa.aid.words import MOST
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref, home_of


class ReceptionStep(Record, kind="aid.reception/1", row=Reception, by="logistics"):
    """{author} says of a mission that came to it ({mission}): {step}."""

    mission: Ref[Mission] = about("Which mission?", shown=False)
    need: Ref[Need] = about("For which need?", shown=False)
    step: ReceiverStep = ask("What has happened?", example="checked-in")
    quantity: int = ask(
        "How much of it?", least=0, most=MOST, default=0, example=1, help="Counted as in the need."
    )
    when: datetime | None = ask(
        "When?", default=None, example="2025-06-10T18:20-07:00", help="Empty means now."
    )
    words: str = ask("A word", default="", most=280, example="All 16, at Gate 4.")

    def near(self) -> list[tuple[type[Row], str]]:
        """The need that is met."""
        return [(Need, self.need)]

    def suffix(self) -> str:
        """One row for each mission, to which later words add."""
        return f"reception/{self.mission}"

    def judge(self, row: Reception | None, saying: Saying) -> str | None:
        """Only the one in need says it, of another's mission, in an order that its own log allows."""
        if home_of(self.mission) == saying.log:
            return "own-mission"
        if saying.own(Need, self.need) is None:
            return "not-own-need"
        if row is not None and row.mission and row.need != self.need:
            return "not-own-need"
        return phases.receiver_may(rules.receiver_of(row), self.step)

    def check(self, row: Reception | None, saying: Saying) -> None:
        """Say it of those who came to you, and no more than came."""
        mission = Mission.objects.filter(key=self.mission, receiver=saying.log).first()
        if mission is None or mission.need != self.need:
            raise Refused(_("This mission does not come to you."), field="mission")
        if self.quantity > mission.quantity:
            raise Refused(
                _("Only %(most)s were ordered.") % {"most": f"{mission.quantity:,}"},
                field="quantity",
            )
        if self.when is not None and self.when > saying.at:
            raise Refused(
                _("Say it when it has happened; this time is still to come."), field="when"
            )
        standing = rules.standing_of(mission.pledge, mission=mission)
        if standing and self.step not in phases.receiver_next(standing.giver, standing.receiver):
            raise Refused(
                _("This cannot be said now. The mission stands at: %(phase)s.")
                % {"phase": standing.phase.label},
                field="step",
                code="not-in-this-phase",
            )

    def in_words(self) -> dict[str, object]:
        """The step reads as a sentence."""
        return {"step": str(self.step.label).lower()}

    def apply(self, row: Reception, saying: Saying) -> None:
        """Keep the step. Who is checked in meets the need."""
        row.mission, row.need = self.mission, self.need
        row.steps = {**row.steps, self.step.value: told(saying, self.when, self.words)}
        if self.step != ReceiverStep.CHECKED_IN:
            return
        row.quantity = self.quantity
        need = saying.own(Need, self.need)
        if need is not None:
            need.received += self.quantity
            saying.change(need)


class ExtensionAsked(Record, kind="aid.extension/1", row=Extension, by="sign", weighty=True):
    """{author} asks a mission to stay until {until} ({mission}): {why}"""

    mission: Ref[Mission] = about("Which mission?", shown=False)
    until: datetime = ask("Until when?", example="2025-07-01T18:00-07:00")
    why: str = ask("Why?", default="", most=280, example="The shelters stay open another week.")

    def judge(self, row: Extension | None, saying: Saying) -> str | None:
        """Nobody asks its own people."""
        return "own-mission" if home_of(self.mission) == saying.log else None

    def check(self, row: Extension | None, saying: Saying) -> None:
        """Ask those who are with you to stay longer than they would."""
        mission = Mission.objects.filter(key=self.mission, receiver=saying.log).first()
        if mission is None:
            raise Refused(_("This mission does not come to you."), field="mission")
        standing = rules.standing_of(mission.pledge, mission=mission)
        if standing and not phases.may_extend(standing.giver, standing.receiver):
            raise Refused(
                _("They are on their way home, or have been called back."),
                code="not-in-this-phase",
            )
        if mission.ends is not None and self.until <= mission.ends:
            raise Refused(_("They stay so long already. Give a later time."), field="until")

    def apply(self, row: Extension, saying: Saying) -> None:
        """Keep the wish. Nobody stays longer until the giver consents."""
        row.mission, row.until, row.why = self.mission, self.until, self.why


class ExtensionGranted(
    Record, kind="aid.extension-consent/1", row=Mission, by="sign", weighty=True
):
    """{author} lets its mission stay until {until} ({mission})."""

    mission: Ref[Mission] = upon("Which mission?")
    extension: Ref[Extension] = about("What was asked?", shown=False)
    until: datetime = ask("Until when?", example="2025-07-01T18:00-07:00", shown=False)

    def judge(self, row: Mission, saying: Saying) -> str | None:
        """Who was called back, or is home, is not let stay; and one word for each wish is enough."""
        if self.extension in {one["extension"] for one in row.extensions}:
            return "said-before"
        giver = rules.giver_of(row)
        return "not-in-this-phase" if giver.home or giver.recalled else None

    def check(self, row: Mission | None, saying: Saying) -> None:
        """Consent to what the receiver asked, and to nothing else."""
        asked = Extension.objects.filter(key=self.extension, mission=self.mission).first()
        if asked is None or row is None or asked.home != row.receiver:
            raise Refused(_("The receiver has not asked this."), field="extension")
        if asked.until != self.until:
            raise Refused(_("The receiver asked for another time."), field="until")

    def apply(self, row: Mission, saying: Saying) -> None:
        """They stay until then."""
        said = {
            "extension": self.extension,
            "record": saying.position,
            "at": saying.at.isoformat(),
            "until": self.until.isoformat(),
        }
        row.extensions = [*row.extensions, said]
        row.ends = self.until
