"""Double entry for things: what leaves one place arrives at another, in the same record.

A place is a member's stock, a shipment on the way, or the world outside the pact. The sum over all
places of any item is zero, always; it only ever moves.
"""

from django.db.models import Sum

from hansa.aid.models import Posting
from hansa.kernel.context import Saying

WORLD = "world"


def stock_of(log: str) -> str:
    """Return the place where a member's own things are."""
    return f"{log}/stock"


def transit(shipment: str) -> str:
    """Return the place of things on the way."""
    return f"{shipment}/transit"


def move(saying: Saying, item: str, unit: str, quantity: int, *, source: tuple[str, str], to: tuple[str, str]) -> None:
    """Move `quantity` from one (place, owner) to another: two postings of this record that add up to nothing."""
    if quantity == 0:
        return
    for side, ((place, owner), signed) in enumerate(((source, -quantity), (to, quantity))):
        row = saying.open(Posting, f"post/{saying.index}/{place}/{side}")
        row.place, row.owner, row.item, row.unit = place, owner, item, unit
        row.quantity, row.record = signed, saying.position


def balances(**where: object) -> list[tuple[str, str, str, str, int]]:
    """Return (place, owner, item, unit, quantity) wherever it is not nothing, of the postings that match."""
    sums = Posting.objects.filter(**where).values_list("place", "owner", "item", "unit").annotate(total=Sum("quantity")).order_by("place", "item")
    return [row for row in sums if row[4]]


def discrepancy() -> list[tuple[str, str, int]]:
    """Return (item, unit, sum) of every item whose sum over all places is not zero. Empty, or the books are broken."""
    sums = Posting.objects.values_list("item", "unit").annotate(total=Sum("quantity"))
    return [row for row in sums if row[2]]
