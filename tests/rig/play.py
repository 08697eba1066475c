"""What a seed makes happen: its world, its events one by one, and the healing at the end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hansa.kernel.errors import Refused, Untrusted
from tests.rig.acts import EVERYDAY, NothingToSay, Voice
from tests.rig.dice import Dice, dice, loaded
from tests.rig.disk import Killed
from tests.rig.mischief import misbehave
from tests.rig.network import Weather
from tests.rig.nodes import Node
from tests.rig.world import Shape, World, found

Event = Callable[[World, Dice], None]

SHAPES = (
    Shape((("ada",), ("bel",))),
    Shape((("ada",), ("bel",), ("cyd",))),
    Shape((("ada", "bel"), ("cyd",), ("dov",))),
    Shape((("ada",), ("bel",), ("cyd",), ("dov",))),
    Shape((("ada",), ("bel", "cyd"), ("dov",), ("eno",), ("fay",))),
)


@dataclass(frozen=True)
class Plan:
    """All that a seed decides before anything happens. `kept` names the events that are played, all if None."""

    seed: int
    kept: tuple[int, ...] | None = None

    @property
    def shape(self) -> Shape:
        """Return which nodes there are."""
        return dice(self.seed, "shape").one(SHAPES)

    @property
    def events(self) -> list[tuple[int, str]]:
        """Return the events to play, each with its number."""
        drawn = dice(self.seed, "events")
        weights = {name: weight for name, (weight, _event) in EVENTS.items()}
        planned = [drawn.weighed(weights) for _ in range(drawn.randint(20, 60))]
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
        world.hand.move(timedelta(seconds=drawn.randint(1, 3600)))
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
    if len(world.nodes) > 2 and drawn.chance(0.4):
        liar = drawn.one(world.nodes)
        liar.hostile = True
        world.tell(f"{liar.name} is hostile")


def say(world: World, drawn: Dice) -> None:
    """Let an officer say a few things on a node that runs."""
    node = drawn.one(world.nodes)
    if not node.alive:
        return
    for _ in range(drawn.randint(1, 4)):
        log = drawn.one(node.logs)
        if node.hostile and drawn.chance(0.5):
            deceive(world, node, log, drawn)
        else:
            speak(world, node, log, drawn)
        if not node.alive:
            return


def speak(world: World, node: Node, log: str, drawn: Dice) -> None:
    """Let an honest officer say one thing through the door."""
    what = drawn.weighed({name: weight for name, (weight, _act) in EVERYDAY.items()})
    words = f"{log} {what}"
    try:
        with node:
            place = EVERYDAY[what][1](Voice(log, drawn))
    except NothingToSay:
        return
    except Refused as error:
        world.tell(f"{words}: refused ({error.code or error})")
    except Killed:
        world.died(node, words)
    else:
        world.tell(f"{words} ({place})")
        world.acknowledge(node, place, words)


def deceive(world: World, node: Node, log: str, drawn: Dice) -> None:
    """Let a hostile node write an entry that no honest one would."""
    try:
        with node:
            trick = misbehave(log, drawn)
    except Killed:
        world.died(node, f"{log} plays a trick")
    except Untrusted as error:
        world.tell(f"{log} plays a trick that its own node refuses: {error}")
    else:
        world.tell(f"{log} plays a trick: {trick}")


def pull(world: World, drawn: Dice) -> None:
    """Let a node ask one or all of the others."""
    node = drawn.one(world.nodes)
    others = [peer for peer in world.nodes if peer is not node]
    for peer in others if drawn.chance(0.3) else [drawn.one(others)]:
        if node.alive:
            world.pull(node, peer)


def cut(world: World, drawn: Dice) -> None:
    """Cut some of the ways between nodes."""
    pairs = [frozenset({a.name, b.name}) for a in world.nodes for b in world.nodes if a is not b]
    ordered = sorted(set(pairs), key=sorted)
    for pair in drawn.some(ordered, 1):
        world.net.cut.add(pair)
    world.tell(
        "cut: " + ", ".join(" – ".join(sorted(pair)) for pair in sorted(world.net.cut, key=sorted))
    )


def mend(world: World, drawn: Dice) -> None:
    """Mend every way."""
    if world.net.cut:
        world.net.cut.clear()
        world.tell("every way is mended")


def weather(world: World, drawn: Dice) -> None:
    """Let the weather change."""
    if drawn.chance(0.3):
        world.net.weather = Weather()
        world.tell("the weather is calm")
        return
    bad = [drawn.one([0.0, 0.1, 0.4]) for _ in range(3)]
    world.net.weather = Weather(*bad)
    world.tell(f"the weather turns: {world.net.weather}")


def kill(world: World, drawn: Dice) -> None:
    """Let a process die at some statement or commit to come, or now."""
    node = drawn.one(world.nodes)
    if not node.alive:
        return
    if drawn.chance(0.3):
        node.stop()
        world.tell(f"{node.name} is killed while it does nothing")
        return
    fuse = drawn.one([drawn.randint(0, 5), drawn.randint(0, 40), drawn.randint(0, 200)])
    with node:
        node.disk.light(fuse)


def rise(world: World, drawn: Dice) -> None:
    """Start what was killed."""
    for node in world.nodes:
        if not node.alive and drawn.chance(0.7):
            start(world, node)


def start(world: World, node: Node) -> None:
    """Start a node's process again, as its staff does."""
    node.start()
    world.tell(f"{node.name} starts")


EVENTS: dict[str, tuple[float, Event]] = {
    "say": (12, say),
    "pull": (12, pull),
    "cut": (1.5, cut),
    "mend": (1, mend),
    "weather": (2, weather),
    "kill": (2, kill),
    "rise": (2, rise),
}


def heal(world: World) -> None:
    """Mend every way, calm the weather, start what is down, and let everybody ask everybody until nothing is new."""
    world.net.cut.clear()
    world.net.weather = Weather()
    world.tell("— all is mended —")
    for node in world.nodes:
        node.disk.fuse = None
        if not node.alive:
            start(world, node)
    for _ in range(8):
        before = [node.sizes() for node in world.nodes]
        world.hand.move(timedelta(minutes=10))
        world.everybody(1)
        if before == [node.sizes() for node in world.nodes]:
            return
    raise AssertionError("eight rounds after the cut healed, something was still new")
