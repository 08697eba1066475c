"""A mission told: each moment of it in order, and what differs between two versions of what was asked or offered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.inventory.models import Package
from hansa.aid.missions.flags import told
from hansa.aid.missions.models import Offer
from hansa.aid.missions.records.agreements import AgreementCountersigned
from hansa.aid.missions.records.offers import COSTS, OfferWithdrawn
from hansa.aid.missions.records.orders import MissionRecalled
from hansa.aid.missions.rules import Standing
from hansa.aid.missions.words import GiverStep, ReceiverStep
from hansa.aid.models import Need
from hansa.aid.records.needs import DETAILS, NeedStated, RequestConfirmed
from hansa.aid.words import How, Urgency
from hansa.kernel.models import Entry, Fate, Touch
from hansa.kernel.ref import home_of

UNNAMED = (RequestConfirmed, OfferWithdrawn, AgreementCountersigned, MissionRecalled)
"""Of these a row keeps the moment, and not the record."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline: what, when it happened, when and by which record it was said, by which member."""

    label: str
    when: datetime
    said: datetime
    log: str
    record: str
    words: str = ""

    @property
    def later(self) -> bool:
        """Tell whether it was said more than an hour after it happened."""
        return (self.said - self.when).total_seconds() > 3600  # noqa: PLR2004 - an hour


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a later version says otherwise."""

    label: str
    before: str
    after: str


def timeline(standing: Standing) -> list[Moment]:
    """Return what happened, in order of when it happened."""
    by = _records(standing)
    found = [
        *_request(standing, by),
        *_promises(standing, by),
        *_journey(standing, by),
        *_stay(standing),
    ]
    return sorted(found, key=lambda moment: (moment.when, moment.said))


class _Records(dict[tuple[str, str], str]):
    """The record by which something was said, by kind and row; the row's own key where it is not here."""

    def __missing__(self, said: tuple[str, str]) -> str:
        return said[1]


def _records(standing: Standing) -> _Records:
    """Find which records said what the rows of a mission keep only the moment of. The first word holds."""
    rows = [
        standing.need,
        standing.mission,
        *standing.offers,
        *standing.countersignatures.values(),
    ]
    keys = {row.key for row in rows if row is not None}
    touching = Touch.objects.filter(key__in=keys).values("entry_id")
    kinds = [one.kind for one in UNNAMED]
    said = Entry.objects.filter(
        id__in=touching, kind__in=kinds, subject__in=keys, fate=Fate.DONE
    ).order_by("-index")
    return _Records({(one.kind, one.subject): one.position for one in said})


def _plain(label: str, at: datetime, record: str, words: str = "") -> Moment:
    return Moment(label, at, at, home_of(record), record, words)


def _request(standing: Standing, by: _Records) -> Iterator[Moment]:
    need = standing.need
    if need is None:
        return
    label = _("Requested by phone") if need.how == How.PHONE else _("Requested")
    yield _plain(label, need.at, need.key, need.what)
    for change in need.before:
        yield _plain(_("Request changed"), datetime.fromisoformat(change["at"]), change["record"])
    if need.confirmed_at:
        said = by[RequestConfirmed.kind, need.key]
        yield _plain(_("Request confirmed in writing"), need.confirmed_at, said)


def _promises(standing: Standing, by: _Records) -> Iterator[Moment]:
    yield _plain(_("Pledged"), standing.pledge.at, standing.pledge.key, standing.pledge.terms)
    for offer in standing.offers:
        label = (
            _("Offered") if offer.version == 1 else _("Offer, version %(n)s") % {"n": offer.version}
        )
        yield _plain(label, offer.at, offer.key)
        if offer.withdrawn_at:
            said = by[OfferWithdrawn.kind, offer.key]
            yield _plain(_("Offer withdrawn"), offer.withdrawn_at, said, offer.withdrawn_why)
    for agreement in standing.agreements.values():
        yield _plain(
            _("Signed by the one in need"), agreement.at, agreement.key, agreement.conditions
        )
        counter = standing.countersignatures.get(agreement.key)
        if counter is not None:
            said = by[AgreementCountersigned.kind, counter.key]
            yield _plain(_("Countersigned by the giver"), counter.at, said)


def _journey(standing: Standing, by: _Records) -> Iterator[Moment]:
    mission, reception = standing.mission, standing.reception
    if mission is None:
        return
    yield _plain(_("Mission ordered"), mission.order_at, mission.key, mission.report_to)
    for step, said in mission.steps.items():
        yield _step(str(GiverStep(step).label), said, mission.home)
    for step, said in (reception.steps if reception else {}).items():
        yield _step(str(ReceiverStep(step).label), said, mission.receiver)
    if mission.recalled_at:
        said = by[MissionRecalled.kind, mission.key]
        yield _plain(_("Recalled by the giver"), mission.recalled_at, said, mission.recalled_why)


