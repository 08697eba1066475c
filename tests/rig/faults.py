"""What disks and their keepers do: power cuts, torn pages, old backups; and what is truly lost with them."""

from base64 import b64encode

from django.db import DatabaseError

from hansa.kernel.errors import Untrusted
from hansa.kernel.fsck import fsck
from hansa.kernel.merkle import Frontier
from hansa.kernel.state import rebuild
from tests.rig.dice import Dice
from tests.rig.nodes import Node
from tests.rig.world import World


def lie(world: World, drawn: Dice) -> None:
    """Let a disk say from now on that it kept what it did not."""
    node = drawn.one(world.nodes)
    if node.disk.synced is None:
        node.disk.lie()
        world.tell(f"the disk of {node.name} keeps nothing from now on, and says that it does")


def power(world: World, drawn: Dice) -> None:
    """Cut a machine's power: what its disk did not keep is gone."""
    node = drawn.one(world.nodes)
    before = node.sizes()
    lied = node.disk.cut_power()
    node.alive = False
    world.tell(f"{node.name} loses power" + (", and its disk had lied" if lied else ""))
    if lied:
        went_back(world, node, before)


def back_up(world: World, drawn: Dice) -> None:
    """Let a node's staff copy its home."""
    node = drawn.one(world.nodes)
    if len(node.backups) < 3 and not node.torn:
        node.back_up()
        world.tell(f"{node.name} is backed up")


def restore(world: World, drawn: Dice) -> None:
    """Let a node's staff put an older copy back, for whatever reason."""
    node = drawn.one(world.nodes)
    if node.backups:
        put_back(world, node, drawn.randrange(len(node.backups)))


def put_back(world: World, node: Node, number: int) -> None:
    """Restore a backup of the database; the keys stay those that the home has."""
    before = {} if node.torn else node.sizes()
    node.disk.kill()
    backup = node.backups[number]
    node.restore(backup)
    node.alive = False
    world.tell(f"{node.name} gets back its backup of {backup.at:%d %H:%M}")
    went_back(world, node, before)


def tear(world: World, drawn: Dice) -> None:
    """Damage a page of a node's database, and kill its process."""
    node = drawn.one(world.honest)
    if node.torn or not node.backups:
        return
    before = node.sizes()
    how = node.disk.tear(drawn)
    node.alive, node.torn = False, how
    world.tell(f"the database of {node.name} is damaged: {how}")
    world.remembered[node.name] = before


def repair(world: World, node: Node) -> None:
    """Let the staff look at a damaged database: fsck, rebuild if that is enough, else the last backup."""
    node.alive = True
    try:
        with node:
            sound = fsck().ok or (rebuild() >= 0 and fsck().ok)
    except (DatabaseError, Untrusted, ValueError, OSError) as error:
        sound = False
        world.tell(f"{node.name} cannot be read: {error}")
    if sound:
        world.tell(f"{node.name} is sound again after a rebuild")
        node.torn = ""
        went_back(world, node, {})
        return
    put_back(world, node, len(node.backups) - 1)


def went_back(world: World, node: Node, before: dict[str, int]) -> None:
    """Work out what nobody on earth has any more, after a node forgot something."""
    before = before or world.remembered.pop(node.name, {})
    after = node.sizes()
    world.net.forget(node)
    others = [one for one in world.everyone if one is not node]
    for log in node.logs:
        kept = max([after.get(log, 0), *(one.sizes().get(log, 0) for one in others)])
        lost = list(range(kept, before.get(log, 0)))
        world.excused.update((log, i) for i in lost)
        if lost:
            world.tell(f"nobody has {log}@{lost[0]} to {log}@{lost[-1]} any more")
        content = b"".join(one.disk.read() for one in others)
        for size, tree in list(world.published[log].items()):
            root = b64encode(Frontier.from_bytes(tree).root())
            if size > after.get(log, 0) and root not in content:
                del world.published[log][size]
