"""What a play came to, in figures that add up."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import F, Sum

from hansa.aid import custody
from hansa.aid.models import Need, Pledge
from hansa.kernel import clock
from hansa.kernel.state import counts, state_hash
from hansa.node.scenario.player import Outcome, Step
from hansa.node.scenario.reading import Scenario
from hansa.pact.ledger import Ledger, Standing
from hansa.pact.models import Call
from hansa.pact.words import Form


def summary(scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Return the figures of the home as it stands, and what became of the scenario's lines."""
    kinds, outcomes = counts(), Counter(step.outcome for step in steps)
    ledger = Ledger(Call.objects.order_by("at", "key"))
    return {
        "scenario": scenario.id,
        "title": scenario.title,
        "exercise": True,
        "until": clock.now().isoformat(),
        "members": len(scenario.members),
        "facts": sum(step.line.fact for step in steps),
        "acts": sum(not step.line.fact for step in steps),
        "refused_as_expected": outcomes[Outcome.REFUSED],
        "records": sum(kinds.values()),
        "records_by_kind": kinds,
        "calls": [_call(call, ledger) for call in ledger.calls],
        "duties": _duties(ledger),
        "needs": needs(),
        "custody_discrepancies": [list(row) for row in custody.discrepancy()],
        "state_hash": state_hash(),
    }


def _call(call: Call, ledger: Ledger) -> dict[str, Any]:
    now = clock.now()
    standings = Counter(duty.standing(now) for duty in ledger.duties(call))
    return {
        "call": call.key,
        "by": call.home,
        "at": call.at.isoformat(),
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
        "duties": {standing.value: standings[standing] for standing in Standing},
    }


def _duties(ledger: Ledger) -> dict[str, int]:
    accounts = ledger.accounts()
    names = ("on_time", "late", "owed", "overdue", "released", "pledged", "declined")
    return {name: sum(getattr(account, name) for account in accounts) for name in names}


def needs() -> dict[str, dict[str, Any]]:
    """Return, for each form of aid, how many needs were stated, pledged in full and confirmed in full, and each of them."""
    pledged = dict(
        Pledge.objects.values_list("need").annotate(total=Sum(F("quantity") - F("withdrawn")))
    )
    found: dict[str, dict[str, Any]] = {
        form.value: {"stated": 0, "pledged": 0, "filled": 0, "each": []} for form in Form
    }
    for need in Need.objects.filter(cancelled_at=None).order_by("at", "key"):
        form, promised, came = found[need.form], pledged.get(need.key, 0), need.received
        form["stated"] += 1
        form["pledged"] += promised >= need.quantity
        form["filled"] += came >= need.quantity
        form["each"].append(
            {
                "need": need.key,
                "item": need.item,
                "unit": need.unit,
                "needed": need.quantity,
                "pledged": promised,
                "confirmed": came,
            }
        )
    return found


def in_words(found: dict[str, Any]) -> str:
    """Return the summary as lines for a person."""
    duties = found["duties"]
    lines = [
        f"{found['title']}. An exercise: what the pact does here is played.",
        f"Public facts: {found['facts']}. Played acts: {found['acts']}, refused as expected: {found['refused_as_expected']}. Records: {found['records']}, of {len(found['records_by_kind'])} kinds.",
        *(f"  {count:5} {kind}" for kind, count in found["records_by_kind"].items()),
        f"Calls for aid: {len(found['calls'])}.",
        *(
            f"  {call['call']}: {', '.join(f'{count} {name}' for name, count in call['duties'].items() if count)}; {'stood down' if call['ended_at'] else 'open'}"
            for call in found["calls"]
        ),
        f"Duties: {duties['on_time']} answered on time, {duties['late']} late, {duties['owed'] + duties['overdue']} owed; {duties['pledged']} pledged, {duties['declined']} declined.",
        *(
            f"Needs, {form}: {one['stated']} stated, {one['pledged']} pledged in full, {one['filled']} confirmed in full."
            for form, one in found["needs"].items()
        ),
        f"Custody: {'no discrepancy' if not found['custody_discrepancies'] else found['custody_discrepancies']}.",
        f"State: {found['state_hash']}",
    ]
    return "\n".join(lines)
