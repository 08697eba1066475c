"""What a scenario's line need not say, because a record that it cites says it already.

A pledge that cites a need follows it in call, form, item and unit; a receipt follows its shipment. The same
rules tell the reader of a file what may be missing and the player what to put there.
"""

from collections.abc import Mapping
from typing import Any

from hansa.aid import catalogue
from hansa.kernel.fields import Field
from hansa.kernel.models import Row
from hansa.kernel.record import Record
from hansa.node.scenario.working import decided
from hansa.pact import rules

FOLLOWS = frozenset({"quantity"})
"""Questions asked of a person whose answer is, unless said otherwise, all of what is cited."""

KEPT = frozenset({"urgency", "due", "place", "summary"})
"""What stays as it was in a row that is changed, unless said otherwise."""

PLAIN = frozenset({"ref", "choice", "text", "integer", "moment"})
NEAREST = ("back", "shipment", "pledge", "need", "call")
"""Which cited record is followed first, where a line cites several."""

OF_THE_PACT = frozenset({"pact", "charter"})
BY_ITEM = frozenset({"unit", "form"})
Models = Mapping[str, type[Row] | None]


def origin(kind: type[Record], field: Field, cited: Models) -> str | None:
    """Return which cited field's row holds the value of `field`, or None."""
    for name in sorted(cited, key=lambda name: NEAREST.index(name) if name in NEAREST else -1):
        model = cited[name]
        if model is None or name == field.name:
            continue
        role = kind.field(name).role
        if field.shown and field.name not in (FOLLOWS | KEPT if role == "upon" else FOLLOWS):
            continue
        if field.type in PLAIN and field.name in {
            one.attname for one in model._meta.concrete_fields
        }:
            return name
    return None


def fillable(kind: type[Record], field: Field, cited: Models, given: Mapping[str, Any]) -> bool:
    """Tell whether the player can fill in a field that the line leaves out."""
    if (
        decided(kind.kind) is not None
        or field.name in OF_THE_PACT
        or origin(kind, field, cited) is not None
    ):
        return True
    return field.name in BY_ITEM and isinstance(given.get("item"), str)


def fill(kind: type[Record], given: Mapping[str, Any], cited: Models) -> dict[str, Any]:
    """Return `given`, whose references are positions, with what follows from them filled in."""
    full = dict(given)
    rows: dict[str, Row | None] = {}
    for field in kind.fields:
        if field.name in full:
            continue
        source = origin(kind, field, cited)
        if source is None:
            value = _by_itself(field, full)
        else:
            model = cited[source]
            if model is not None and source not in rows:
                rows[source] = model._default_manager.filter(pk=given[source]).first()
            value = getattr(rows.get(source), field.name, None)
        if value not in (None, ""):
            full[field.name] = value
    return full


def _by_itself(field: Field, given: Mapping[str, Any]) -> Any:
    """Return what needs no cited row: the pact and its charter, and what an item is counted in."""
    if field.name in OF_THE_PACT:
        founded = rules.pact()
        return founded and (founded.key if field.name == "pact" else rules.charter_in_force().key)
    if field.name in BY_ITEM and "item" in given:
        item = catalogue.items().get(given["item"])
        return item and getattr(item, field.name)
    return None
