"""Marks and words of people on missions."""

from datetime import UTC, datetime

from django import template
from django.utils.safestring import SafeString

from hansa.aid.people.rules import hours_words
from hansa.aid.people.words import Answered, Stage
from hansa.pages.badge import badge

register = template.Library()

STAGES = {
    Stage.LISTED: ("off", "○"),
    Stage.HERE: ("good", "●"),
    Stage.RELEASED: ("info", "→"),
    Stage.HOME: ("good", "✓"),
    Stage.STRUCK: ("off", "–"),
}
FOUND = {
    Answered.NOT_YET: ("warn", "?"),
    Answered.SAFE: ("good", "✓"),
    Answered.HURT: ("warn", "+"),
    Answered.MISSING: ("bad", "!"),
}


@register.filter
def stage_badge(stage: Stage) -> SafeString:
    """Return the mark of where somebody stands."""
    return badge(*STAGES[stage], str(stage.label))


@register.filter
def found_badge(state: Answered) -> SafeString:
    """Return the mark of what is known of somebody."""
    return badge(*FOUND[state], str(state.label))


@register.filter
def hours(minutes: int) -> str:
    """Return minutes as hours and minutes."""
    return hours_words(minutes)


@register.filter
def isoformat(at: datetime) -> str:
    """Return a moment for an address."""
    return at.astimezone(UTC).isoformat()
