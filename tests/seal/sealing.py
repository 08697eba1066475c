"""A pact of some nodes whose sealing keys are known, and the shortest way to seal something in it."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from hansa.kernel.home import home
from hansa.kernel.record import KINDS
from hansa.kernel.say import say
from hansa.pact.models import Fact, Note
from tests.attacks.words import fact
from tests.rig.nodes import Node
from tests.rig.world import World

SECRET = "Ferries leave pier nine at four."


class Sealing:
    """A world of nodes, by the name of the first log that each carries."""

    def __init__(self, world: World) -> None:
        self.world = world
        for log in world.shape.logs:
            self.say_key(log)
        world.everybody()

    def node(self, log: str) -> Node:
        """The node that carries this log."""
        return self.world.holder(log)

    def say(self, log: str, kind: str, /, *, audience: str = "", **fields: Any) -> str:
        """Say a record on its member's own node."""
        with self.node(log):
            record = KINDS[kind].read(fields)
            by = "" if record.by == "node" else f"{log}@0"
            return say(record, log=log, by=by, audience=audience)

    def say_key(self, log: str) -> None:
        """Let a member's node say its sealing key."""
        with self.node(log):
            key = base64.b64encode(home().keys.sealing(log)).decode()
        self.say(log, "kernel.node/1", url=f"https://{log}.example", sealing=[{"key": key}])

    def audience(self, log: str, *readers: str, title: str = "Coast") -> str:
        """Define an audience of these members."""
        members = [f"{one}@0" for one in readers]
        return self.say(log, "kernel.audience/1", title=title, whom="members", members=members)

    def change(self, audience: str, *readers: str, title: str = "Coast") -> None:
        """Change who belongs to an audience."""
        log, members = audience.partition("@")[0], [f"{one}@0" for one in readers]
        self.say(
            log,
            "kernel.audience-change/1",
            of=audience,
            title=title,
            whom="members",
            members=members,
        )

    def note(self, audience: str, text: str = SECRET) -> str:
        """Seal a note to an audience of its author's."""
        log = audience.partition("@")[0]
        return self.say(log, "pact.note/1", audience=audience, on=f"{log}@0", text=text)

    def fact(self, audience: str, text: str = SECRET) -> str:
        """Seal a fact to an audience of its author's."""
        log = audience.partition("@")[0]
        return self.say(log, "pact.fact/1", audience=audience, **fact(text=text))

    def sync(self, rounds: int = 2) -> None:
        """Let everybody ask everybody."""
        self.world.everybody(rounds)

    def notes(self, log: str) -> list[str]:
        """The notes that stand on a member's node."""
        with self.node(log):
            return sorted(Note.objects.values_list("text", flat=True))

    def facts(self, log: str) -> list[str]:
        """The facts that stand on a member's node."""
        with self.node(log):
            return sorted(Fact.objects.values_list("text", flat=True))


@pytest.fixture
def pact(make_world: Callable[..., World]) -> Callable[..., Sealing]:
    """Make a pact of nodes that carry these logs."""

    def make(*carried: tuple[str, ...]) -> Sealing:
        return Sealing(make_world(*carried))

    return make
