"""Marks and words of aid: where a need, a pledge and a shipment stand, and how much of what."""

from typing import Any

from django import template
from django.template import Context
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.board import NeedLine, PledgeLine, ShipmentLine
from hansa.aid.models import Need
from hansa.aid.pages import places
from hansa.aid.pages.places import names_of
from hansa.aid.words import NeedState, PledgeState, ShipmentState, Urgency, state_label
from hansa.pact.words import Form
from hansa.pages.badge import badge

register = template.Library()

TONES = {
    NeedState.OPEN: ("bad", "○"),
    NeedState.PARTLY: ("warn", "◐"),
    NeedState.COMING: ("info", "→"),
    NeedState.MET: ("good", "✓"),
    NeedState.CANCELLED: ("off", "–"),
    PledgeState.WAITING: ("warn", "?"),
    PledgeState.ACCEPTED: ("info", "✓"),
    PledgeState.UNDER_WAY: ("info", "→"),
    PledgeState.RECEIVED: ("good", "✓"),
    PledgeState.DISPUTED: ("bad", "!"),
    PledgeState.LENT: ("info", "→"),
    PledgeState.LOST: ("bad", "×"),
    PledgeState.TURNED_DOWN: ("off", "–"),
    PledgeState.NOT_NEEDED: ("off", "–"),
    PledgeState.TAKEN_BACK: ("off", "–"),
    ShipmentState.DELIVERED: ("warn", "?"),
    ShipmentState.PARTLY: ("warn", "◐"),
    ShipmentState.CONFIRMED: ("good", "✓"),
    ShipmentState.SETTLED: ("good", "="),
    ShipmentState.CONTRADICTED: ("bad", "!"),
}
"""A tone and a sign for each state: colour alone tells nobody anything."""


@register.filter
def state_badge(line: NeedLine | PledgeLine | ShipmentLine) -> SafeString:
    """Return the mark of where a need, pledge or shipment stands."""
    state = line.state
    if isinstance(state, NeedState):
        return badge(*TONES[state], str(state.label))
    row = line.pledge if isinstance(line, PledgeLine) else line.shipment  # type: ignore[union-attr]  # a need's state was shown above
    return badge(*TONES[state], state_label(state, row.form))


@register.filter
def urgency_badge(need: Need) -> SafeString:
    """Return the mark of how urgent a need is."""
    tone = {Urgency.NOW: "bad", Urgency.TODAY: "warn"}.get(Urgency(need.urgency), "off")
    return badge(tone, "", str(Urgency(need.urgency).label))


@register.filter
def amount(quantity: int, row: Any) -> str:
    """Return “12,000 pieces”: so much in the unit of the row."""
    count = number_format(quantity, force_grouping=True)
    return f"{count} {catalogue.counted(row.unit, quantity)}"


@register.filter
def item(row: Any) -> str:
    """Return what the row's item is called."""
    return catalogue.name_of(row.item)


@register.simple_tag(takes_context=True)
def beside(context: Context, place: str, log: str) -> str:
    """Return “, Gate 4” to follow the name of the member with this log; nothing where the place says no more than it."""
    rest = places.beside(place, names_of(context["request"]).get(log, log))
    return f", {rest}" if rest else ""


@register.filter
def is_goods(row: Any) -> bool:
    """Tell whether supplies or people move, rather than finished work."""
    return bool(row.form == Form.MATERIAL.value)


@register.inclusion_tag("aid/bar.html")
def need_bar(line: NeedLine) -> dict[str, Any]:
    """Show how much of a need is pledged, accepted, sent and received."""
    colours = {
        "received": "#146947",
        "sent": "#4d8055",
        "accepted": "#7fb88a",
        "pledged": "#d9e7dc",
    }
    parts = [(colours[name], start, width) for name, start, width in line.bar() if width]
    return {
        "parts": parts,
        "label": _("%(received)s of %(asked)s received")
        % {
            "received": number_format(line.received, force_grouping=True),
            "asked": number_format(line.asked, force_grouping=True),
        },
    }
