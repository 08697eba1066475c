"""What must hold once all is mended, whatever happened before."""

from collections.abc import Callable

from hansa.kernel import state
from hansa.kernel.fsck import fsck
from hansa.kernel.merkle import Frontier
from hansa.kernel.models import Entry, Erasure, Fate, Log
from hansa.kernel.witness import evidence
from hansa.kernel.witness.models import Evidence
from tests.rig.broken import Broken
from tests.rig.nodes import Node
from tests.rig.world import Ack, Word, World


def judge(world: World) -> None:
    """Hold the world to every law; Broken names the first that does not hold."""
    for law in LAWS:
        law(world)


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
    """On one node: that rows are what a replay gives, fsck has seen on all."""
    node = world.honest[0]
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
            if not ack.honest or excused(world, ack) or kept.get(ack.place) == ack.leaf:
                continue
            raise Broken("lost", f"{ack.place} ({ack.words}) is not what {node.name} holds")


def excused(world: World, ack: Ack) -> bool:
    """Tell whether a record may be gone: lost with the only disk that had it, or cut off by its log's own roots."""
    return (ack.log, ack.index) in world.excused or world.restarted.get(
        ack.log, ack.index + 1
    ) <= ack.index


def secrets_stay_with_their_readers(world: World) -> None:
    """No node's whole database holds a word, or a row, of what was said for others alone."""
    for node in world.everyone:
        content = node.disk.read()
        with node:
            rows = {row.key for row in state.stored_rows()}
        for ack in world.acks:
            if ack.readers is None or ack.readers & set(node.logs):
                continue
            if ack.mark.encode() in content or ack.place in rows:
                raise Broken("secret", f"{node.name} holds something of {ack.place} ({ack.words})")


def what_is_erased_is_gone(world: World) -> None:
    said = [ack for ack in world.acks if ack.mark and ack.honest and not excused(world, ack)]
    marks = {ack.place: ack.mark for ack in said}
    for node in world.honest:
        with node:
            orders = list(Erasure.objects.values_list("target", flat=True))
        content = node.disk.read()
        for target in orders:
            if target in marks and marks[target].encode() in content:
                raise Broken("erased", f"{node.name} still holds words of {target}")


def nobody_honest_is_accused(world: World) -> None:
    for node in world.honest:
        with node:
            accused = {one.log for one in Evidence.objects.all()}
            standing = [log for log in world.shape.logs if evidence.forked(log)]
        liars = {log for one in world.nodes if one.hostile for log in one.logs} | world.doubtful
        if accused - liars:
            raise Broken("accused", f"{node.name} accuses {accused - liars}, who are honest")
        if standing:
            raise Broken("restarted", f"{node.name} takes {standing} for forked after the restart")


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


def no_witness_ever_took_a_word_back(world: World) -> None:
    """What an honest witness cosigned of a log lies on one branch and never got smaller. To be asked before roots cut anything back."""
    honest = {node.name for node in world.honest}
    trees: dict[str, list[dict[int, bytes]]] = {}
    last: dict[tuple[str, str], Word] = {}
    for word in world.cosignatures:
        if word.witness not in honest:
            continue
        before = last.get((word.witness, word.log))
        if before and word.size < before.size:
            raise Broken(
                "rolled back",
                f"{word.witness} cosigned {word.log}@{word.size} after @{before.size}",
            )
        if before and not any(
            tree.get(word.size) == word.root and tree.get(before.size) == before.root
            for tree in trees.setdefault(word.log, branches(world, word.log))
        ):
            raise Broken("inconsistent", f"{word.witness} cosigned two branches of {word.log}")
        last[word.witness, word.log] = word


def branches(world: World, log: str) -> list[dict[int, bytes]]:
    """Return the roots by size of every branch of a log that any process holds."""
    found = []
    for node in world.everyone:
        frontier = Frontier()
        roots = {0: frontier.root()}
        for leaf in world.leaves(node, log):
            frontier.append(leaf)
            roots[frontier.size] = frontier.root()
        found.append(roots)
    return found


LAWS: tuple[Callable[[World], None], ...] = (
    the_state_is_one,
    fsck_is_clean,
    rebuilding_changes_nothing,
    nothing_acknowledged_is_lost,
    every_published_head_is_a_prefix,
    secrets_stay_with_their_readers,
    what_is_erased_is_gone,
    nobody_honest_is_accused,
)


def pact_lines(node: Node) -> set[str]:
    """Return what the whole pact shares of a node's state, one line a row or fate."""
    with node:
        rows = {state.canonical(row).decode() for row in state.stored_rows(pact=True)}
        fates = {" ".join(fate) for fate in state.stored_fates(pact=True) if fate[1] != Fate.DONE}
    return rows | fates


def pact_state(node: Node) -> str:
    """Return a hash of what the whole pact shares."""
    with node:
        return state.state_hash(pact=True)


def difference(world: World) -> str:
    """Say where the first two states that differ do so."""
    first, *others = world.honest
    mine = pact_lines(first)
    for node in others:
        theirs = pact_lines(node)
        if mine != theirs:
            return f"only {first.name}: {sorted(mine - theirs)[:3]}; only {node.name}: {sorted(theirs - mine)[:3]}"
    return "none"
