"""A call for aid, from the first word to the last, and the answer that says no."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref
from hansa.pact import rules
from hansa.pact.models import Answer, Call, Charter, Consent, Fact, Pact
from hansa.pact.words import Form, Verdict, unstopped


class CallOpened(Record, kind="pact.call/1", row=Call, by="sign", weighty=True):
    """{author} calls for aid: {summary}."""

    pact: Ref[Pact] = about("Which pact?", shown=False)
    charter: Ref[Charter] = about("Under which charter?", shown=False)
    trigger: str = ask("What has happened?", most=40, example="deployment")
    began: datetime = ask("When did it begin?", example="2025-06-07T18:00-07:00")
    place: str = ask("Where?", example="Downtown Los Angeles")
    summary: str = ask(
        "What is happening, in one sentence?",
        most=280,
        example="Troops are deployed in our city without our consent.",
    )
    forms: list[Form] = ask(
        "What help do you ask for?", least=1, most=4, example=["legal", "voice"]
    )
    facts: list[Ref[Fact]] = about("Which recorded facts does it rest on?", default=[])

    def check(self, row: Call | None, saying: Saying) -> None:
        """A member in force calls, for a trigger that its charter names."""
        version = rules.require_member(saying.log).current
        if self.charter != version.charter.key:
            raise Refused(
                _("The charter was amended meanwhile. Start again from the version in force."),
                field="charter",
            )
        terms = version.rules
        if self.trigger not in {trigger.id for trigger in terms.triggers}:
            raise Refused(
                _("Choose one of the charter's triggers: %(ids)s.")
                % {"ids": ", ".join(trigger.id for trigger in terms.triggers)},
                field="trigger",
            )
        unknown = [form for form in self.forms if terms.form(form) is None]
        if unknown:
            raise Refused(
                _("The charter has no duty for %(form)s.") % {"form": unknown[0].label},
                field="forms",
            )
        if self.began > saying.at:
            raise Refused(
                _("Give the moment when it began; this one is still to come."), field="began"
            )

    def in_words(self) -> dict[str, object]:
        """The sentence ends with its own full stop."""
        return {"summary": unstopped(self.summary)}

    def apply(self, row: Call, saying: Saying) -> None:
        """Open the call; each form asked starts now."""
        row.pact, row.charter, row.trigger, row.began = (
            self.pact,
            self.charter,
            self.trigger,
            self.began,
        )
        row.place, row.summary, row.facts = self.place, self.summary, list(self.facts)
        row.forms = {str(form.value): _asked(saying) for form in self.forms}


class CallChanged(Record, kind="pact.call-change/1", row=Call, by="sign", weighty=True):
    """{author} changes its call: {summary}."""

    call: Ref[Call] = upon("Which call?")
    place: str = ask("Where?", example="Downtown Los Angeles, Paramount and Compton")
    summary: str = ask(
        "What is happening now, in one sentence?",
        most=280,
        example="More troops have been ordered.",
    )
    forms: list[Form] = ask(
        "What help do you ask for from now on?",
        least=1,
        most=4,
        example=["legal", "voice", "material"],
    )
    facts: list[Ref[Fact]] = about("Which further facts does it rest on?", default=[])

    def judge(self, row: Call, saying: Saying) -> str | None:
        """A call that has ended is not reopened; a new one is made."""
        return "call-ended" if row.ended_at else None

    def check(self, row: Call | None, saying: Saying) -> None:
        """Ask only for what the call's own charter knows."""
        version = rules.Roll().version(row.charter) if row else None
        unknown = [
            form for form in self.forms if version is not None and version.rules.form(form) is None
        ]
        if unknown:
            raise Refused(
                _("The charter has no duty for %(form)s.") % {"form": unknown[0].label},
                field="forms",
            )

    def in_words(self) -> dict[str, object]:
        """The sentence ends with its own full stop."""
        return {"summary": unstopped(self.summary)}

    def apply(self, row: Call, saying: Saying) -> None:
        """Widen and narrow: a form newly asked starts its clock now, one no longer asked stops; what was owed before stays."""
        asked = {str(form.value) for form in self.forms}
        forms = {form: dict(span) for form, span in row.forms.items()}
        for form, span in forms.items():
            if form not in asked and span["until"] is None:
                span["until"], span["until_index"] = saying.at.isoformat(), saying.index
        for form in sorted(asked):
            last = forms.get(form)
            if last is None or last["until"] is not None:
                before = [*last.pop("before", []), last] if last is not None else []
                forms[form] = {**_asked(saying), "before": before}
        row.forms, row.place, row.summary = forms, self.place, self.summary
        row.facts = [*row.facts, *(fact for fact in self.facts if fact not in row.facts)]


