"""Everything about one promise of people or teams, from both logs: where it stands, its gates, what does not fit.

A fixed number of queries for any number of pledges. Nothing here is stored.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.aid.missions import phases
from hansa.aid.missions.gates import Gate, Ground, gates, shut
from hansa.aid.missions.limits import limits_on, needs_licence
from hansa.aid.missions.models import (
    Agreement,
    Countersignature,
    Extension,
    Mission,
    Offer,
    Reception,
)
from hansa.aid.missions.rivals import Rival, Rivals, rivals
from hansa.aid.missions.words import GiverStep, Phase, ReceiverStep
from hansa.aid.models import Need, Pledge
from hansa.aid.words import How
from hansa.kernel import clock
from hansa.pact import rules as pact
from hansa.pact.models import Call, Charter, Member
from hansa.pact.terms import MissionRule


def giver_of(mission: Mission) -> phases.Giver:
    """Return what the giver's log says since it gave the order."""
    return phases.Giver(
        offered=True,
        countersigned=True,
        ordered=True,
        recalled=mission.recalled_at is not None,
        steps=frozenset(GiverStep(step) for step in mission.steps),
        consents=frozenset(one["extension"] for one in mission.extensions),
    )


def receiver_of(reception: Reception | None) -> phases.Receiver:
    """Return what the receiver's log says of those who come."""
    steps = reception.steps if reception is not None else {}
    return phases.Receiver(agreed=True, steps=frozenset(ReceiverStep(step) for step in steps))


@dataclass(frozen=True, slots=True)
class Law:
    """The terms of the charter under which a call was made, and its articles by name."""

    rule: MissionRule = field(default_factory=MissionRule)
    articles: tuple[Mapping[str, Any], ...] = ()

    def __call__(self, number: int) -> str:
        """Return “Article 4: Whose word is enough”, in the reader's language, or that the charter has none."""
        if not 1 <= number <= len(self.articles):
            return _("The charter has no article on this")
        article = self.articles[number - 1]
        spanish = (get_language() or "").startswith("es")
        title = (article.get("title_es") if spanish else "") or article["title"]
        return _("Article %(n)s: %(title)s") % {"n": number, "title": title}

    def confirm_by(self, need: Need) -> datetime | None:
        """Return until when a request by phone must be confirmed in writing; None where it need not, or is."""
        if need.how != How.PHONE or need.confirmed_at is not None:
            return None
        return need.at + timedelta(days=self.rule.confirm_days)


@dataclass(frozen=True, slots=True)
class Standing:
    """One pledge on which people, a team or equipment are offered, and all that became of it.

    offer       the version that counts: the one that is ordered, else the latest
    latest      the latest version; another than `offer` while an amendment waits for its signatures
    agreement   the receiver's signature under `offer`; `countersignature` the giver's under that
    mission     the latest order, if there is one
    leaves      by name, each side that has left the pact, or has said when it will
    """

    pledge: Pledge
    need: Need | None
    call: Call | None
    offers: list[Offer]
    offer: Offer
    agreements: dict[str, Agreement]
    countersignatures: dict[str, Countersignature]
    mission: Mission | None
    reception: Reception | None
    extensions: list[Extension]
    rivals: list[Rival]
    giver: phases.Giver
    receiver: phases.Receiver
    law: Law
    leaves: Mapping[str, datetime] = field(default_factory=dict)
    gates: list[Gate] = field(default_factory=list)

    @property
    def latest(self) -> Offer:
        """Return the latest version of the offer."""
        return self.offers[-1]

    @property
    def agreement(self) -> Agreement | None:
        """Return the receiver's signature under the version that counts."""
        return self.agreements.get(self.offer.key)

    @property
    def agreement_stands(self) -> bool:
        """Tell whether the latest version is signed by the receiver."""
        return self.latest.key in self.agreements

    @property
    def countersignature(self) -> Countersignature | None:
        """Return the giver's signature under the agreement that counts."""
        agreement = self.agreement
        return self.countersignatures.get(agreement.key) if agreement else None

    @property
    def amendment(self) -> Offer | None:
        """Return the later version that is not in force yet, if there is one."""
        pending = self.latest.key != self.offer.key and self.latest.withdrawn_at is None
        return self.latest if pending else None

    @property
    def phase(self) -> Phase:
        """Return where it stands."""
        return phases.compose(self.giver, self.receiver)

    @property
    def shut(self) -> list[Gate]:
        """Return the gates that are shut."""
        return shut(self.gates)

    @property
    def asked_longer(self) -> Extension | None:
        """Return the latest extension that the receiver asked for and the giver has not answered."""
        open_ones = [one for one in self.extensions if one.key not in self.giver.consents]
        live = phases.may_extend(self.giver, self.receiver)
        return open_ones[-1] if open_ones and live else None

    @property
    def cancelled(self) -> bool:
        """Tell whether the one in need has cancelled its request."""
        return self.need is not None and self.need.cancelled_at is not None

    @property
    def ended(self) -> datetime | None:
        """Return since when the call is stood down, or asks for this form of aid no more; None while it asks."""
        return _ended(self.call, self.pledge.form)

    @property
    def title(self) -> str:
        """Return what is promised, in words."""
        return str(self.mission or self.offer)


