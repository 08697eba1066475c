"""Offer on a pledge, change the offer, withdraw it; sign it and countersign it."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.inventory.models import Package
from hansa.aid.inventory.rules import packages_of
from hansa.aid.missions import rules
from hansa.aid.missions.models import Agreement, Offer
from hansa.aid.missions.pages.told import offer_changes, offer_lines, request_changes
from hansa.aid.missions.records.agreements import AgreementCountersigned, AgreementSigned
from hansa.aid.missions.records.offers import COSTS, Offered, OfferWithdrawn
from hansa.aid.models import Need, Pledge
from hansa.aid.words import Sort
from hansa.kernel.models import Entry
from hansa.kernel.ref import split
from hansa.pact.pages.seeing import find, seat
from hansa.pages.access import capable
from hansa.pages.speak import speak

KEPT = (
    "unit_id",
    "people",
    "positions",
    "credentials",
    "travel",
    "starts",
    "ends",
    "limitations",
    "insured",
    "terms",
)
"""What a new version takes from the one before until it is typed otherwise."""


def about(standing: rules.Standing | None, pledge: Pledge, offer: Offer | None) -> dict[str, Any]:
    """Return what every page about an offer or a mission shows above its form."""
    return {
        "standing": standing,
        "pledge": pledge,
        "need": standing.need if standing else Need.objects.filter(key=pledge.need).first(),
        "offer": offer,
        "lines": offer_lines(offer) if offer else [],
        "rivals": standing.rivals if standing else [],
    }


@capable("duty")
def offer_new(request: HttpRequest, key: str) -> HttpResponse:
    """Offer on a pledge of one's own, or change what is offered: a new version."""
    log = seat(request).log
    pledge = find(Pledge, key, log)
    if pledge.home != log:
        raise Http404(_("Only the member that pledged can offer on its pledge."))
    standing = rules.standing_of(pledge.key)
    latest = standing.latest if standing else None
    stands = latest is not None and latest.withdrawn_at is None
    packages = packages_of(log)
    chosen = {one.key: one for one in packages}.get(request.GET.get("package", ""))
    return speak(
        request,
        Offered,
        fixed={
            "call": pledge.call,
            "need": pledge.need,
            "pledge": pledge.key,
            "replaces": latest.key if latest is not None and stands else None,
        },
        initial={**_initial(latest, pledge), **_of_package(chosen)},
        choices={"package": [(one.key, str(one.title)) for one in packages]} if packages else {},
        title=_("Change the offer") if stands else _("Offer people, a team or equipment"),
        button=_("Offer this version") if stands else _("Offer"),
        done=reverse("mission", args=[pledge.key]),
        template="missions/about.html",
        context={**about(standing, pledge, None), "offering": True, "packages": packages},
    )


def _initial(latest: Offer | None, pledge: Pledge) -> dict[str, Any]:
    if latest is None:
        need = Need.objects.filter(key=pledge.need).first()
        asked = need.details if need else {}
        people = {"people": pledge.standing} if pledge.unit == "person" else {}
        return {
            "starts": pledge.ready or _time(asked.get("arrival")),
            "ends": _time(asked.get("leave")),
            "credentials": asked.get("credentials", ""),
            **people,
        }
    initial = {name: getattr(latest, name) for name in KEPT}
    costs = {f"{name}_cost": latest.costs.get(name, 0) for name in COSTS}
    return {**initial, **costs, "package": latest.package}


def _of_package(package: Package | None) -> dict[str, Any]:
    """Return what a mission-ready package says of those who go, to be looked over: who, what they cost, what they lack."""
    if package is None:
        return {}
    costs = {f"{name}_cost": 0 for name in COSTS}
    for line in package.costs:
        costs[f"{line['line']}_cost"] += line["dollars"]
    known = catalogue.items()
    counted = [
        (one["quantity"], known[one["item"]]) for one in package.resources if one["item"] in known
    ]
    going = [(count, item) for count, item in counted if item.kind in {Sort.TEAM, Sort.POSITION}]
    return {
        "package": package.key,
        "positions": ", ".join(f"{count} {item}" for count, item in going)[:280],
        "people": sum(count for count, item in going if item.unit == "person"),
        "limitations": package.limitations,
        **costs,
    }


def _time(said: object) -> datetime | None:
    """Return a time as a request keeps it."""
    return datetime.fromisoformat(str(said)) if said else None


@capable("duty")
def offer_end(request: HttpRequest, key: str) -> HttpResponse:
    """Withdraw an offer."""
    log = seat(request).log
    offer = find(Offer, key, log)
    if offer.home != log:
        raise Http404(_("Only the member that offered can withdraw its offer."))
    pledge = find(Pledge, offer.pledge, log)
    return speak(
        request,
        OfferWithdrawn,
        fixed={"offer": offer.key},
        title=_("Withdraw the offer"),
        button=_("Withdraw it"),
        done=reverse("mission", args=[offer.pledge]),
        template="missions/about.html",
        context=about(rules.standing_of(offer.pledge), pledge, offer),
    )


@capable("sign")
def agreement_new(request: HttpRequest, key: str) -> HttpResponse:
    """Sign exactly this version of what was offered to one's own member."""
    log = seat(request).log
    offer = find(Offer, key, log)
    if offer.receiver != log:
        raise Http404(_("Only the member in need signs what is offered to it."))
    before = Offer.objects.filter(key=offer.replaces).first() if offer.replaces else None
    pledge = find(Pledge, offer.pledge, log)
    about_it = about(rules.standing_of(offer.pledge), pledge, offer)
    fixed = {name: getattr(offer, name) for name in ("call", "need", "pledge", "quantity")}
    return speak(
        request,
        AgreementSigned,
        fixed={"offer": offer.key, **fixed, **_once(about_it)},
        title=_("Sign the agreement"),
        button=_("Sign for our member"),
        done=reverse("mission", args=[offer.pledge]),
        template="missions/about.html",
        context={
            **about_it,
            "fingerprint": fingerprint(offer.key),
            "changes": offer_changes(before, offer) if before else [],
            "request_changes": request_changes(need) if (need := about_it["need"]) else [],
        },
    )


@capable("sign")
def countersign(request: HttpRequest, key: str) -> HttpResponse:
    """Countersign an agreement on one's own offer."""
    log = seat(request).log
    agreement = find(Agreement, key, log)
    if agreement.giver != log:
        raise Http404(_("Only the member that offered countersigns."))
    offer, pledge = find(Offer, agreement.offer, log), find(Pledge, agreement.pledge, log)
    about_it = about(rules.standing_of(pledge.key), pledge, offer)
    return speak(
        request,
        AgreementCountersigned,
        fixed={"agreement": agreement.key, "offer": agreement.offer, **_once(about_it)},
        title=_("Countersign the agreement"),
        button=_("Countersign for our member"),
        done=reverse("mission", args=[pledge.key]),
        template="missions/about.html",
        context={
            **about_it,
            "fingerprint": fingerprint(offer.key),
            "agreement": agreement,
        },
    )


def _once(about_it: dict[str, Any]) -> dict[str, bool]:
    """Leave the question out whether one knows who else promised the team, where nobody else has."""
    return {} if about_it["rivals"] else {"despite": False}


def fingerprint(key: str) -> str:
    """Return the hash of the entry at a position, as the agreement cites it: its first 16 hex digits in fours."""
    log, index = split(key)
    leaf = Entry.objects.filter(log=log, index=index).values_list("leaf", flat=True).first()
    digits = bytes(leaf).hex()[:16] if leaf is not None else ""
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))
