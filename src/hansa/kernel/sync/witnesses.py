"""The nodes that members name in their logs, as witnesses of each other."""

from hansa.kernel.sync.models import Node
from hansa.kernel.witness.collecting import Keeper


def keepers() -> list[Keeper]:
    """Return what each member says of its node."""
    return [
        Keeper(node.home, node.witness, node.url, node.host)
        for node in Node.objects.order_by("home")
    ]