@dataclass(slots=True)
class _Read:
    """All rows that some pledges need, read at once."""

    needs: dict[str, Need]
    calls: dict[str, Call]
    offers: dict[str, list[Offer]]
    agreements: dict[str, list[Agreement]]
    countersignatures: dict[str, Countersignature]
    missions: dict[str, Mission]
    receptions: dict[str, Reception]
    extensions: dict[str, list[Extension]]
    rivals: Rivals
    laws: dict[str, Law]
    active: dict[str, bool]
    names: dict[str, str]
    leaves: Mapping[str, datetime]
    roll: pact.Roll

    def leaving(self, pledge: Pledge) -> dict[str, datetime]:
        """Return, by name, when each side of a pledge leaves the pact, or left it."""
        sides = [log for log in (pledge.home, pledge.needer) if log in self.leaves]
        return {self.names.get(log, log): self.leaves[log] for log in sides}


def standings(
    pledges: Iterable[Pledge], *, mission: Mission | None = None, roll: pact.Roll | None = None
) -> list[Standing]:
    """Return where each pledge with an offer stands, in the given order; pledges without an offer are left out.

    `mission` is the row as a batch has left it so far, where that is ahead of the database.
    """
    listed = list(pledges)
    offers = _grouped(
        Offer.objects.filter(pledge__in=[one.key for one in listed]).order_by("at", "version")
    )
    held = [one for one in listed if offers.get(one.key)]
    if not held:
        return []
    read = _read(held, offers, mission, roll or pact.Roll())
    return [_stand(one, read) for one in held]


def _grouped(rows: Iterable[Any], by: str = "pledge") -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, by)].append(row)
    return found


def _read(
    held: list[Pledge], offers: dict[str, list[Offer]], fresh: Mission | None, roll: pact.Roll
) -> _Read:
    keys = [one.key for one in held]
    needs = Need.objects.in_bulk({one.need for one in held})
    calls = Call.objects.in_bulk({one.call for one in held})
    signed = [
        one
        for one in Agreement.objects.filter(pledge__in=keys).order_by("at", "key")
        if (need := needs.get(one.need)) and need.home == one.home
    ]
    words = {f"{one.giver}/countersignature/{one.key}" for one in signed}
    givers = {one.key: one.home for one in held}
    missions = {
        one.pledge: one
        for one in Mission.objects.filter(pledge__in=keys).order_by("at", "key")
        if one.home == givers[one.pledge]
    }
    if fresh is not None:
        missions[fresh.pledge] = fresh
    receptions = {f"{one.receiver}/reception/{one.key}" for one in missions.values()}
    homes = {one.key: one.receiver for one in missions.values()}
    longer = [
        one
        for one in Extension.objects.filter(mission__in=list(homes)).order_by("at", "key")
        if one.home == homes[one.mission]
    ]
    codes = {version.unit_code for one in held for version in offers[one.key]}
    leaves = {
        log: at for one in held for log in (one.home, one.needer) if (at := _until(roll, log))
    }
    return _Read(
        needs,
        calls,
        offers,
        _grouped(signed),
        {one.agreement: one for one in Countersignature.objects.in_bulk(words).values()},
        missions,
        {one.mission: one for one in Reception.objects.in_bulk(receptions).values()},
        _grouped(longer, "mission"),
        rivals(codes),
        laws(calls.values(), roll),
        {call.key: _is_active(call, roll) for call in calls.values()},
        dict(Member.objects.values_list("home", "name")) if codes - {""} or leaves else {},
        leaves,
        roll,
    )


def laws(calls: Iterable[Call], roll: pact.Roll) -> dict[str, Law]:
    """Return, by call, the terms under which it was made: those of the call's own charter."""
    named = {call.key: call.charter for call in calls}
    charters = Charter.objects.in_bulk(set(named.values()))
    found = {}
    for call, charter in named.items():
        version, row = roll.version(charter), charters.get(charter)
        rule = version.rules.mission if version else MissionRule()
        found[call] = Law(rule, tuple(row.articles) if row else ())
    return found


