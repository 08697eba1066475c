"""Reasons: what the planner has to say, as a code with its numbers. Pages put them into a person's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SENTENCES = {
    "beside.saves": "The plan costs %(saved).0f weighted hours less than serving the most urgent first from the nearest: %(share).1f %%.",
    "beside.same": "Serving the most urgent first from the nearest costs as much.",
    "beside.more": "It brings %(units)d more of %(item)s.",
    "beside.less": "It brings %(units)d fewer of %(item)s.",
    "beside.sooner": "Of %(item)s, a unit arrives %(hours).1f hours sooner on average.",
    "beside.later": "Of %(item)s, a unit arrives %(hours).1f hours later on average.",
}
"""The English of each code, as a %-format of its numbers: what is translated is the format."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `numbers` holds what its sentence names: amounts, and the keys of members, items, calls and needs."""

    code: str
    numbers: Mapping[str, str | float] = field(default_factory=dict)


def english(reason: Reason, names: Mapping[str, str] | None = None) -> str:
    """Return the sentence in English. `names` puts a name where a key stands."""
    known = names or {}
    numbers = {
        name: known.get(value, value) if isinstance(value, str) else value
        for name, value in reason.numbers.items()
    }
    return SENTENCES[reason.code] % numbers
