"""Double entry for things: what leaves one place arrives at another, in the same record.

A place is a member's stock, a shipment on the way, or the world outside the pact. The sum over all
places of any item is zero, always; it only ever moves. A member's stock row is for its own officers: what
anyone else may read never depends on it, so only its own node judges whether a pledge touches the reserve.
"""

from django.db.models import Sum
from django.utils.translation import gettext as _

from hansa.aid.models import Posting, Receipt, Shipment, Stock
from hansa.aid.shelf import Shelf, shelf
from hansa.aid.words import Unit
from hansa.kernel.context import Saying, blank
from hansa.kernel.errors import Refused
from hansa.kernel.record import OWN
from hansa.kernel.ref import home_of
from hansa.pact.words import Form

WORLD = "world"


def stock_of(log: str) -> str:
    """Return the place where a member's own things are."""
    return f"{log}/stock"


def transit(shipment: str) -> str:
    """Return the place of things on the way."""
    return f"{shipment}/transit"


def stock(saying: Saying, item: str, unit: Unit) -> Stock:
    """Return the author's stock row of an item, to be changed; new if there is none. Never read by others.

    A blank that nobody keeps, where the author's log is not written here, or where its stock is counted otherwise.
    """
    row = saying.open(Stock, f"stock/{item}", OWN)
    if row.idle:
        row.item, row.unit = item, unit.value
    return row if row.unit == unit.value else blank(Stock)


def wrong_unit(saying: Saying, item: str, unit: Unit) -> str | None:
    """Return the void code of a count in another unit than the author's stock has, or None."""
    row = saying.sub(Stock, f"stock/{item}")
    return "unit" if row is not None and not row.idle and row.unit != unit.value else None


def require_unit(saying: Saying, item: str, unit: Unit) -> None:
    """Refuse, for `check`, to move what the author's stock counts in another unit."""
    if wrong_unit(saying, item, unit):
        raise Refused(
            _("Your own stock counts this in another unit, so it cannot be kept in step."),
            field="quantity",
            code="unit",
        )


def bound(saying: Saying, item: str) -> Shelf | None:
    """Return, for `check`, the author's stock against which promises of an item are held; None where there is none."""
    row = saying.sub(Stock, f"stock/{item}")
    return shelf(row) if row is not None and row.bounded else None


def count(saying: Saying, row: Stock, quantity: int) -> None:
    """Bring the stock to what was counted; the difference came from, or went to, the world."""
    here, outside = (stock_of(saying.log), saying.log), (WORLD, saying.log)
    _move(saying, 0, (row.item, row.unit), quantity - row.quantity, outside, here)
    row.quantity = quantity


def send(saying: Saying, shipment: Shipment, row: Stock) -> None:
    """Let what is shipped leave the author's stock; in transit it is still the author's."""
    here, away = (stock_of(saying.log), saying.log), (transit(shipment.key), saying.log)
    _move(saying, 0, (shipment.item, shipment.unit), shipment.quantity, here, away)
    row.quantity -= shipment.quantity


def receive(saying: Saying, receipt: Receipt, quantity: int) -> None:
    """Let what came be the receiver's: supplies in its stock, finished work in use outside."""
    goods = receipt.form == Form.MATERIAL.value
    away = (transit(receipt.shipment), home_of(receipt.shipment))
    here = (stock_of(saying.log) if goods else WORLD, saying.log)
    _move(saying, 0, (receipt.item, receipt.unit), quantity, away, here)
    if goods:
        stock(saying, receipt.item, Unit(receipt.unit)).quantity += quantity


def settle(saying: Saying, shipment: Shipment, *, returned: int, lost: int) -> None:
    """Let what came back be in its sender's stock again; what is lost has left the pact."""
    thing, away = (shipment.item, shipment.unit), (transit(shipment.key), saying.log)
    _move(saying, 0, thing, returned, away, (stock_of(saying.log), saying.log))
    _move(saying, 1, thing, lost, away, (WORLD, saying.log))
    stock(saying, shipment.item, Unit(shipment.unit)).quantity += returned


def _move(
    saying: Saying,
    leg: int,
    thing: tuple[str, str],
    quantity: int,
    source: tuple[str, str],
    to: tuple[str, str],
) -> None:
    """Write the two postings of one leg of this record, which add up to nothing."""
    if quantity == 0:
        return
    for side, ((place, owner), signed) in enumerate(((source, -quantity), (to, quantity))):
        row = saying.fresh(Posting, f"{leg}/{side}")
        row.place, row.owner, row.record = place, owner, saying.position
        (row.item, row.unit), row.quantity = thing, signed


def balances(**where: object) -> list[tuple[str, str, str, str, int]]:
    """Return (place, owner, item, unit, quantity) wherever it is not nothing, of the postings that match."""
    sums = (
        Posting.objects.filter(**where)
        .values_list("place", "owner", "item", "unit")
        .annotate(total=Sum("quantity"))
        .order_by("place", "item")
    )
    return [row for row in sums if row[4]]


def discrepancy() -> list[tuple[str, str, int]]:
    """Return (item, unit, sum) of every item whose sum over all places is not zero. Empty, or the books are broken."""
    sums = Posting.objects.values_list("item", "unit").annotate(total=Sum("quantity")).order_by()
    return [row for row in sums if row[2]]
