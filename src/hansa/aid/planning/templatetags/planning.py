"""The mark of where a line of a plan stands."""

from django import template
from django.utils.safestring import SafeString

from hansa.aid.planning.lines import Proposed
from hansa.aid.planning.words import LineState
from hansa.pages.badge import badge

register = template.Library()

TONES = {
    LineState.OPEN: ("warn", "?"),
    LineState.PARTLY: ("info", "◐"),
    LineState.TAKEN: ("good", "✓"),
    LineState.DECLINED: ("off", "×"),
    LineState.COVERED: ("off", "–"),
    LineState.GONE: ("off", "–"),
    LineState.LEFT: ("bad", "!"),
}


@register.filter
def line_badge(line: Proposed) -> SafeString:
    """Return the mark of where a line stands."""
    return badge(*TONES[line.state], str(line.state.label))
