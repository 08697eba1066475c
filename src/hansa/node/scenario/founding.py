"""Before the story: members open their logs and appoint their officers, the pact is founded, the founders join.

Said in three groups, each in one transaction, so that a demo is founded in the blink of an eye.
"""

from collections.abc import Sequence
from typing import Any

from hansa.kernel import live
from hansa.kernel.errors import Refused
from hansa.kernel.log import Draft, append, open_log
from hansa.kernel.record import KINDS
from hansa.kernel.ref import position
from hansa.kernel.said import Said
from hansa.node.scenario.names import CHARTER, MEMBERSHIP, PACT
from hansa.node.scenario.nodes import Problem, Wrong
from hansa.node.scenario.reading import Cast, Office, Scenario
from hansa.pact.terms import default_charter
from hansa.pact.words import Capability


def found(scenario: Scenario) -> dict[str, str]:
    """Found what the file names and return the position behind each name. The caller has set the kernel's clock."""
    names = open_logs(scenario, scenario.members)
    names.update(found_pact(scenario, names))
    names.update(join(scenario, [one.log for one in scenario.members], names))
    return names


def open_logs(scenario: Scenario, members: Sequence[Cast]) -> dict[str, str]:
    """Open the logs of these members, appoint their offices, and return the positions of both."""
    names: dict[str, str] = {}
    _say_all(scenario, [draft for member in members for draft in _opening(scenario, member, names)])
    return names


def found_pact(scenario: Scenario, names: dict[str, str]) -> dict[str, str]:
    """Let the first founder found the pact; the records of all founders are here. Return its position."""
    founders = [member for member in scenario.members if member.founder]
    first = founders[0].log
    founded = {
        "name": scenario.pact,
        "exercise": True,
        "founders": [names[one.log] for one in founders],
        **default_charter(),
    }
    pact = Draft(_record("pact.pact/1", founded), first, _signer(scenario, first, names))
    (founding,) = _say_all(scenario, [pact])
    return {PACT: founding, CHARTER: founding}


def join(scenario: Scenario, logs: Sequence[str], names: dict[str, str]) -> dict[str, str]:
    """Let the founders among these logs join the pact, whose record is here. Return their memberships' positions."""
    founders = [one for one in scenario.members if one.founder and one.log in logs]
    joins = _record(
        "pact.accession/1",
        {"pact": names[PACT], "charter": names[PACT], "effective": scenario.starts},
    )
    drafts = [Draft(joins, one.log, _signer(scenario, one.log, names)) for one in founders]
    return {
        f"{draft.log}/{MEMBERSHIP}": joined
        for draft, joined in zip(drafts, _say_all(scenario, drafts), strict=True)
    }


def _opening(scenario: Scenario, member: Cast, names: dict[str, str]) -> list[Draft]:
    """Return the first records of a member's log, and note the positions that they will have."""
    offices = [office for office in scenario.offices if office.log == member.log]
    keeper = next(office for office in offices if Capability.KEEPER in office.can)
    open_log(member.log)
    first = position(member.log, 0)
    names[member.log] = names[keeper.key] = first
    opens = {
        "name": member.name,
        "type": member.type,
        "state": member.state,
        "seat": member.seat,
        "zone": member.zone,
        "office": keeper.title,
        "handle": keeper.handle,
    }
    drafts = [Draft(_record("pact.member/1", opens), member.log)]
    for office in offices:
        if office is not keeper:
            names[office.key] = position(member.log, len(drafts))
            drafts.append(Draft(_record("pact.officer/1", _grant(office)), member.log, first))
    # The office that opened the log holds everything; from here on it holds what the file grants it.
    narrowed = {"officer": first, "can": list(keeper.can)}
    drafts.append(Draft(_record("pact.officer-change/1", narrowed), member.log, first))
    return drafts


def _grant(office: Office) -> dict[str, Any]:
    return {"office": office.title, "handle": office.handle, "can": list(office.can)}


def _signer(scenario: Scenario, log: str, names: dict[str, str]) -> str:
    able = (one for one in scenario.offices if one.log == log and Capability.SIGN in one.can)
    return names[next(able).key]


def _record(kind: str, given: dict[str, Any]) -> Any:
    return KINDS[kind].read(given)


def _say_all(scenario: Scenario, drafts: Sequence[Draft]) -> list[str]:
    """Say them in one transaction; Wrong, with the member's line, at the first that is refused."""
    positions = []
    for draft, outcome in zip(drafts, append(drafts), strict=True):
        if isinstance(outcome, Refused):
            line = next(member.line for member in scenario.members if member.log == draft.log)
            where = f"members.{outcome.field or draft.log}"
            raise Wrong(
                [
                    Problem(
                        scenario.file, line, where, outcome.sentence, "a member that can be founded"
                    )
                ]
            )
        if isinstance(outcome, Exception):
            raise outcome
        positions.append(outcome.position if isinstance(outcome, Said) else outcome)
    live.wake()
    return positions
