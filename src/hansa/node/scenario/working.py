"""Kinds whose record is worked out when the line is said, from all that was said before: a plan.

A line of such a kind says what an officer decides, and nothing of what the planner answers.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

Working = Callable[[str, Mapping[str, Any]], dict[str, Any]]


def _plan(log: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Plan as officers of `log` would now, and keep the plan's file; Refused says why nothing can be planned."""
    from hansa.aid.planning.making import Manner, propose, record_of

    manner = Manner(fair=bool(given.get("fair")), guard=bool(given.get("guard")))
    fields: dict[str, Any] = msgspec.to_builtins(record_of(propose(log, manner=manner)))
    return fields


_WORKED_OUT: Mapping[str, tuple[frozenset[str], Working]] = {
    "aid.plan/1": (frozenset({"fair", "guard"}), _plan),
}


def decided(kind: str) -> frozenset[str] | None:
    """Return the fields of which a line of this kind may speak, or None: of all, as nothing is worked out."""
    return _WORKED_OUT[kind][0] if kind in _WORKED_OUT else None


def worked_out(kind: str, log: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all fields of a record that is worked out for this log, as it decided in `given`."""
    return _WORKED_OUT[kind][1](log, given)
