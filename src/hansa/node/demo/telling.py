"""What the terminal says while the demo plays."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import click
from django.utils import timezone

from hansa.kernel.models import Entry
from hansa.kernel.ref import split
from hansa.kernel.telling import tell
from hansa.node.scenario.player import Outcome, Step


def echo_in(zone: str) -> Callable[[Step], None]:
    """Return what prints one line of the story: when, in this time zone, how far, what."""

    def echo(step: Step) -> None:
        with timezone.override(ZoneInfo(zone)):
            local = timezone.localtime(step.at)
            place = f"{local:%a %d %b %H:%M} {local.tzname()} {step.number:>4}/{step.of}"
            click.echo(f"{place}  {_what(step)}")

    return echo


def _what(step: Step) -> str:
    what = step.line.name or step.line.kind.kind
    match step.outcome:
        case Outcome.REFUSED:
            return f"{step.line.by} was refused, as it should be: {step.why}"
        case Outcome.OVERTAKEN:
            return f"The scenario's own act was overtaken ({step.line.by}, {what}): {step.why}"
    log, index = split(step.position)
    told = tell(Entry.objects.filter(log=log, index=index))
    return told[0].sentence if told else what
