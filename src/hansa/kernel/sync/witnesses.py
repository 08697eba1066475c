"""The nodes that members name in their logs, as witnesses of each other, and the way to ask them."""

from hansa.kernel.errors import Untrusted
from hansa.kernel.sync import follow
from hansa.kernel.sync.line import LARGEST_SMALL, SMALL
from hansa.kernel.sync.models import Node
from hansa.kernel.sync.transport import Transport, Unreachable
from hansa.kernel.witness import asking, starting
from hansa.kernel.witness.asking import Ask
from hansa.kernel.witness.nodes import Keeper


def keepers() -> list[Keeper]:
    """Return what each member says of its node."""
    return [
        Keeper(node.home, node.witness, node.url, node.host)
        for node in Node.objects.order_by("home")
    ]


def by(transport: Transport) -> Ask:
    """Return how the witnesses are asked through this transport."""

    def ask(url: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        try:
            return transport.ask(url, path, body, most=LARGEST_SMALL, seconds=SMALL, token=None)
        except Unreachable as error:
            raise Untrusted(error.sentence) from error

    return ask


def ask_round(transport: Transport) -> int:
    """Ask the policy's witnesses for whatever they have not cosigned yet; return how many cosigned something."""
    return asking.ask_round(by(transport))


def check_start(transport: Transport, *, together: int = 16) -> bool:
    """Ask peers and witnesses how far the logs kept here have come; True if this process may now sign."""
    return starting.check_start(by(transport), list(follow.peers()), together=together)
