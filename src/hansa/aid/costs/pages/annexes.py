"""What stands in a claim packet beside the money: agreement, mission order with what followed, amendments."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from hansa.aid.missions.pages.told import Moment, offer_lines, timeline, versions
from hansa.aid.missions.standing import Standing
from hansa.aid.pages.printed import moment
from hansa.kernel.models import Entry, Fate, Row

Pair = dict[str, str]


def pair(label: str, value: object) -> Pair:
    """Return a question and its answer as a paper prints them."""
    return {"label": label, "value": str(value)}


def legal(standing: Standing | None, names: Mapping[str, str]) -> dict[str, list[Pair]]:
    """Return agreement, mission order and amendments as the records of both members have them."""
    if standing is None:
        return {"agreement": [], "order": [], "amendments": []}
    followed = timeline(standing) if standing.mission is not None else []
    return {
        "agreement": _agreement(standing, names),
        "order": [pair(one.label, _told(one, names)) for one in followed],
        "amendments": _amendments(standing),
    }


def _agreement(standing: Standing, names: Mapping[str, str]) -> list[Pair]:
    offer, agreement = standing.offer, standing.agreement
    version = {"number": offer.version, "record": offer.key}
    lines = [pair(_("Offer"), _("version %(number)s, %(record)s") % version)]
    lines += [pair(label, words) for label, words in offer_lines(offer)]
    if agreement is not None and agreement.conditions:
        lines.append(pair(_("Conditions"), agreement.conditions))
    for signed in (agreement, standing.countersignature):
        if signed is not None:
            by = _("Signed by %(member)s") % {"member": names.get(signed.home, signed.home)}
            lines.append(pair(by, f"{moment(signed.at)}, {_record(signed)}"))
    return lines


def _record(row: Row) -> str:
    """Return the record that made a row whose key is a name."""
    made = Entry.objects.filter(log=row.home, subject=row.key, fate=Fate.DONE).order_by("index")
    first = made.first()
    return first.position if first is not None else row.key


def _told(one: Moment, names: Mapping[str, str]) -> str:
    words = [moment(one.when), names.get(one.log, one.log), one.words, one.record]
    return "; ".join(word for word in words if word)


def _amendments(standing: Standing) -> list[Pair]:
    made = []
    for offer, changes in versions(standing):
        label = _("Offer, version %(number)s") % {"number": offer.version}
        words = [f"{one.label}: {one.before} → {one.after}" for one in changes]
        made.append(pair(label, "; ".join([moment(offer.at), offer.key, *words])))
    for longer in standing.extensions:
        words = [moment(longer.until), longer.why, longer.key]
        made.append(pair(_("Asked to stay until"), "; ".join(word for word in words if word)))
    return made
