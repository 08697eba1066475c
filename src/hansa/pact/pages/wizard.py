"""From “we are under deployment” to a signed call in three screens. What was typed stays until it is signed.

1 what happened, where, since when    2 the facts, and what help is asked    3 read it as others will, and sign

Nothing is said before the last button. Then a new fact is said first, and the call that rests on it after;
if the call is refused, or not approved, the fact stands, as it would have if it had been recorded by itself.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.kernel.fields import File
from hansa.kernel.log import Draft
from hansa.kernel.reading import readable
from hansa.kernel.record import Record
from hansa.kernel.say import say
from hansa.pact.models import Fact
from hansa.pact.pages.acts import fact_choices
from hansa.pact.pages.rulesheet import consent, duty
from hansa.pact.pages.seeing import may, officers, seat, tongue
from hansa.pact.records.calls import CallOpened
from hansa.pact.records.facts import FactRecorded
from hansa.pact.rules import Roll, judge_officer
from hansa.pact.terms import Rules
from hansa.pact.words import Capability, Form
from hansa.pages.access import Chair, capable
from hansa.pages.approve import note, say_or_ask, wants_change
from hansa.pages.forms import form_field, readers
from hansa.pages.widgets import sign_file

KEPT = "call-new"
"""Where the session keeps what was typed."""

SCREENS = 3
FACTS = 2
"""The screen that asks for facts."""
NEW_FACT = ("text", "when", "precision", "place", "sources", "files")


class Screen(forms.Form):
    """One screen's questions, taken from the kinds that they will fill."""

    template_name = "pages/form.html"

    def ask(
        self, name: str, kind: type[Record], of: str, choices: Any = None, **changes: Any
    ) -> None:
        """Ask what the kind's field `of` asks, under `name`."""
        self.fields[name] = form_field(kind.field(of), choices)
        for attribute, value in changes.items():
            setattr(self.fields[name], attribute, value)


class What(Screen):
    """Screen 1."""

    def __init__(self, *args: Any, rules: Rules, **rest: Any) -> None:
        """Offer the charter's own triggers, each with its words."""
        super().__init__(*args, **rest)
        triggers = [
            (one.id, f"{tongue(one, 'title')}. {tongue(one, 'text')}") for one in rules.triggers
        ]
        self.ask("trigger", CallOpened, "trigger", triggers)
        for name in ("place", "began", "summary"):
            self.ask(name, CallOpened, name)

    def clean_began(self) -> datetime:
        """A call is about what has begun."""
        began: datetime = self.cleaned_data["began"]
        if began > clock.now():
            raise forms.ValidationError(
                _("Give the moment when it began; this one is still to come.")
            )
        return began


class Asked(Screen):
    """Screen 2."""

    def __init__(
        self, *args: Any, rules: Rules, facts: list[tuple[str, str]], voice: bool, **rest: Any
    ) -> None:
        """Offer the forms of aid that the charter knows, recorded facts, and a new one to whoever may record it."""
        super().__init__(*args, **rest)
        known = [(rule.id.value, f"{Form(rule.id).label}. {duty(rule)}") for rule in rules.forms]
        self.ask("forms", CallOpened, "forms", known)
        if facts:
            self.ask("facts", CallOpened, "facts", facts)
        for name in NEW_FACT if voice else ():
            self.ask(f"new_{name}", FactRecorded, name, required=False)
        if voice:
            self.fields["new_text"].label = _("A new fact: what happened?")

    def clean(self) -> dict[str, Any]:
        """A new fact needs what every fact needs; no new fact needs nothing."""
        typed = super().clean() or {}
        if typed.get("new_text"):
            for name in ("new_when", "new_sources"):
                if name in self.fields and name not in self.errors and not typed.get(name):
                    self.add_error(
                        name,
                        _("A fact without a time and a source is not recorded.")
                        if name == "new_sources"
                        else _("Please fill this in."),
                    )
        elif typed.get("new_sources") or typed.get("new_files"):
            self.add_error("new_text", _("Say in a sentence what the source or the file shows."))
        return typed


