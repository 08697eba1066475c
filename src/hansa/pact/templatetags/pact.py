"""Marks and words of the pact: where a duty stands, what a form is called, how exactly a time is known."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hansa.kernel import clock
from hansa.kernel.witness import dating
from hansa.kernel.witness.dating import By
from hansa.pact.ledger import Duty, Standing
from hansa.pact.models import Fact
from hansa.pact.pages.seeing import tongue
from hansa.pact.words import Capability, Form, Precision, Verdict
from hansa.pages.badge import badge
from hansa.pages.templatetags.hansa import until, when

register = template.Library()

STANDINGS = {
    Standing.OWED: ("○", _("Owed")),
    Standing.OVERDUE: ("!", _("Overdue")),
    Standing.ON_TIME: ("✓", _("On time")),
    Standing.LATE: ("✓", _("Late")),
    Standing.RELEASED: ("–", _("Released")),
}
"""A mark and a word for each standing: colour alone tells nobody anything."""

CLOCKS = {
    By.WITNESSES: _("witnessed"),
    By.AUTHOR: _("by the member’s own clock"),
    By.NOBODY: _("not witnessed yet"),
}
"""By whose clock a time is known. What no quorum has seen yet counts as said now."""


@register.simple_tag
def standing(duty: Duty | Standing) -> SafeString:
    """Return the badge of where a duty stands now."""
    stands = duty if isinstance(duty, Standing) else duty.standing(clock.now())
    return _badge(stands, get_language() or "")


@lru_cache(maxsize=64)
def _badge(stands: Standing, _language: str) -> SafeString:
    mark, word = STANDINGS[stands]
    return badge(stands.value, mark, str(word))


@register.simple_tag
def whose_clock(by: By) -> SafeString:
    """Return by whose clock a time is known, in small print behind it."""
    return _whose(by, get_language() or "")


@lru_cache(maxsize=64)
def _whose(by: By, _language: str) -> SafeString:
    return format_html(' <small class="hansa-quiet">{}</small>', CLOCKS[by])


@register.simple_tag
def witnessed() -> bool:
    """Tell whether witnesses date what is said here."""
    return dating.policy() is not None


@register.simple_tag
def duty_cell(duty: Duty) -> SafeString:
    """Return one duty of the table: its badge, the answer with its time and reason, or when it is due.

    Made here and not in a template: a call of fifty members has two hundred of these.
    """
    answer, parts = duty.answer, [standing(duty)]
    if answer is not None:
        reason = format_html("<br>“{}”", answer.reason) if answer.reason else ""
        clock_of = whose_clock(answer.by) if answer.by != By.AUTHOR else ""
        told = when(answer.first_at)
        parts.append(format_html(" {}<small>{}{}{}</small>", answer, told, clock_of, reason))
    if answer is None or answer.first_at > duty.due:
        away = format_html(" ({})", until(duty.due)) if not (answer or duty.released_at) else ""
        clock_of = whose_clock(duty.by) if duty.by != By.AUTHOR else ""
        due = when(duty.due)
        parts.append(format_html("<small>{} {}{}{}</small>", _("Due"), due, away, clock_of))
    return format_html(
        '<div class="pact-cell">{}</div>', format_html_join("", "{}", ((part,) for part in parts))
    )


@register.filter
def form_label(form: str) -> Any:
    """Return what a form of aid is called."""
    return Form(form).label


@register.filter
def verdict_label(verdict: str) -> Any:
    """Return how a member answered, in a word."""
    return Verdict(verdict).label


@register.filter
def capability_label(capability: str) -> Any:
    """Return what a capability is called; its tag if this version does not know it."""
    return Capability(capability).label if capability in Capability.values else capability


@register.filter
def in_tongue(value: Any, name: str) -> str:
    """Return the named text of an article or rule in the reader's language."""
    return tongue(value, name)


@register.filter
def figure(value: dict[str, Any]) -> str:
    """Return a figure in words: “4,000 persons”."""
    return f"{number_format(value['value'], force_grouping=True)} {value['unit']}"


@register.simple_tag
def happened(fact: Fact) -> SafeString:
    """Return when a fact happened, no more exactly than it is known, with its zone."""
    local = timezone.localtime(fact.when)
    shown = {
        Precision.DAY: f"{date_format(local, 'D j M Y')} ({local.tzname()})",
        Precision.HOUR: f"{date_format(local, 'D j M Y, H')} h {local.tzname()}",
    }.get(Precision(fact.precision), f"{date_format(local, 'D j M Y, H:i')} {local.tzname()}")
    return format_html(
        '<time datetime="{}">{}</time>',
        fact.when.isoformat() if fact.precision != Precision.DAY else local.date().isoformat(),
        shown,
    )


@register.filter
def moment(text: str) -> datetime | None:
    """Read a moment that a row keeps as text."""
    return parse_datetime(text)


@register.filter
def typed(values: dict[str, str], name: str) -> str:
    """Return what was typed under a name, or nothing."""
    return values.get(name, "")
