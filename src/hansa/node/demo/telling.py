"""What the terminal says while the demo plays."""

from zoneinfo import ZoneInfo

import click
from django.utils import timezone

from hansa.kernel.models import Entry
from hansa.kernel.ref import split
from hansa.kernel.telling import tell
from hansa.node.scenario.player import Outcome, Step
from hansa.pact.models import Member


def echo(step: Step) -> None:
    """Print one line of the story: when, how far, what."""
    member = Member.objects.filter(home=step.line.log).first()
    with timezone.override(ZoneInfo(member.zone) if member else timezone.get_default_timezone()):
        local = timezone.localtime(step.at)
        click.echo(
            f"{local:%a %d %b %H:%M} {local.tzname():4} {step.number:>4}/{step.of}  {_what(step)}"
        )


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
