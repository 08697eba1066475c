"""What must hold once all is mended, whatever happened before."""

from collections.abc import Callable

from hansa.kernel import state
from hansa.kernel.fsck import fsck
from hansa.kernel.merkle import Frontier
from hansa.kernel.models import Entry, Fate, Log
from hansa.kernel.record import PACT
from tests.rig.nodes import Node
from tests.rig.world import World


class Broken(AssertionError):
    """A law that did not hold. `law` is its name, by which a smaller run is known to fail alike."""

    def __init__(self, law: str, words: str) -> None:
        super().__init__(f"{law}: {words}")
        self.law = law


def judge(world: World) -> None:
    """Hold the world to every law; Broken names the first that does not hold."""
    for law in LAWS:
        law(world)


def every_node_holds_the_same(world: World) -> None:
    first, *others = world.honest
    for node in others:
        if node.sizes() != first.sizes():
            raise Broken(
                "converged", f"{first.name} holds {first.sizes()}, {node.name} {node.sizes()}"
            )


def the_state_is_one(world: World) -> None:
    found = {node.name: pact_state(node) for node in world.honest}
    if len(set(found.values())) > 1:
        raise Broken("one state", f"{found}: {difference(world)}")


def fsck_is_clean(world: World) -> None:
    for node in world.honest:
        with node:
            report = fsck()
        if not report.ok:
            raise Broken("fsck", f"{node.name}: {report.text()}")


def rebuilding_changes_nothing(world: World) -> None:
    for node in world.honest:
        with node:
            before = state.state_hash()
            state.rebuild()
            if state.state_hash() != before:
                raise Broken("rebuild", f"{node.name} has another state after a rebuild")


def nothing_acknowledged_is_lost(world: World) -> None:
    for node in world.honest:
        with node:
            kept = {one.position: bytes(one.leaf) for one in Entry.objects.all()}
        for ack in world.acks:
            place = f"{ack.log}@{ack.index}"
            if (ack.log, ack.index) not in world.excused and kept.get(place) != ack.leaf:
                raise Broken("lost", f"{place} ({ack.words}) is not what {node.name} holds")


def every_published_head_is_a_prefix(world: World) -> None:
    for node in world.honest:
        with node:
            for log in Log.objects.filter(name__in=node.logs):
                frontier = Frontier()
                roots = {0: frontier.to_bytes()}
                for entry in Entry.objects.filter(log=log.name).order_by("index"):
                    frontier.append(bytes(entry.leaf))
                    roots[frontier.size] = frontier.to_bytes()
                for size, seen in world.published[log.name].items():
                    if roots.get(size) != seen:
                        raise Broken(
                            "prefix",
                            f"{log.name} was shown at size {size} with a root that it no longer has",
                        )


LAWS: tuple[Callable[[World], None], ...] = (
    every_node_holds_the_same,
    the_state_is_one,
    fsck_is_clean,
    rebuilding_changes_nothing,
    nothing_acknowledged_is_lost,
    every_published_head_is_a_prefix,
)


def pact_lines(node: Node) -> set[str]:
    """Return what the whole pact shares of a node's state, one line a row or fate."""
    with node:
        rows = {
            state.canonical(row).decode() for row in state.stored_rows() if row.audience == PACT
        }
        fates = {
            f"{one.position} {one.fate} {one.reason}"
            for one in Entry.objects.all()
            if one.audience == PACT and one.fate != Fate.DONE
        }
    return rows | fates


def pact_state(node: Node) -> str:
    """Return a hash of what the whole pact shares."""
    return str(hash(frozenset(pact_lines(node))))


def difference(world: World) -> str:
    """Say where the first two states that differ do so."""
    first, *others = world.honest
    mine = pact_lines(first)
    for node in others:
        theirs = pact_lines(node)
        if mine != theirs:
            return f"only {first.name}: {sorted(mine - theirs)[:3]}; only {node.name}: {sorted(theirs - mine)[:3]}"
    return "none"
