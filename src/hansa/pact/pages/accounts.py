"""Facts that tell the same thing differently, put side by side."""

from collections.abc import Iterable
from dataclasses import dataclass

from hansa.pact.models import Fact


@dataclass(frozen=True, slots=True)
class Telling:
    """One fact, or several accounts of it that differ, the earliest first."""

    facts: list[Fact]

    @property
    def differs(self) -> bool:
        """Tell whether there is more than one account."""
        return len(self.facts) > 1

    @property
    def head(self) -> Fact:
        """Return the account that was recorded first."""
        return self.facts[0]


def tellings(facts: Iterable[Fact]) -> list[Telling]:
    """Group facts of which one is said to differ from another, keeping the order in which each group first appears."""
    listed = list(facts)
    here = {fact.key: fact for fact in listed}
    leader = {key: key for key in here}

    def lead(key: str) -> str:
        while leader[key] != key:
            key = leader[key]
        return key

    for fact in listed:
        if fact.differs_from in here:
            leader[lead(fact.key)] = lead(fact.differs_from)
    groups: dict[str, list[Fact]] = {}
    for fact in listed:
        groups.setdefault(lead(fact.key), []).append(fact)
    return [
        Telling(sorted(group, key=lambda fact: (fact.at, fact.key))) for group in groups.values()
    ]
