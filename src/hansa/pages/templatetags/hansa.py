"""Tags and filters for the pages of every part: times with their zone, names, addresses, panels, fields."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import forms, template
from django.forms.boundfield import BoundField
from django.forms.widgets import Input
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from hansa.kernel import clock
from hansa.kernel.models import Row
from hansa.pages import panels as boards
from hansa.pages import places
from hansa.pages.lists import Cell
from hansa.pages.widgets import is_group as _is_group

register = template.Library()
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@register.simple_tag
def when(moment: datetime | str | None, form: str = "D j M Y, H:i") -> str:
    """Return the moment as a time element in the reader's zone, which it names; a dash for none."""
    if not moment:
        return "–"
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return _time(read, form, timezone.get_current_timezone_name(), get_language() or "")


@lru_cache(maxsize=4096)
def _time(moment: datetime, form: str, _zone: str, _language: str) -> SafeString:
    """Return the element. Cached, because a table shows the same few moments hundreds of times."""
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}">{} {}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, form),
        local.tzname(),
    )


@register.simple_tag
def zone() -> str:
    """Return the time zone in which this reader types times, by its own name and its letters now."""
    name, letters = timezone.get_current_timezone_name(), timezone.localtime(clock.now()).tzname()
    return name if name == letters else f"{name} ({letters})"


@register.simple_tag
def until(moment: datetime | None) -> str:
    """Return how far away a moment is: `in 5 h`, `2 h 40 min ago`; `now` within a minute."""
    if moment is None:
        return "–"
    distance = moment - clock.now()
    return _away(abs(distance) // MINUTE, distance >= timedelta(0), get_language() or "")


@register.simple_tag
def ago(moment: datetime | None) -> str:
    """Return how long ago something was done: `2 h 40 min ago`; `just now` within a minute, or by a clock that is ahead."""
    if moment is None:
        return "–"
    return until(moment) if clock.now() - moment >= MINUTE else _("just now")


@lru_cache(maxsize=4096)
def _away(minutes: int, ahead: bool, _language: str) -> str:  # noqa: FBT001 - a key of the cache
    if not minutes:
        return _("now")
    words = {"time": span(minutes * MINUTE)}
    return _("in %(time)s") % words if ahead else _("%(time)s ago") % words


def span(length: timedelta) -> str:
    """Return a length of time in its two largest units, rounded down."""
    minutes = int(length.total_seconds() // 60)
    if length >= 2 * DAY:
        return ngettext("%(count)s day", "%(count)s days", length.days) % {"count": length.days}
    if length >= HOUR:
        hours, rest = divmod(minutes, 60)
        return (
            _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}
            if rest
            else _("%(hours)s h") % {"hours": hours}
        )
    return _("%(minutes)s min") % {"minutes": minutes}


@register.simple_tag(takes_context=True)
def member_link(context: Context, log: str) -> str:
    """Return a member's name, linked to its page. Names are read once for a page."""
    request = context.get("request")
    names: Mapping[str, str] = getattr(request, "member_names", {})
    return format_html('<a href="{}">{}</a>', reverse("member", args=[log]), names.get(log, log))


@register.simple_tag(takes_context=True)
def member_name(context: Context, log: str) -> str:
    """Return a member's name."""
    names: Mapping[str, str] = getattr(context.get("request"), "member_names", {})
    return names.get(log, log)


@register.filter
def address(row: Row | None) -> str:
    """Return the address of a row's page, or nothing."""
    return places.address(row) or ""


@register.simple_tag(takes_context=True)
def panels(context: Context, page: str, row: Any = None) -> SafeString:
    """Show what the parts above add to this page."""
    request = context["request"]
    shown = []
    for panel in boards.panels(page, request, row):
        with context.push(**panel.context):
            shown.append(context.template.engine.get_template(panel.template).render(context))  # type: ignore[union-attr]
    return mark_safe("".join(shown))  # noqa: S308 - each template has escaped its own values


@register.simple_block_tag(takes_context=True)
def live(
    context: Context,
    content: SafeString,
    region: str,
    topic: str = "",
    *,
    also: str = "",
    pause: int = 0,
    still: object = False,
) -> SafeString:
    """Let a part of a page, whose id is `region`, fetch itself again whenever something is said of the row `topic` (any, if empty).

    No change is lost: the stream begins where the page was begun, and the region stays while its content is exchanged,
    so that what is heard during one fetch leads to another. All of `content` stands in elements of its own. `also` selects
    what is exchanged outside of it; `pause` are seconds between two fetches at least; `still` content never changes.
    """
    if still:
        return format_html('<div id="{}">{}</div>', region, content)
    request = context["request"]
    asked = {"topic": topic, "pause": pause, "since": getattr(request, "newest", None)}
    query = urlencode({name: value for name, value in asked.items() if value}, safe="@/")
    return format_html(
        '<div hx-ext="sse" sse-connect="{}{}{}"><div id="{}" data-live hx-get="{}" hx-select="#{} &gt; *"{} hx-swap="innerHTML" hx-trigger="sse:changed">{}</div></div>',
        reverse("live"),
        "?" if query else "",
        query,
        region,
        request.get_full_path(),
        region,
        format_html(' hx-select-oob="{}"', also) if also else "",
        content,
    )


@register.filter
def is_group(field: BoundField) -> bool:
    """Tell whether a field is several inputs under one legend."""
    return _is_group(field)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Tell whether a field is one checkbox."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def dressed(field: BoundField) -> SafeString:
    """Show a field's input, in USWDS dress if its form gave it none, without a placeholder that only repeats the label."""
    widget = field.field.widget
    if str(widget.attrs.get("placeholder", "")).casefold() == str(field.label).casefold():
        widget.attrs.pop("placeholder", None)
    if "class" in widget.attrs:
        return field.as_widget()
    kinds = (
        (forms.CheckboxInput, "usa-checkbox__input"),
        (forms.Textarea, "usa-textarea"),
        (forms.Select, "usa-select"),
        (Input, "usa-input"),
    )
    dress = next((name for kind, name in kinds if isinstance(widget, kind)), "")
    return field.as_widget(attrs={"class": dress} if dress else None)


@register.filter
def is_moment(field: BoundField) -> bool:
    """Tell whether a field asks for a date and time."""
    return isinstance(field.field, forms.DateTimeField)


@register.simple_tag
def value(given: Any) -> str:
    """Return a value of a table: a moment with its zone, a dash for nothing."""
    if isinstance(given, datetime):
        return when(given)
    return "–" if given is None or given == "" else conditional_escape(localize(given))


@register.simple_tag(takes_context=True)
def cell(context: Context, shown: Cell, row: Any) -> SafeString:
    """Show one cell of a list. A tag, as including a template for each of five hundred cells takes long."""
    if shown.column.template:
        with context.push(value=shown.value, row=row):
            engine = context.template.engine  # type: ignore[union-attr]
            return engine.get_template(shown.column.template).render(context)
    words = value(shown.value)
    if shown.link:
        return format_html('<a href="{}">{}</a>', shown.link, words)
    return conditional_escape(words)


@register.filter
def anchor(field: BoundField) -> str:
    """Return the id to which an error's link leads."""
    return field.id_for_label or f"group-{field.html_name}"


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """Return this page's query string with some of its values changed; None takes one out."""
    values = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            values.pop(name, None)
        else:
            values[name] = value
    return f"?{values.urlencode()}"