def _ended(call: Call | None, form: str) -> datetime | None:
    if call is None:
        return None
    until = call.forms.get(form, {}).get("until")
    return call.ended_at or (datetime.fromisoformat(until) if until else None)


def _until(roll: pact.Roll, log: str) -> datetime | None:
    """Return when a member leaves, or left; None for one that stays."""
    spans = roll.spans.get(log)
    return spans[-1].until if spans else None


def _is_active(call: Call, roll: pact.Roll) -> bool:
    return call.ended_at is None and pact.active_since(call, roll=roll) is not None


def _stand(pledge: Pledge, read: _Read) -> Standing:
    versions, mission = read.offers[pledge.key], read.missions.get(pledge.key)
    in_force = {one.key: one for one in versions}.get(mission.offer) if mission else None
    offer = in_force or versions[-1]
    signed = {one.offer: one for one in read.agreements.get(pledge.key, [])}
    agreement = signed.get(offer.key)
    if mission is not None and agreement is not None and agreement.key != mission.agreement:
        agreement = None
    counter = read.countersignatures.get(agreement.key) if agreement else None
    counter = counter if counter is not None and counter.offer == offer.key else None
    reception = read.receptions.get(mission.key) if mission else None
    longer = read.extensions.get(mission.key, []) if mission else []
    told = giver_of(mission) if mission else phases.Giver(offered=True)
    giver = phases.Giver(
        offered=True,
        withdrawn=offer.withdrawn_at is not None or pledge.standing <= 0,
        countersigned=counter is not None or (mission is not None and agreement is None),
        ordered=told.ordered,
        recalled=told.recalled,
        steps=told.steps,
        consents=_agreed_times(mission, longer),
    )
    receiver = phases.Receiver(
        agreed=agreement is not None,
        steps=receiver_of(reception).steps,
        extensions=frozenset(one.key for one in longer),
    )
    law = read.laws.get(pledge.call, Law())
    standing = Standing(
        pledge,
        read.needs.get(pledge.need),
        read.calls.get(pledge.call),
        versions,
        offer,
        signed,
        read.countersignatures,
        mission,
        reception,
        longer,
        read.rivals.of(mission or offer),
        giver,
        receiver,
        law,
        read.leaving(pledge),
    )
    standing.gates.extend(gates(_ground(standing, read), law.rule, law))
    return standing


def _agreed_times(mission: Mission | None, asked: list[Extension]) -> frozenset[str]:
    """Return the extensions to which the giver said yes for the very time that was asked."""
    times = {one.key: one.until.isoformat() for one in asked}
    said = mission.extensions if mission else []
    return frozenset(
        one["extension"]
        for one in said
        if one["extension"] not in times
        or datetime.fromisoformat(one["until"]) == datetime.fromisoformat(times[one["extension"]])
    )


def _ground(standing: Standing, read: _Read) -> Ground:
    pledge, offer, need = standing.pledge, standing.offer, standing.need
    agreement, call = standing.agreement, standing.call
    counter = standing.countersignature
    bound = next((one for one in standing.rivals if one.bound), None)
    asked = str(need.details.get("credentials", "")) if need else ""
    rule = standing.law.rule
    return Ground(
        active=read.active.get(pledge.call, False) and standing.ended is None,
        ended=standing.ended is not None,
        narrowed=call is not None and call.ended_at is None and standing.ended is not None,
        members=_members(standing, read.roll),
        agreed=agreement is not None,
        signed=counter is not None and counter.offer == offer.key,
        ordered=standing.mission is not None and standing.phase != Phase.CALLED_OFF,
        licensed=bool(asked or offer.credentials) or needs_licence(pledge.item),
        credentials=offer.credentials,
        recognised=agreement is not None and agreement.recognises,
        insured=offer.insured,
        covered=rule.liability == "receiver-covers" or (agreement is not None and agreement.covers),
        limits=limits_on(pledge.home, pledge.item, pledge.needer),
        elsewhere=_elsewhere(bound, read.names) if bound else "",
    )


def _members(standing: Standing, roll: pact.Roll) -> bool:
    """Tell whether both sides are members now, or were by the giver's clock when it signed as the second."""
    counter = standing.countersignature
    times = [clock.now(), *([counter.at] if counter is not None else [])]
    sides = (standing.pledge.home, standing.pledge.needer)
    return any(all(roll.is_member(one, at) for one in sides) for at in times)


def _elsewhere(rival: Rival, names: Mapping[str, str]) -> str:
    one = rival.promise
    return _("%(giver)s has promised %(team)s to %(receiver)s for the same time") % {
        "giver": names.get(one.home, one.home),
        "team": one.unit_id,
        "receiver": names.get(one.receiver, one.receiver),
    }
