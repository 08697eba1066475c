"""Who cosigns whom, what the quorum is, how late it is; and the evidence against a log that contradicts itself."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F, OuterRef, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.kernel.models import Log
from hansa.kernel.policy import Group, Policy, Witness
from hansa.kernel.witness import dating, evidence, guard
from hansa.kernel.witness.heads import read_head
from hansa.kernel.witness.models import Asked, Cosignature, Dated, Evidence, Head
from hansa.pact.models import Member
from hansa.pages.access import chair_of, signed_in
from hansa.pages.panels import Made

LATE = timedelta(minutes=10)
"""For how long records may stand unwitnessed before the page says that it is late."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One log and its witnesses: how far a quorum has seen it, when, what is not seen yet, and who cosigned last."""

    log: Log
    name: str
    dated: int
    at: datetime | None
    by: tuple[str, ...]
    forked: bool

    @property
    def unseen(self) -> int:
        """Return how many records no quorum has seen."""
        return self.log.size - self.dated

    @property
    def late(self) -> bool:
        """Tell whether records have stood unseen for long."""
        since = self.log.last_at
        return self.unseen > 0 and since is not None and clock.now() - since > LATE


@dataclass(frozen=True, slots=True)
class Asking:
    """One witness of the policy: how far it has come with the logs kept here, and what is wrong if it has not."""

    witness: Witness
    host: str
    behind: int
    at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class Accused:
    """One piece of evidence for the page."""

    row: Evidence
    name: str
    standing: bool


@signed_in
@require_safe
def witnesses(request: HttpRequest) -> HttpResponse:
    """Show the policy, its witnesses, how far each log is witnessed, and the evidence."""
    try:
        counts, broken = dating.policy(), ""
    except Refused as refusal:
        counts, broken = None, refusal.sentence
    context = {
        "policy": counts,
        "broken": broken,
        "least": _least(counts) if counts else None,
        "since": datetime.fromtimestamp(counts.since, UTC) if counts and counts.since else None,
        "asking": _asking(counts) if counts else [],
        "logs": _logs(counts),
        "accused": accused(),
        "held": guard.held(),
    }
    return render(request, "web/witnesses/witnesses.html", context)


@signed_in
@require_safe
def one_evidence(request: HttpRequest, number: int) -> HttpResponse:
    """Show two heads that cannot both be true, side by side, and what follows."""
    row = _find(number)
    heads = [read_head(note.encode()) for note in (row.one, row.other)]
    context = {
        "row": row,
        "name": _names().get(row.log, row.log),
        "standing": any(one.pk == row.pk for one in evidence.standing(row.log)),
        "same_size": heads[0].size == heads[1].size,
        "pair": list(zip(heads, (row.one, row.other), strict=True)),
    }
    return render(request, "web/witnesses/evidence.html", context)


@signed_in
@require_safe
def evidence_file(request: HttpRequest, number: int) -> HttpResponse:
    """Hand out the evidence as nodes send it to each other: whoever has the log's key can verify it."""
    row = _find(number)
    response = HttpResponse(evidence.write(row), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="evidence-{row.log}-{row.pk}.json"'
    return response


def accused() -> list[Accused]:
    """Return what is known of logs that contradicted themselves, the newest first."""
    rows = list(Evidence.objects.order_by("-pk"))
    names = _names() if rows else {}
    counting = {one.pk for log in {row.log for row in rows} for one in evidence.standing(log)}
    return [Accused(row, names.get(row.log, row.log), row.pk in counting) for row in rows]


def alarm(request: HttpRequest, _row: object) -> Made:
    """Say on the home page who contradicts itself, and why this node may not sign. Nothing is said while all is well."""
    if chair_of(request) is None:
        return None
    names = sorted({one.name for one in accused() if one.standing})
    held = guard.held()
    if not names and not held:
        return None
    return "web/witnesses/alarm.html", {"names": names, "held": held}


def _find(number: int) -> Evidence:
    row = Evidence.objects.filter(pk=number).first()
    if row is None:
        raise Http404(_("There is no such evidence here. A newer piece may have taken its place."))
    return row


def _names() -> dict[str, str]:
    return dict(Member.objects.values_list("home", "name"))


def _least(counts: Policy) -> tuple[int, int]:
    """Return how many of how many must have cosigned, at the top of the policy."""
    group = next((one for one in counts.groups if one.name == counts.quorum), None)
    return (group.least, len(group.members)) if group else (1, 1)


def _host_of(counts: Policy) -> dict[str, str]:
    """Return the group of each witness by its name: its host, or its own name where it stands alone."""

    def inside(group: Group) -> set[str]:
        names = {one.name: one for one in counts.groups}
        found: set[str] = set()
        for member in group.members:
            found |= inside(names[member]) if member in names else {member}
        return found

    hosts = {one.name: one.name for one in counts.witnesses}
    for group in counts.groups:
        if group.name != counts.quorum:
            hosts.update(dict.fromkeys(inside(group), group.name.removeprefix("host-")))
    return hosts


def _asking(counts: Policy) -> list[Asking]:
    hosts, states = _host_of(counts), defaultdict[str, list[Asked]](list)
    for one in Asked.objects.all():
        states[one.witness].append(one)
    own = list(Log.objects.filter(mine=True, size__gt=0).values_list("name", "size"))
    shown = []
    for witness in counts.witnesses:
        mine = {one.log: one for one in states[witness.key.identity]}
        times = [one.cosigned_at for one in mine.values() if one.cosigned_at]
        shown.append(
            Asking(
                witness,
                hosts[witness.name],
                sum(size - (mine[name].size if name in mine else 0) for name, size in own),
                max(times, default=None),
                next((one.problem for one in mine.values() if one.problem), ""),
            )
        )
    return sorted(shown, key=lambda one: (one.host, one.witness.name))


def _logs(counts: Policy | None) -> list[Seen]:
    """Read each log with its latest date and latest cosigned head in one query, and who cosigned these in another."""
    newest = Head.objects.filter(log=OuterRef("name")).order_by("-size")
    mine = Dated.objects.filter(policy=counts.digest if counts else "", log=OuterRef("name"))
    latest = mine.order_by("-size")
    rows = list(
        Log.objects.annotate(
            head_size=Subquery(newest.values("size")[:1]),
            dated_size=Subquery(latest.values("size")[:1]),
            dated_at=Subquery(latest.values("at")[:1]),
        ).order_by(F("mine").desc(), "name")
    )
    heads = Q(pk__in=[])
    for row in rows:
        if row.head_size is not None:
            heads |= Q(log=row.name, size=row.head_size)
    by = defaultdict[str, list[str]](list)
    for log, witness in (
        Cosignature.objects.filter(heads).order_by("at").values_list("log", "witness")
    ):
        by[log].append(witness.rpartition("+")[0])
    names, split = _names(), evidence.forked_among([row.name for row in rows])
    return [
        Seen(
            row,
            names.get(row.name, row.name),
            row.dated_size or 0,
            datetime.fromtimestamp(row.dated_at, UTC) if row.dated_at is not None else None,
            tuple(by[row.name]),
            row.name in split,
        )
        for row in rows
    ]
