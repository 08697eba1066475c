"""Marks of missions: the phase, and whether a gate is open."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from hansa.aid.missions.gates import Gate
from hansa.aid.missions.words import Phase
from hansa.pages.badge import badge

register = template.Library()

TONES = {
    Phase.OFFERED: ("warn", "?"),
    Phase.AGREED: ("warn", "◐"),
    Phase.APPROVED: ("info", "✓"),
    Phase.ORDERED: ("info", "✓"),
    Phase.UNDER_WAY: ("info", "→"),
    Phase.ARRIVED: ("warn", "?"),
    Phase.CHECKED_IN: ("good", "✓"),
    Phase.AT_WORK: ("good", "✓"),
    Phase.EXTENDED: ("good", "+"),
    Phase.RECALLED: ("bad", "!"),
    Phase.RELEASED: ("info", "←"),
    Phase.RETURNED: ("good", "✓"),
    Phase.SETTLED: ("good", "="),
    Phase.WITHDRAWN: ("off", "–"),
    Phase.CALLED_OFF: ("off", "–"),
}
"""A tone and a sign for each phase: colour alone tells nobody anything."""


@register.filter
def phase_badge(phase: Phase) -> SafeString:
    """Return the mark of a phase."""
    return badge(*TONES[phase], str(phase.label))


@register.filter
def gate_badge(gate: Gate) -> SafeString:
    """Return the mark of a gate."""
    return (
        badge("good", "✓", pgettext("gate", "Open"))
        if gate.open
        else badge("bad", "×", pgettext("gate", "Shut"))
    )