def _step(label: str, said: Mapping[str, str], log: str) -> Moment:
    when, at = (datetime.fromisoformat(said[name]) for name in ("when", "at"))
    return Moment(label, when, at, log, said["record"], said["words"])


def _stay(standing: Standing) -> Iterator[Moment]:
    for asked in standing.extensions:
        words = _("until %(time)s. %(why)s") % {"time": moment(asked.until), "why": asked.why}
        yield _plain(_("Asked to stay longer"), asked.at, asked.key, words)
    for said in standing.mission.extensions if standing.mission else []:
        words = _("until %(time)s") % {"time": moment(said["until"])}
        yield _plain(
            _("Lets them stay longer"), datetime.fromisoformat(said["at"]), said["record"], words
        )


def moment(at: datetime | str | None) -> str:
    """Return a moment in the reader's zone, which it names; a dash for none."""
    if not at:
        return "–"
    return told(datetime.fromisoformat(at) if isinstance(at, str) else at)


def money(dollars: int) -> str:
    """Return an amount of whole US dollars."""
    return f"${number_format(dollars, force_grouping=True)}"


def offer_lines(offer: Offer) -> list[tuple[str, str]]:
    """Return all that one version says, each with its label; what it does not say is left out."""
    lines = [
        (_("What"), catalogue.amount(offer.quantity, offer.unit, offer.item)),
        (_("Team"), offer.unit_id),
        (_("People"), number_format(offer.people) if offer.people else ""),
        (_("Positions"), offer.positions),
        (_("Licences and credentials"), offer.credentials),
        (_("Travel"), str(offer.get_travel_display())),
        (_("From"), moment(offer.starts)),
        (_("Until"), moment(offer.ends)),
        (_("Limitations"), offer.limitations),
        (_("Insured by the giver"), _("Yes") if offer.insured else _("No")),
        (_("Terms"), str(offer.get_terms_display())),
        (_("Package"), package_title(offer.package)),
        *((label, money(cost)) for label, cost in cost_lines(offer)),
        (_("Costs in all"), money(offer.total) if offer.total else ""),
    ]
    return [(label, words) for label, words in lines if words]


def package_title(key: str) -> str:
    """Return a package's title and revision, or its position if it is not here."""
    found = Package.objects.filter(key=key).first() if key else None
    if found is None:
        return key
    return _("%(title)s, revision %(n)s") % {"title": found.title, "n": found.number}


def cost_lines(offer: Offer) -> list[tuple[str, int]]:
    """Return the cost lines that are not nothing."""
    names = {
        "travel": _("Travel costs"),
        "personnel": _("Personnel costs"),
        "equipment": _("Equipment costs"),
        "commodities": _("Commodities costs"),
        "other": _("Other costs"),
    }
    return [(names[name], offer.costs[name]) for name in COSTS if offer.costs.get(name)]


def offer_changes(before: Offer, after: Offer) -> list[Difference]:
    """Return what a later version says otherwise, line by line."""
    return _differences(dict(offer_lines(before)), dict(offer_lines(after)))


def _differences(old: dict[str, str], new: dict[str, str]) -> list[Difference]:
    labels = [*new, *(label for label in old if label not in new)]
    return [
        Difference(label, old.get(label) or "–", new.get(label) or "–")
        for label in labels
        if old.get(label) != new.get(label)
    ]


def versions(standing: Standing) -> list[tuple[Offer, list[Difference]]]:
    """Return each later version of the offer with what it changed, the newest first."""
    pairs = pairwise(standing.offers)
    return [(after, offer_changes(before, after)) for before, after in pairs][::-1]


def request_changes(need: Need) -> list[tuple[str, list[Difference]]]:
    """Return each change of the request (its record) with what it changed, the newest first."""
    after: dict[str, Any] = {
        name: getattr(need, name)
        for name in ("quantity", "urgency", "due", "place", "what", "details")
    }
    found = []
    for said in reversed(need.before):
        before = {**after, **said}  # what a change does not name stayed as it was
        lines = _differences(_request_lines(need, before), _request_lines(need, after))
        found.append((said["record"], lines))
        after = before
    return found


def _request_lines(need: Need, said: Mapping[str, Any]) -> dict[str, str]:
    return {
        _("How much"): catalogue.amount(said["quantity"], need.unit, need.item),
        _("How urgent"): str(Urgency(said["urgency"]).label),
        _("Due"): moment(said["due"]),
        _("Where to"): said["place"],
        _("What for"): said["what"],
        **dict(_detail_lines(said["details"])),
    }


def request_lines(need: Need) -> list[tuple[str, str]]:
    """Return what a request asks besides, as in a resource request (ICS-213RR), each with its label."""
    return _detail_lines(need.details)


def _detail_lines(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for name in DETAILS:
        said = details.get(name)
        if not said:
            continue
        field = NeedStated.field(name)
        words = _("Yes") if said is True else moment(said) if field.type == "moment" else str(said)
        found.append((str(field.label), words))
    return found