@capable("sign")
def start(request: HttpRequest) -> HttpResponse:
    """Show the first screen, with nothing typed if asked to begin anew."""
    if "anew" in request.GET:
        request.session.pop(KEPT, None)
    response: HttpResponse = screen(request, 1)
    return response


@capable("sign")
def screen(request: HttpRequest, step: int) -> HttpResponse:
    """Show one screen, keep what is typed in it, go back or on; on the last one, sign."""
    if not 1 <= step <= SCREENS:
        raise Http404
    roll, chair = Roll(), seat(request)
    if roll.pact is None or not roll.is_member(chair.log, clock.now()):
        return render(request, "pact/no_call.html", {"pact": roll.pact}, status=403)
    rules = roll.current.rules
    if step == SCREENS:
        return _last(request, roll, chair)
    form = _form(request, step, rules, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        valid = form.is_valid()
        _keep(request, step, form)
        if "back" in request.POST:
            return HttpResponseRedirect(reverse("call-new-screen", args=[step - 1]))
        if valid and "more" not in request.POST:
            return HttpResponseRedirect(reverse("call-new-screen", args=[step + 1]))
    voices = (
        []
        if may(request, "voice")
        else [
            one.office
            for one in officers([chair.log], clock.now())
            if judge_officer(one, Capability.VOICE, clock.now()) is None
        ]
    )
    context = {
        "form": form,
        "step": step,
        "screens": SCREENS,
        "voices": voices,
        "asks_voice": step == FACTS and not may(request, "voice"),
    }
    return render(
        request,
        "pact/call_new.html",
        context,
        status=422 if request.method == "POST" and form.errors else 200,
    )


def _form(request: HttpRequest, step: int, rules: Rules, typed: QueryDict | None) -> Screen:
    """Return the screen's form: as just typed, as kept, or fresh."""
    kept = request.session.get(KEPT, {}).get(str(step))
    data, files = (typed, request.FILES) if typed is not None else (_query(kept), None)
    if step == 1:
        first: dict[str, Any] = {
            "began": clock.now(),
            "trigger": rules.triggers[0].id if len(rules.triggers) == 1 else None,
        }
        return (
            What(data, files, rules=rules, initial=first)
            if data is not None
            else What(rules=rules, initial=first)
        )
    more: dict[str, Any] = {
        "rules": rules,
        "facts": fact_choices(
            seat(request).log, without=[], chosen=data.getlist("facts") if data is not None else []
        ),
        "voice": may(request, "voice"),
    }
    fresh = {
        "new_when": clock.now(),
        "forms": [rule.id.value for rule in rules.forms],
        "new_precision": "hour",
    }
    return (
        Asked(data, files, initial=fresh, **more)
        if data is not None
        else Asked(initial=fresh, **more)
    )


def _query(kept: Mapping[str, list[str]] | None) -> QueryDict | None:
    if kept is None:
        return None
    query = QueryDict(mutable=True)
    for name, values in kept.items():
        query.setlist(name, values)
    return query


def _keep(request: HttpRequest, step: int, form: Screen) -> None:
    """Keep what was typed in the session, valid or not; files that arrived stay by a signed reference."""
    typed = {
        name: request.POST.getlist(name)
        for name in request.POST
        if name not in {"csrfmiddlewaretoken", "back", "more"}
    }
    files = (
        [one for one in form.cleaned_data.get("new_files") or [] if isinstance(one, File)]
        if hasattr(form, "cleaned_data")
        else []
    )
    if files:
        typed["new_files-kept"] = [sign_file(one) for one in files]
    kept = request.session.get(KEPT) or {"once": uuid.uuid4().hex}
    kept[str(step)] = typed
    request.session[KEPT] = kept


def _last(request: HttpRequest, roll: Roll, chair: Chair) -> HttpResponse:
    """Show the call as the others will read it; sign it if asked to."""
    rules = roll.current.rules
    before = [_form(request, step, rules, None) for step in range(1, SCREENS)]
    for step, form in enumerate(before, start=1):
        if not form.is_bound or not form.is_valid():
            return HttpResponseRedirect(reverse("call-new-screen", args=[step]))
    if request.method == "POST" and "back" in request.POST:
        return HttpResponseRedirect(reverse("call-new-screen", args=[SCREENS - 1]))
    what, asked = (form.cleaned_data for form in before)
    refusal: Refused | None = None
    if request.method == "POST" and not wants_change(request):
        try:
            said = _sign(request, roll, what, asked)
        except Refused as refused:
            refusal = refused
        else:
            return said if isinstance(said, HttpResponse) else _signed(request, said)
    return render(
        request,
        "pact/call_sign.html",
        _read(chair, rules, what, asked) | {"refusal": refusal},
        status=422 if refusal else 200,
    )


def _read(
    chair: Chair, rules: Rules, what: dict[str, Any], asked: dict[str, Any]
) -> dict[str, Any]:
    """Return the call as it will be read."""
    trigger = rules.trigger(what["trigger"])
    return {
        "what": what,
        "trigger": trigger,
        "step": SCREENS,
        "screens": SCREENS,
        "facts": list(
            readable(Fact, chair.log).filter(key__in=asked.get("facts", [])).order_by("-when")
        ),
        "new": {name: asked.get(f"new_{name}") for name in NEW_FACT}
        if asked.get("new_text")
        else None,
        "duties": [
            (Form(rule.id), duty(rule), tongue(rule, "duty"))
            for rule in rules.forms
            if rule.id.value in asked["forms"]
        ],
        "consent": consent(rules),
        "readers": readers(CallOpened, chair),
        "approval": note(CallOpened, chair),
    }


def _signed(request: HttpRequest, position: str) -> HttpResponse:
    request.session.pop(KEPT, None)
    messages.success(request, _("The call is signed. The clocks of the others run from now."))
    return HttpResponseRedirect(reverse("call", args=[position]))


def _sign(
    request: HttpRequest, roll: Roll, what: dict[str, Any], asked: dict[str, Any]
) -> str | HttpResponse:
    """Say the new fact, if there is one, and the call, or ask for its approval. Sent twice, each is said once."""
    chair, kept = seat(request), request.session[KEPT]
    facts = list(asked.get("facts", []))
    key = f"call-new/{chair.by}/{kept['once']}"
    if asked.get("new_text"):
        new = {name: asked[f"new_{name}"] for name in NEW_FACT if asked.get(f"new_{name}")}
        new["files"] = msgspec.to_builtins(new.get("files", []))
        made = say(FactRecorded.read(new), log=chair.log, by=chair.by, once=f"{key}/fact")
        facts.append(made)
        _rest_on(request, made)
    call = CallOpened.read(
        {
            "pact": roll.pact.key if roll.pact else "",
            "charter": roll.current.charter.key,
            "trigger": what["trigger"],
            "began": what["began"],
            "place": what["place"],
            "summary": what["summary"],
            "forms": asked["forms"],
            "facts": facts,
        }
    )
    draft = Draft(call, chair.log, chair.by, "", key)
    return say_or_ask(request, draft, title=_("Call for aid"))


def _rest_on(request: HttpRequest, fact: str) -> None:
    """Let the fact that was just said stand among those chosen, and no longer be a new one."""
    kept = request.session[KEPT]
    typed = {
        name: values
        for name, values in kept[str(FACTS)].items()
        if not name.startswith("new_") or name in {"new_when", "new_precision"}
    }
    kept[str(FACTS)] = {**typed, "facts": [*typed.get("facts", []), fact]}
    request.session.modified = True
