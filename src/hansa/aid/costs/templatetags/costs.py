"""Marks and words of costs."""

from django import template
from django.utils.safestring import SafeString

from hansa.aid.costs import sums
from hansa.aid.costs.book import BookLine
from hansa.aid.costs.models import CostLine
from hansa.aid.costs.words import LineState
from hansa.aid.people.rules import hours_words
from hansa.pages.badge import badge

register = template.Library()

STATES = {
    LineState.PREDICTED: ("off", "~"),
    LineState.OPEN: ("warn", "○"),
    LineState.BORNE: ("off", "♥"),
    LineState.CLAIMED: ("info", "→"),
    LineState.ACCEPTED: ("good", "✓"),
    LineState.PARTLY: ("warn", "◐"),
    LineState.DISPUTED: ("bad", "!"),
    LineState.WITHDRAWN: ("off", "–"),
}


@register.filter
def line_badge(one: BookLine) -> SafeString:
    """Return the mark of where a cost line stands."""
    words = one.line.get_terms_display() if one.state == LineState.BORNE else one.state.label
    return badge(*STATES[one.state], str(words))


@register.filter
def money(cents: int, currency: str) -> str:
    """Return an amount with its currency."""
    return sums.money(cents, currency)


@register.filter
def basis(line: CostLine) -> str:
    """Return how the amount of a line comes about."""
    return sums.basis_words(line)


@register.filter
def hours(minutes: int) -> str:
    """Return minutes as hours and minutes."""
    return hours_words(minutes)
