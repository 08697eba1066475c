"""What happens to a world, one event after the other: words, questions, weather, deaths and lies."""

from collections.abc import Callable

from hansa.kernel import search
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.models import Log
from hansa.kernel.witness import asking
from tests.rig import ceremonies, faults
from tests.rig.acts import EVERYDAY, NothingToSay, Voice
from tests.rig.dice import Dice
from tests.rig.disk import Killed
from tests.rig.mischief import misbehave
from tests.rig.network import Weather, plainly
from tests.rig.nodes import Node
from tests.rig.world import World

Event = Callable[[World, Dice], None]


def say(world: World, drawn: Dice) -> None:
    """Let an officer say a few things on a node that runs."""
    node = drawn.one([*world.nodes, *world.twins.values()])
    for _ in range(drawn.randint(1, 4)):
        if not node.alive:
            return
        log = drawn.one(node.logs)
        if node.hostile and drawn.chance(0.5):
            deceive(world, node, log, drawn)
        else:
            speak(world, node, log, drawn)


def speak(world: World, node: Node, log: str, drawn: Dice) -> None:
    """Let an honest officer say one thing through the door."""
    what = drawn.weighed({name: weight for name, (weight, _act) in EVERYDAY.items()})
    words = f"{log} {what}"
    voice = Voice(log, drawn)
    try:
        with node:
            place = EVERYDAY[what][1](voice)
    except NothingToSay:
        return
    except Refused as error:
        world.tell(f"{words}: refused ({error.code or error})")
    except Killed:
        world.died(node, words)
    else:
        world.tell(f"{words} ({place})")
        world.acknowledge(node, place, words, voice)


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
    node = drawn.one([*world.nodes, *world.twins.values()])
    others = [peer for peer in world.nodes if peer.url != node.url]
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
    bad = [drawn.one([0.0, 0.0, 0.1, 0.4]) for _ in range(5)]
    world.net.weather = Weather(*bad)
    world.tell(f"the weather turns: {world.net.weather.words}")


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
    """Start a node's process again, as its staff does: after a damage, fsck first, and a backup if it must be."""
    if node.torn:
        faults.repair(world, node)
    node.start()
    world.tell(f"{node.name} starts")
    world.check(node)


def late(world: World, drawn: Dice) -> None:
    """Let what was under way arrive after all."""
    if world.net.waiting:
        world.tell(f"{len(world.net.waiting)} late questions arrive")
        world.net.deliver_late()


def index(world: World, drawn: Dice) -> None:
    """Let a worker bring its search index up to date."""
    node = drawn.one(world.nodes)
    if not node.alive:
        return
    try:
        with node:
            search.catch_up()
    except Killed:
        world.died(node, "it brings its index up to date")


def witness(world: World, drawn: Dice) -> None:
    """Let a node ask the witnesses of its policy to cosign its heads."""
    node = drawn.one(world.everyone)
    if not node.alive:
        return
    try:
        with node:
            count = asking.ask_round(plainly(world.net, node))
    except Killed:
        world.died(node, "it asks its witnesses")
    else:
        if count:
            world.tell(f"{node.name} has its heads cosigned ({count} times)")


def fork(world: World, drawn: Dice) -> None:
    """Let a hostile node start a second process on a copy of its home, and show it to some of the others."""
    for node in world.nodes:
        if node.hostile and node.alive and node.name not in world.twins:
            others = [one.name for one in world.nodes if one is not node]
            world.fork(node, drawn.some(others, 1))


def turn(world: World, drawn: Dice) -> None:
    """Let the roots of a log name a new key, from its present end on."""
    node = drawn.one(world.honest)
    if not node.alive or node.torn:
        return
    log = drawn.one(node.logs)
    try:
        with node:
            version = ceremonies.turn(log, Log.objects.get(name=log).size)
    except Killed:
        world.died(node, f"{log} turns its key")
    else:
        world.tell(f"{log} turns its key, version {version}")


EVENTS: dict[str, tuple[float, Event]] = {
    "say": (12, say),
    "pull": (12, pull),
    "witness": (4, witness),
    "cut": (1.5, cut),
    "mend": (1, mend),
    "weather": (2, weather),
    "kill": (2, kill),
    "rise": (2, rise),
    "late": (1, late),
    "index": (0.7, index),
    "fork": (1, fork),
    "turn": (0.5, turn),
    "lie": (0.4, faults.lie),
    "power": (1, faults.power),
    "back up": (1, faults.back_up),
    "restore": (0.3, faults.restore),
    "tear": (0.3, faults.tear),
}
"""What may happen, and how often."""
