"""What our messages and theirs call things: ids, resource types, units, moments."""

import re
from datetime import UTC, datetime

from hansa.aid import catalogue
from hansa.aid.exchange.rm import Coded
from hansa.aid.words import Unit

ITEMS = "urn:x-hansa:item"
RTLT = "urn:x-hansa:rtlt"
UNITS = "urn:x-hansa:unit"
STATES = "urn:x-hansa:shipment-state"
"""The lists that our codes are of."""

_OURS = re.compile(r"^hansa:([a-z0-9-]{1,63}@[0-9]{1,15})#[A-Za-z]{1,60}\Z")


def message_id(position: str, kind: str) -> str:
    """Return the id of the message that a record makes: the same wherever it is written."""
    return f"hansa:{position}#{kind}"


def position_of(identifier: str) -> str | None:
    """Return the record that one of our message ids names; None for another's."""
    found = _OURS.match(identifier)
    return found[1] if found else None


def type_of(code: str) -> Coded:
    """Return a resource type: by its id in the Resource Typing Library Tool where it has one."""
    item = catalogue.items().get(code)
    rtlt = item.rtlt if item is not None else ""
    return Coded(rtlt, RTLT) if rtlt else Coded(code, ITEMS)


def unit_of(coded: Coded) -> Unit | None:
    """Return the unit that a code names, ours or by its plain word; None if it is not known here."""
    word = coded.value.strip().lower()
    known = {one.value: one for one in Unit} | {f"{one.value}s": one for one in Unit}
    known |= {"each": Unit.PIECE, "ea": Unit.PIECE, "people": Unit.PERSON, "boxes": Unit.BOX}
    return known.get(word)


def item_of(coded: Coded, name: str) -> str:
    """Return the code of the resource type that a message names: by code, RTLT id or exact name; nothing if none is known."""
    items = catalogue.items()
    wanted = coded.value.strip()
    if wanted in items:
        return wanted
    for code, item in items.items():
        if wanted and item.rtlt == wanted:
            return code
    named = {
        text.casefold(): code
        for code, item in items.items()
        for text in (item.name, item.name_es)
        if text
    }
    for text in (wanted, name.strip()):
        if text.casefold() in named:
            return named[text.casefold()]
    return ""


def read_moment(text: str) -> datetime | None:
    """Return the moment that a text says with its zone; None if it says none, or no zone."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    try:
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except OverflowError:
        return None
