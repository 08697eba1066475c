"""Tiles of a log out of the database, byte for byte as an export writes them (C2SP tlog-tiles)."""

from hansa.kernel.merkle import Subtrees
from hansa.kernel.models import Entry
from hansa.kernel.note import Checkpoint
from hansa.kernel.sync import proofs
from hansa.kernel.tiles import HEIGHT, WIDTH, Tile, needed, pack_bundle


def tile(name: str, head: Checkpoint, path: str) -> bytes | None:
    """Return the tile at this path of a log whose head is `head`; None if that tree has no such tile.

    Untrusted if the path is not spelled as the standard spells it.
    """
    wanted = Tile.parse(path)
    if not needed(wanted, head.size):
        return None
    first = wanted.index * WIDTH
    if wanted.level is None:
        headers = Entry.objects.filter(
            log=name, index__gte=first, index__lt=first + wanted.width
        ).order_by("index")
        return pack_bundle([bytes(one) for one in headers.values_list("header", flat=True)])
    tree: Subtrees = proofs.tree_of(name, head)
    level = wanted.level * HEIGHT
    return b"".join(tree.complete(level, first + i) for i in range(wanted.width))
