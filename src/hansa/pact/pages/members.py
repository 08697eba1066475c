"""Who is a member, who acts for it, what it did, and how one joins and leaves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.pact.ledger import Account, Ledger
from hansa.pact.models import Call, Invitation, Member, Membership
from hansa.pact.pages import notes
from hansa.pact.pages.calls import listed
from hansa.pact.pages.seeing import history, log_of, may, officers, seat
from hansa.pact.pages.seeing import members as all_members
from hansa.pact.records.membership import (
    Acceded,
    AdmissionGranted,
    MemberInvited,
    WithdrawalNotified,
)
from hansa.pact.rules import Roll, Span
from hansa.pact.words import MemberType
from hansa.pages.access import capable, signed_in
from hansa.pages.lists import Column, Filter, render_list
from hansa.pages.speak import speak

MEMBER, LEAVING, LEFT, INVITED, OUTSIDE = "member", "leaving", "left", "invited", "outside"


@dataclass(frozen=True, slots=True)
class Listed:
    """A government that keeps a log here, and where it stands toward the pact."""

    log: str
    name: str
    type: str
    state: str
    standing: str
    word: str
    since: datetime | None
    until: datetime | None
    zone: str


@dataclass(frozen=True, slots=True)
class Pending:
    """An invitation that has not become a membership: who was invited, who agreed, and how many must."""

    invitation: Invitation
    member: Member
    agreed: list[str]
    needed: int
    acceded: bool

    @property
    def missing(self) -> int:
        """Return how many more members must agree."""
        return max(0, self.needed - len(self.agreed))


@signed_in
@require_safe
def members(request: HttpRequest) -> HttpResponseBase:
    """Show every government that keeps a log here, members first."""
    roll, now, log = Roll(), clock.now(), log_of(request)
    waiting = pending(roll, now)
    invited = {one.member.home for one in waiting}
    rows = [standing(member, roll, now, invited) for member in Member.objects.order_by("name")]
    words = [
        (MEMBER, _("Member")),
        (LEAVING, _("Has given notice")),
        (LEFT, _("Has left")),
        (INVITED, _("Invited")),
        (OUTSIDE, _("Not a member")),
    ]
    return render_list(
        request,
        title=_("Members"),
        rows=rows,
        columns=[
            Column(
                gettext_lazy("Name"),
                "name",
                link=lambda row: reverse("member", args=[row.log]),
                sort="name",
            ),
            Column(gettext_lazy("Type"), "type", sort="type"),
            Column(gettext_lazy("State"), "state", sort="state"),
            Column(gettext_lazy("Standing"), "word", sort="standing"),
            Column(gettext_lazy("Member since"), "since", sort="since"),
            Column(gettext_lazy("Leaves"), "until", sort="until"),
        ],
        filters=[
            Filter(
                "type", _("Type"), [(str(label), label) for _value, label in MemberType.choices]
            ),
            Filter("standing", _("Standing"), words),
        ],
        empty=_("Nobody keeps a log here yet. Open one with “hansa init”."),
        template="pact/members.html",
        context={
            "pending": waiting,
            "me": log,
            "may_sign": may(request, "sign"),
            "i_am_member": log is not None and roll.is_member(log, now),
            "pact": roll.pact,
        },
    )


def standing(member: Member, roll: Roll, now: datetime, invited: set[str]) -> Listed:
    """Return where a government stands toward the pact at a moment."""
    spans = roll.spans.get(member.home, [])
    span = roll.span(member.home, now) or (max(spans, key=lambda one: one.start) if spans else None)
    word = _standing(span, now) if span else (INVITED if member.home in invited else OUTSIDE)
    labels = {
        MEMBER: _("Member"),
        LEAVING: _("Has given notice"),
        LEFT: _("Has left"),
        INVITED: _("Invited"),
        OUTSIDE: _("Not a member"),
    }
    return Listed(
        log=member.home,
        name=member.name,
        type=str(MemberType(member.type).label),
        state=member.state,
        standing=word,
        word=labels[word],
        since=span.start if span else None,
        until=span.until if span else None,
        zone=member.zone,
    )


def _standing(span: Span, now: datetime) -> str:
    if span.until is None:
        return MEMBER if span.holds(now) else INVITED
    return LEAVING if now < span.until else LEFT


def pending(roll: Roll, now: datetime) -> list[Pending]:
    """Return the invitations of those who are not members now, the newest first."""
    if roll.pact is None:
        return []
    names = {member.key: member for member in Member.objects.all()}
    acceded = set(Membership.objects.exclude(invitation="").values_list("invitation", flat=True))
    found = []
    for invitation in Invitation.objects.filter(pact=roll.pact.key).order_by("-at", "-key"):
        member = names.get(invitation.member)
        if member is None or roll.spans.get(member.home):
            continue
        agreed, needed = roll.admitted(invitation)
        found.append(Pending(invitation, member, agreed, needed, invitation.key in acceded))
    return found


@signed_in
@require_safe
def member(request: HttpRequest, log: str) -> HttpResponse:
    """Show one member: its offices, its calls, what it owed and did."""
    row = Member.objects.filter(home=log).first()
    if row is None:
        raise Http404(_("No such member keeps a log here."))
    now, reader = clock.now(), log_of(request)
    found = list(readable(Call, reader).order_by("-at", "-key"))
    book = Ledger(found)
    span = book.roll.span(log, now)
    account = next((one for one in book.accounts(now) if one.member.home == log), Account(row))
    context: dict[str, Any] = {
        "member": row,
        "standing": standing(
            row, book.roll, now, {one.member.home for one in pending(book.roll, now)}
        ),
        "officers": officers([log], now),
        "calls": [listed(call, book, now) for call in found if call.home == log],
        "account": account,
        "mine": reader == log,
        "may_leave": reader == log
        and may(request, "sign")
        and span is not None
        and span.until is None,
        "history": history(row.key, reader, request.GET.get("before", "")),
        **notes.panel(request, row),
    }
    return render(request, "pact/member.html", context)


@capable("sign")
def invite(request: HttpRequest) -> HttpResponse:
    """Invite a government that keeps a log here and is no member."""
    roll, now = Roll(), clock.now()
    invited = {one.member.home for one in pending(roll, now)}
    outside = [
        one
        for one in Member.objects.order_by("name")
        if not roll.is_member(one.home, now) and one.home not in invited
    ]
    if roll.pact is None or not outside:
        return render(request, "pact/nobody_to_invite.html", {"founded": roll.pact is not None})
    return speak(
        request,
        MemberInvited,
        fixed={"pact": roll.pact.key},
        choices={"member": [(one.key, one.name) for one in outside]},
        title=_("Invite a government"),
        button=_("Sign the invitation"),
        done=reverse("members"),
    )


@capable("sign")
def admit(request: HttpRequest, key: str) -> HttpResponse:
    """Agree that an invited government may join."""
    one = next((one for one in pending(Roll(), clock.now()) if one.invitation.key == key), None)
    if one is None:
        raise Http404(_("There is no such open invitation."))
    return speak(
        request,
        AdmissionGranted,
        fixed={"invitation": key},
        title=_("Agree that %(name)s may join") % {"name": one.member.name},
        button=_("Sign: we agree"),
        done=reverse("members"),
        template="pact/admit.html",
        context={"pending": one, "names": _names(one.agreed)},
    )


def _names(logs: list[str]) -> list[str]:
    known = all_members()
    return [known[log].name if log in known else log for log in logs]


@capable("sign")
def accede(request: HttpRequest) -> HttpResponse:
    """Join the pact, upon an invitation or as one of its founders."""
    roll, chair = Roll(), seat(request)
    if roll.pact is None:
        raise Http404(_("There is no pact here yet. Found one first."))
    own = (
        Invitation.objects.filter(pact=roll.pact.key, member=f"{chair.log}@0")
        .order_by("-at")
        .first()
    )
    fixed = {
        "pact": roll.pact.key,
        "charter": roll.current.charter.key,
        "invitation": own.key if own else None,
    }
    return speak(
        request,
        Acceded,
        fixed=fixed,
        initial={"effective": clock.now()},
        title=_("Join the pact"),
        button=_("Sign: we join"),
        done=reverse("member", args=[chair.log]),
        template="pact/accede.html",
        context={
            "pact": roll.pact,
            "charter": roll.current.charter,
            "agreed": roll.admitted(own) if own else None,
        },
    )


@capable("sign")
def withdraw(request: HttpRequest) -> HttpResponse:
    """Give notice that one's member leaves."""
    roll, chair, now = Roll(), seat(request), clock.now()
    span = roll.span(chair.log, now)
    if span is None:
        raise Http404(_("Your government is not a member of the pact at this moment."))
    days = roll.current.rules.leave_notice_days
    return speak(
        request,
        WithdrawalNotified,
        fixed={"membership": span.key},
        initial={"leaves": now + timedelta(days=days, hours=1)},
        title=_("Give notice that you leave the pact"),
        button=_("Sign the notice"),
        done=reverse("member", args=[chair.log]),
        template="pact/withdraw.html",
        context={"days": days},
    )
