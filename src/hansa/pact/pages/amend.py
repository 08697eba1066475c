"""Proposing an amendment: the articles and rules as a form, and what would differ from the version in force."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.kernel.log import Draft
from hansa.pact.models import Charter
from hansa.pact.pages import rulesheet
from hansa.pact.pages.seeing import place_refusal, plain, seat
from hansa.pact.records.membership import AmendmentProposed
from hansa.pact.rules import Roll, Version
from hansa.pact.terms import Article, Rules, Trigger
from hansa.pact.words import Form, MemberType
from hansa.pages.access import capable
from hansa.pages.approve import note, say_or_ask, wants_change
from hansa.pages.forms import readers
from hansa.pages.widgets import RowsField, WholeNumber

COSTS = [
    ("receiver-repays", gettext_lazy("The receiver repays")),
    ("each-bears-own", gettext_lazy("Each bears its own")),
    ("shared", gettext_lazy("All members share them")),
]
SHARES = ["1/3", "1/2", "3/5", "2/3", "3/4", "1/1"]


class AmendForm(forms.Form):
    """Every article and every rule of a charter, to be changed one by one."""

    template_name = "pages/form.html"

    def __init__(self, *args: Any, rules: Rules, **rest: Any) -> None:
        """Ask about the forms of aid that the charter knows, and those that it could."""
        super().__init__(*args, **rest)
        record = {field.name: field for field in AmendmentProposed.fields}
        self.fields["why"] = forms.CharField(
            label=str(record["why"].label),
            max_length=280,
            widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 2, "maxlength": 280}),
        )
        self.fields["articles"] = RowsField(
            Article, least=1, most=60, label=record["articles"].label
        )
        self.fields["triggers"] = RowsField(
            Trigger, least=1, most=20, label=_("When a member may call")
        )
        for form in Form:
            self._ask_form(form)
        self._ask_terms()
        self._ask_shares(rules)
        kept = plain(rules)
        self.untouched = {"missions": kept["missions"]} if "missions" in kept else {}
        self.fields["once"] = forms.CharField(
            widget=forms.HiddenInput(),
            initial=lambda: uuid.uuid4().hex,
            max_length=64,
            required=False,
        )

    def _ask_terms(self) -> None:
        self.fields["consent"] = _number(
            _("How many other members must consent before a call is active?"),
            0,
            500,
            help_text=_("0: the caller's word is enough."),
        )
        self.fields["cost"] = forms.ChoiceField(
            label=_("Who bears the costs?"),
            choices=COSTS,
            widget=forms.Select(attrs={"class": "usa-select"}),
        )
        self.fields["cost_text"] = _prose(_("Costs, in words"))
        self.fields["cost_text_es"] = _prose(_("Costs, in words (Spanish)"))
        self.fields["reserve"] = forms.BooleanField(
            label=_("Each member may hold back a reserve"),
            required=False,
            widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
        )
        self.fields["confirm_hours"] = _number(_("Hours to confirm or dispute a delivery"), 1, 2160)
        self.fields["leave_notice_days"] = _number(_("Days of notice before leaving"), 0, 730)

    def _ask_shares(self, rules: Rules) -> None:
        shares = [
            (share, share)
            for share in sorted(
                {*SHARES, rules.admission.share, rules.amendment.share}, key=_portion
            )
        ]
        self.fields["admission"] = forms.ChoiceField(
            label=_("Share of members that admits a newcomer"),
            choices=shares,
            widget=forms.Select(attrs={"class": "usa-select"}),
        )
        self.fields["amendment"] = forms.ChoiceField(
            label=_("Share of members that changes the charter"),
            choices=shares,
            widget=forms.Select(attrs={"class": "usa-select"}),
        )

    def _ask_form(self, form: Form) -> None:
        who = [("all", _("All members")), *MemberType.choices]
        words = {"form": form.label}
        self.fields[f"{form.value}_hours"] = _number(
            _("%(form)s: hours to answer") % words,
            0,
            2160,
            help_text=_("0: the charter has no duty in this form."),
        )
        self.fields[f"{form.value}_who"] = forms.ChoiceField(
            label=_("%(form)s: who answers?") % words,
            choices=who,
            widget=forms.Select(attrs={"class": "usa-select"}),
        )
        self.fields[f"{form.value}_duty"] = _prose(_("%(form)s: the duty in words") % words)
        self.fields[f"{form.value}_duty_es"] = _prose(
            _("%(form)s: the duty in words (Spanish)") % words
        )

    def rules(self) -> dict[str, Any]:
        """Return the rules as typed, as plain values; what the form does not ask stays as it is in force."""
        typed = self.cleaned_data
        asked = [form for form in Form if typed[f"{form.value}_hours"]]
        count = typed["consent"]
        return {
            "triggers": typed["triggers"],
            "forms": [
                {
                    key: value
                    for key, value in {
                        "id": form.value,
                        "hours": typed[f"{form.value}_hours"],
                        "who": typed[f"{form.value}_who"],
                        "duty": typed[f"{form.value}_duty"],
                        "duty_es": typed[f"{form.value}_duty_es"],
                    }.items()
                    if value != ""
                }
                for form in asked
            ],
            "consent": {"rule": "members" if count else "caller", "count": count},
            "cost": {
                "rule": typed["cost"],
                "text": typed["cost_text"],
                "text_es": typed["cost_text_es"],
            },
            "reserve": typed["reserve"],
            "leave_notice_days": typed["leave_notice_days"],
            "admission": {"share": typed["admission"]},
            "amendment": {"share": typed["amendment"]},
            "confirm_hours": typed["confirm_hours"],
            **self.untouched,
        }


def _portion(share: str) -> float:
    """Return a share such as “2/3” as a number, to put shares in order."""
    above, _slash, below = share.partition("/")
    return int(above) / int(below)


def _number(label: str, least: int, most: int, help_text: str = "") -> WholeNumber:
    widget = forms.TextInput(
        attrs={"class": "usa-input hansa-number", "inputmode": "numeric", "autocomplete": "off"}
    )
    return WholeNumber(least=least, most=most, label=label, help_text=help_text, widget=widget)


def _prose(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 3, "maxlength": 4000}),
    )


def _initial(charter: Charter, rules: Rules) -> dict[str, Any]:
    """Return the version in force as the form shows it."""
    shown: dict[str, Any] = {
        "articles": charter.articles,
        "triggers": plain(rules.triggers),
        "consent": rules.consent.needed,
        "cost": rules.cost.rule,
        "cost_text": rules.cost.text,
        "cost_text_es": rules.cost.text_es,
        "reserve": rules.reserve,
        "confirm_hours": rules.confirm_hours,
        "leave_notice_days": rules.leave_notice_days,
        "admission": rules.admission.share,
        "amendment": rules.amendment.share,
    }
    for form in Form:
        rule = rules.form(form)
        shown.update(
            {
                f"{form.value}_hours": rule.hours if rule else 0,
                f"{form.value}_who": rule.who if rule else "all",
                f"{form.value}_duty": rule.duty if rule else "",
                f"{form.value}_duty_es": rule.duty_es if rule else "",
            }
        )
    return shown


@capable("sign")
def amend(request: HttpRequest) -> HttpResponse:
    """Edit the version in force; show what would differ; propose it."""
    roll, chair = Roll(), seat(request)
    if roll.pact is None:
        return render(request, "pact/no_charter.html", {})
    current = Version(
        Charter.objects.get(key=roll.current.charter.key), roll.current.since, roll.current.rules
    )
    form = (
        AmendForm(request.POST, rules=current.rules)
        if request.method == "POST"
        else AmendForm(rules=current.rules, initial=_initial(current.charter, current.rules))
    )
    differ: list[rulesheet.Change] | None = None
    if request.method == "POST" and "more" not in request.POST and form.is_valid():
        try:
            record = _record(form, current, roll)
            differ = rulesheet.changes(
                (current.charter.articles, current.rules), (plain(record.articles), record.rules)
            )
            if not differ:
                raise Refused(
                    _("This is the charter in force, word for word. Change something first.")
                )
            if "propose" in request.POST and not wants_change(request):
                return _propose(request, record, form.cleaned_data["once"])
        except Refused as refusal:
            place_refusal(form, refusal)
    context = {
        "form": form,
        "changes": differ,
        "readers": readers(AmendmentProposed, chair),
        "approval": note(AmendmentProposed, chair),
        "electors": len(roll.members_at(clock.now())),
        "needed": current.rules.amendment.of(len(roll.members_at(clock.now()))),
    }
    return render(
        request,
        "pact/amend.html",
        context,
        status=422 if form.errors and request.method == "POST" else 200,
    )


def _propose(request: HttpRequest, record: AmendmentProposed, once: str) -> HttpResponse:
    """Say it and show it, or ask for its approval; Refused if it cannot be said."""
    chair = seat(request)
    draft = Draft(record, chair.log, chair.by, "", f"form/{chair.by}/{once}" if once else "")
    said = say_or_ask(request, draft, title=_("Amend the charter"))
    if isinstance(said, HttpResponse):
        return said
    messages.success(request, _("Saved as %(position)s.") % {"position": said})
    return HttpResponseRedirect(reverse("amendment", args=[said]))


def _record(form: AmendForm, current: Version, roll: Roll) -> AmendmentProposed:
    """Return what is proposed; Refused names the field at fault."""
    typed = form.cleaned_data
    return AmendmentProposed.read(
        {
            "base": current.charter.key,
            "why": typed["why"],
            "articles": typed["articles"],
            "rules": form.rules(),
            "electorate": [f"{log}@0" for log in roll.members_at(clock.now())],
        }
    )