def _asked(saying: Saying) -> dict[str, Any]:
    """Return that a form is asked from here on."""
    return {
        "from": saying.at.isoformat(),
        "from_index": saying.index,
        "until": None,
        "until_index": None,
    }


class StoodDown(Record, kind="pact.call-end/1", row=Call, by="sign", weighty=True):
    """{author} stands its call down: {why}."""

    call: Ref[Call] = upon("Which call?")
    why: str = ask("Why?", most=280, example="The forces have left.")

    def judge(self, row: Call, saying: Saying) -> str | None:
        """A call ends once."""
        return "call-ended" if row.ended_at else None

    def in_words(self) -> dict[str, object]:
        """The sentence ends with its own full stop."""
        return {"why": unstopped(self.why)}

    def apply(self, row: Call, saying: Saying) -> None:
        """End the call, and with it every duty not yet due."""
        row.ended_at, row.ended_index, row.ended_why = saying.at, saying.index, self.why


class CallConsented(Record, kind="pact.consent/1", row=Consent, by="sign", weighty=True):
    """{author} consents to the call."""

    call: Ref[Call] = about("To which call?")

    def check(self, row: Consent | None, saying: Saying) -> None:
        """Another member consents, where the charter asks for it."""
        roll = rules.require_member(saying.log)
        call = Call.objects.filter(key=self.call).first()
        version = roll.version(call.charter) if call else None
        if call is None or version is None:
            raise Refused(_("There is no call %(call)s here.") % {"call": self.call}, field="call")
        if call.home == saying.log:
            raise Refused(_("Your own call needs the consent of others."), field="call")
        if call.ended_at is not None:
            raise Refused(_("This call has been stood down. Nothing more is asked."), field="call")
        if version.rules.consent.needed == 0:
            raise Refused(
                _("This call needs no consent: under its charter the caller's word is enough."),
                field="call",
            )

    def suffix(self) -> str:
        """One consent for each call and member."""
        return f"consent/{self.call}"

    def apply(self, row: Consent, saying: Saying) -> None:
        """Keep the first word."""
        if not row.call:
            row.call, row.index = self.call, saying.index


class Declined(Record, kind="pact.decline/1", row=Answer, by="duty"):
    """{author} declines {form}: {reason}."""

    call: Ref[Call] = about("Which call?", shown=False)
    form: Form = ask("Which form of aid?", example="material")
    reason: str = ask(
        "Why can you not help?",
        most=280,
        example="Our own reserve is committed to wildfire season.",
        help="Every member of the pact can read this.",
    )

    def check(self, row: Answer | None, saying: Saying) -> None:
        """Decline what was asked of you."""
        require_asked(self.call, self.form, saying.log)

    def suffix(self) -> str:
        """One answer for each call, form and member."""
        return f"answer/{self.call}/{self.form.value}"

    def in_words(self) -> dict[str, object]:
        """The sentence ends with its own full stop."""
        return {"reason": unstopped(self.reason)}

    def apply(self, row: Answer, saying: Saying) -> None:
        """The first answer stops the clock; a pledge already made stands."""
        answer(row, saying, self.call, self.form)
        if row.verdict != Verdict.PLEDGED:
            row.verdict, row.reason = Verdict.DECLINED, self.reason


def answer(row: Answer, saying: Saying, call: str, form: Form) -> None:
    """Fill in a new answer's place and time; an older one keeps its first moment."""
    if not row.call:
        row.call, row.form = call, str(form.value)
        row.first_at, row.first_index = saying.at, saying.index


def pledged(saying: Saying, call: str, form: Form) -> None:
    """Let a pledge answer its form of the call, in the pledging member's own log."""
    row = saying.open(Answer, f"answer/{call}/{form.value}")
    answer(row, saying, call, form)
    row.verdict, row.reason = Verdict.PLEDGED, ""


def require_asked(call: str, form: Form, log: str) -> Call:
    """Return the call if it asks this form of this member now; Refused says why not."""
    roll = rules.require_member(log)
    found = Call.objects.filter(key=call).first()
    if found is None:
        raise Refused(_("There is no call %(call)s here.") % {"call": call}, field="call")
    if found.home == log:
        raise Refused(_("This is your own call. The others answer it."), field="call")
    if found.ended_at is not None:
        raise Refused(_("This call has been stood down. Nothing more is asked."), field="call")
    if rules.active_since(found, roll=roll) is None:
        raise Refused(_("This call still needs the consent of other members."), field="call")
    span = found.forms.get(str(form.value))
    if span is None or span["until"] is not None:
        raise Refused(
            _("This call does not ask for %(form)s.") % {"form": form.label}, field="form"
        )
    return found
