"""What a seed makes happen: its world, its events one by one, and the healing at the end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hansa.kernel.witness import evidence, proposing
from tests.rig import ceremonies
from tests.rig.broken import Broken
from tests.rig.dice import Dice, dice, loaded
from tests.rig.events import EVENTS, start
from tests.rig.network import Weather
from tests.rig.oracles import no_witness_ever_took_a_word_back
from tests.rig.world import Shape, World, found

SHAPES = (
    Shape((("ada",), ("bel",))),
    Shape((("ada",), ("bel",), ("cyd",))),
    Shape((("ada", "bel"), ("cyd",), ("dov",))),
    Shape((("ada",), ("bel",), ("cyd",), ("dov",))),
    Shape((("ada",), ("bel", "cyd"), ("dov",), ("eno",), ("fay",))),
)

MOST_ROUNDS, MOST_FORKS = 10, 4
"""More it may not take until all who were cut off know the same."""


@dataclass(frozen=True)
class Plan:
    """All that a seed decides before anything happens. `kept` names the events that are played, all if None."""

    seed: int
    kept: tuple[int, ...] | None = None

    @property
    def shape(self) -> Shape:
        """Return which nodes there are."""
        return dice(self.seed, "shape").choices(SHAPES, (4, 6, 5, 3, 2))[0]

    @property
    def events(self) -> list[tuple[int, str]]:
        """Return the events to play, each with its number."""
        drawn = dice(self.seed, "events")
        weights = {name: weight for name, (weight, _event) in EVENTS.items()}
        planned = [drawn.weighed(weights) for _ in range(drawn.randint(15, 45))]
        chosen = range(len(planned)) if self.kept is None else self.kept
        return [(i, planned[i]) for i in chosen]


def play(plan: Plan, folder: Path, kept: Path, trace: list[str]) -> World:
    """Play a plan to its end, healing included; return the world, whose trace tells what happened."""
    world = found(plan.shape, folder, kept)
    world.trace = trace
    settle(world, dice(plan.seed, "settle"))
    for number, name in plan.events:
        drawn = dice(plan.seed, "event", number)
        world.net.dice = dice(plan.seed, "net", number)
        world.hand.move(timedelta(seconds=drawn.randint(1, drawn.one([5, 20, 90, 3600]))))
        world.number = number
        with loaded(dice(plan.seed, "machine", number)):
            EVENTS[name][1](world, drawn)
    world.number = -1
    world.net.dice = dice(plan.seed, "net", "heal")
    with loaded(dice(plan.seed, "machine", "heal")):
        heal(world)
    return world


def settle(world: World, drawn: Dice) -> None:
    """Give some nodes wrong clocks, and make one of them hostile now and then."""
    for node in world.nodes:
        node.offset = timedelta(seconds=drawn.randint(-120, 120))
        if drawn.chance(0.15):
            node.offset = timedelta(days=drawn.one([-365, -30, -2, 2, 30, 365]))
            world.tell(f"the clock of {node.name} is {node.offset.days:+} days wrong")
        (node.home / f"clock-is-right-{node.now():%Y}").touch()
    if len(world.nodes) > 2 and drawn.chance(0.6):
        world.tell("heads are witnessed: more than half of all hosts make a quorum")
        for node in world.nodes:
            with node:
                proposing.write(proposing.propose())
    if len(world.nodes) > 2 and drawn.chance(0.5):
        liar = drawn.one(world.nodes)
        liar.hostile, world.lies = True, drawn.one([0.1, 0.3, 0.7])
        world.tell(f"{liar.name} is hostile")


def heal(world: World) -> None:
    """Mend what broke, and let everybody ask everybody until all know the same.

    First among liars, who may not keep the honest from agreeing; then the liars' own keepers end their
    forks with their roots, and all agree on everything.
    """
    world.net.cut.clear()
    world.net.weather = Weather()
    world.net.deliver_late()
    world.tell("— all is mended —")
    for node in world.everyone:
        node.disk.fuse, node.disk.synced = None, None
        if not node.alive:
            start(world, node)
    suspects = {log for node in world.nodes if node.hostile for log in node.logs} | world.doubtful
    calm(world, [log for log in world.shape.logs if log not in suspects])
    forks = set(world.find_forks())
    if forks - suspects:
        raise Broken("fork", f"{forks} forked, though honest and never in doubt")
    no_witness_ever_took_a_word_back(world)
    if suspects:
        reform(world)


def reform(world: World) -> None:
    """Let liars stop: their second processes end, and their roots say where a forked log goes on."""
    world.lies = 0.0
    for name, twin in world.twins.items():
        twin.stop()
        world.tell(f"the second process of {name} ends")
    world.twins.clear()
    for _ in range(MOST_FORKS):
        calm(world, [log for log in world.shape.logs if log not in world.find_forks()])
        forks = world.find_forks()
        shown(world, forks)
        for log, common in sorted(forks.items()):
            with world.holder(log):
                version = ceremonies.turn(log, common, keep=False)
            world.tell(f"the roots of {log} restart it at {common}, version {version}")
            world.restarted[log] = min(common, world.restarted.get(log, common))
        if not forks:
            return
    raise Broken("restarted", f"{world.find_forks()} are forked however often they are restarted")


def calm(world: World, logs: list[str]) -> None:
    """Let everybody ask everybody until all hold the same of these logs, and once more."""
    for _ in range(MOST_ROUNDS):
        agreed = world.agrees(logs)
        world.hand.move(timedelta(minutes=2))
        world.everybody(1)
        if agreed and world.agrees(logs):
            return
    sizes = {node.name: node.sizes() for node in world.honest}
    raise Broken("converged", f"after {MOST_ROUNDS} rounds: {sizes}, on {logs}")


def shown(world: World, forks: Iterable[str]) -> None:
    """Hold every honest node to knowing of every fork that honest nodes can know of together."""
    for node in world.honest:
        with node:
            missing = [log for log in sorted(forks) if not evidence.forked(log)]
        if missing:
            raise Broken("shown", f"{node.name} does not know that {missing} is forked")
