"""What the demo bar shows."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.formats import date_format

from hansa.kernel.entry import PACT_AUDIENCES
from hansa.kernel.models import Entry, Fate
from hansa.kernel.telling import Told, tell
from hansa.node.demo.conductor import SPEEDS, Now, playing
from hansa.pages.access import Chair
from hansa.web.chairs import live_chairs

register = template.Library()

LATEST = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """Where the demo stands, in the story's own zone."""

    now: Now
    clock: str
    latest: list[Told]
    speeds: tuple[int, ...] = SPEEDS


@register.simple_tag
def demo_bar() -> Bar | None:
    """Return what the bar shows, or None where nothing plays."""
    conductor = playing()
    if conductor is None:
        return None
    now = conductor.where()
    with timezone.override(ZoneInfo(now.zone)):
        entries = Entry.objects.filter(audience__in=PACT_AUDIENCES, fate=Fate.DONE).order_by("-id")[
            :LATEST
        ]
        return Bar(now, _clock(now.at), tell(entries))


@register.simple_tag
def demo_chairs() -> list[Chair]:
    """Return every chair that can be taken, by member."""
    return live_chairs(None)


def _clock(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{date_format(local, 'l j F Y, H:i')} {local.tzname()}"
