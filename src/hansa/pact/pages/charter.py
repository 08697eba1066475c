"""The charter in force, the amendments proposed to it, and the votes on them."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.pact.models import Charter
from hansa.pact.pages import notes, rulesheet
from hansa.pact.pages.seeing import find, history, log_of, may, members, seat
from hansa.pact.records.membership import BallotCast
from hansa.pact.rules import Roll, Tally
from hansa.pact.terms import read_rules
from hansa.pages.access import capable, signed_in
from hansa.pages.speak import speak

IN_FORCE, REPLACED, OPEN, PASSED_OVER = "in-force", "replaced", "open", "passed-over"


@dataclass(frozen=True, slots=True)
class Proposal:
    """An amendment, its votes, and what became of it."""

    charter: Charter
    tally: Tally
    member: str
    standing: str
    word: str


def proposal(charter: Charter, roll: Roll, names: dict[str, str]) -> Proposal:
    """Return an amendment as people see it."""
    words = {
        IN_FORCE: _("In force"),
        REPLACED: _("Was in force"),
        OPEN: _("Open"),
        PASSED_OVER: _("Passed over: the version it amends is no longer in force"),
    }
    if roll.version(charter.key) is not None:
        standing = IN_FORCE if roll.current.charter.key == charter.key else REPLACED
    else:
        standing = OPEN if charter.base == roll.current.charter.key else PASSED_OVER
    return Proposal(
        charter,
        roll.tally(charter),
        names.get(charter.home, charter.home),
        standing,
        words[standing],
    )


def title_of(charter: Charter, roll: Roll) -> str:
    """Return a version's title; an amendment keeps that of the first."""
    return charter.title or (roll.versions[0].charter.title if roll.versions else "")


@signed_in
@require_safe
def charter(request: HttpRequest) -> HttpResponse:
    """Show the charter in force: its articles, its rules in words, and the amendments."""
    roll = Roll()
    if roll.pact is None or not roll.versions:
        return render(request, "pact/no_charter.html", {})
    log, names = log_of(request), {one: member.name for one, member in members().items()}
    current = Charter.objects.get(key=roll.current.charter.key)
    proposals = [
        proposal(one, roll, names)
        for one in readable(Charter, log).exclude(base="").defer("articles").order_by("-at", "-key")
    ]
    return render(
        request,
        "pact/charter.html",
        {
            "pact": roll.pact,
            "charter": current,
            "title": title_of(current, roll),
            "since": roll.current.since,
            "lines": rulesheet.lines(roll.current.rules),
            "proposals": proposals,
            "may_amend": may(request, "sign")
            and log is not None
            and roll.is_member(log, clock.now()),
        },
    )


@signed_in
@require_safe
def amendment(request: HttpRequest, key: str) -> HttpResponse:
    """Show one amendment: what it changes, who voted how, and how many votes are missing."""
    log, roll = log_of(request), Roll()
    row = find(Charter, key, log)
    base = Charter.objects.filter(key=row.base).first()
    if base is None:
        return render(
            request,
            "pact/first_charter.html",
            {
                "charter": row,
                "lines": rulesheet.lines(read_rules(row.rules)),
                "title": title_of(row, roll),
            },
        )
    names = {one: member.name for one, member in members().items()}
    seen = proposal(row, roll, names)
    votes = [
        (
            names.get(one, one),
            one,
            "yes" if one in seen.tally.yes else "no" if one in seen.tally.no else "",
        )
        for one in sorted(seen.tally.electors, key=lambda one: names.get(one, one))
    ]
    context = {
        "proposal": seen,
        "charter": row,
        "changes": rulesheet.changes(
            (base.articles, read_rules(base.rules)), (row.articles, read_rules(row.rules))
        ),
        "votes": votes,
        "may_vote": seen.standing == OPEN
        and may(request, "sign")
        and log in seen.tally.electors
        and log not in seen.tally.yes,
        "history": history(row.key, log, request.GET.get("before", "")),
        **notes.panel(request, row),
    }
    return render(request, "pact/amendment.html", context)


@capable("sign")
def vote(request: HttpRequest, key: str) -> HttpResponse:
    """Vote on an amendment."""
    row = find(Charter, key, seat(request).log)
    if not row.base:
        raise Http404(_("This is the first charter. Nobody votes on it."))
    base = Charter.objects.get(key=row.base)
    return speak(
        request,
        BallotCast,
        fixed={"amendment": row.key},
        choices={"yes": [("yes", _("Yes, we agree")), ("no", _("No, we do not agree"))]},
        title=_("Vote on the amendment"),
        button=_("Sign the vote"),
        done=reverse("amendment", args=[row.key]),
        template="pact/vote.html",
        context={
            "charter": row,
            "changes": rulesheet.changes(
                (base.articles, read_rules(base.rules)), (row.articles, read_rules(row.rules))
            ),
        },
    )
