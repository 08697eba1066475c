"""One integer decides everything: all chances of a run, and all that the machine would call random."""

import hashlib
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import nacl.signing

T = TypeVar("T")


class Dice(random.Random):
    """Chances that a seed decides. Every event has dice of its own, so leaving one out changes no other's."""

    def chance(self, probability: float) -> bool:
        """Tell whether something of this probability happens."""
        return self.random() < probability

    def one(self, things: Sequence[T]) -> T:
        """Pick one of several."""
        return things[self.randrange(len(things))]

    def some(self, things: Sequence[T], least: int = 0) -> list[T]:
        """Pick any number of them, at least so many, in their order."""
        count = self.randint(min(least, len(things)), len(things))
        picked = set(self.sample(range(len(things)), count))
        return [thing for i, thing in enumerate(things) if i in picked]

    def weighed(self, weights: dict[str, float]) -> str:
        """Pick a name by its weight."""
        return self.choices(list(weights), list(weights.values()))[0]


def dice(*names: object) -> Dice:
    """Return the dice of this name, the same on every machine and every day."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return Dice(int.from_bytes(digest[:8], "big"))


@contextmanager
def loaded(drawn: Dice) -> Iterator[None]:
    """Let keys, salts and tokens come from these dice.

    What a C library draws for itself (the ciphertexts of HPKE) stays random: its sizes do not depend on it.
    """
    places: list[tuple[Any, str]] = [
        (os, "urandom"),
        (random, "_urandom"),
        (nacl.signing, "random"),
    ]
    before = [(module, name, getattr(module, name)) for module, name in places]
    for module, name in places:
        setattr(module, name, drawn.randbytes)
    try:
        yield
    finally:
        for module, name, was in before:
            setattr(module, name, was)
