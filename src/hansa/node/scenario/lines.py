"""One line of a scenario: a fact of the public record, or an act of somebody, both in terms of record kinds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hansa.kernel.errors import Refused
from hansa.kernel.fields import Field
from hansa.kernel.record import FOUNDING, KINDS, NODE, Record
from hansa.node.scenario.nodes import Entry

FACT = "pact.fact/1"
CALL = "pact.call/1"
CALL_END = "pact.call-end/1"
FOUNDED = "pact.pact/1"
ACT = ("at", "by", "say", "as", "with", "expect", "because", "audience")
FACT_FIELDS = ("id", "at", "precision", "by", "text", "place", "sources", "figure", "differs_from")


@dataclass(frozen=True, slots=True)
class Line:
    """What is said when, by which office. `given` are the fields as written, names not yet resolved.

    `name` is what later lines call it by; `refused` tells that it must be refused, with `because` in the
    sentence; `rows` are the lines of the file at which the fields stand.
    """

    number: int
    at: datetime
    by: str
    kind: type[Record]
    given: Mapping[str, Any]
    line: int
    where: str
    name: str = ""
    fact: bool = False
    refused: bool = False
    because: str = ""
    audience: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def log(self) -> str:
        """Return the log in which it is said."""
        return self.by.partition("/")[0]

    def row(self, name: str | None) -> int:
        """Return the line of the file at which a field stands."""
        return self.rows.get(name or "", self.line)


def read_act(entry: Entry, number: int) -> Line | None:
    """Read one act; None, with its problems noted, where it cannot be understood at all."""
    entry.only(*ACT)
    at, by = (
        entry.moment("at"),
        entry.text("by", "log/handle of an officer, such as us-ca/duty-officer"),
    )
    kind = _kind(entry)
    said = entry.block("with")
    audience = entry.text("audience", "an audience", default="")
    if kind is not None and audience and audience not in kind.audiences:
        entry.wrong(
            "audience",
            f"{kind.kind} is not for “{audience}”.",
            f"one of {', '.join(kind.audiences)}",
        )
    expect = entry.text("expect", "“refused”", default="")
    if expect not in {"", "refused"}:
        entry.wrong("expect", f"“{expect}” is nothing to expect.", "“refused”, or no such field")
    given = {name: said.plain(name) for name in said.nodes} if said and kind else {}
    rows = {name: said.line_of(name) for name in said.nodes} if said else {}
    if at is None or kind is None:
        return None
    return Line(
        number, at, by, kind, given, entry.line, entry.where, name=entry.text("as", "a name", default=""),
        refused=expect == "refused", because=entry.text("because", "part of the refusal", default=""),
        audience=audience, rows=rows,
    )  # fmt: skip


def _kind(entry: Entry) -> type[Record] | None:
    tag = entry.text("say", "a kind of record, such as aid.pledge/1")
    kind = KINDS.get(tag)
    if tag and (kind is None or kind.by in {FOUNDING, NODE} or tag == FOUNDED):
        known = ", ".join(
            sorted(
                tag
                for tag, one in KINDS.items()
                if one.by not in {FOUNDING, NODE} and tag != FOUNDED
            )
        )
        found = (
            f"“{tag}” is no kind of record."
            if kind is None
            else "A node says this by itself."
            if kind.by == NODE
            else "The player itself opens the logs and founds the pact."
        )
        entry.wrong("say", found, f"one of {known}")
        return None
    return kind


def read_fact(entry: Entry, number: int) -> Line | None:
    """Read one fact as the record that says it; its true time stands in `when`."""
    entry.only(*FACT_FIELDS)
    at = entry.moment("at")
    given: dict[str, Any] = {
        "text": entry.text("text", "what happened, in plain words"),
        "sources": _sources(entry),
    }
    if at is not None:
        given["when"] = at
    for name in ("precision", "place", "differs_from"):
        if name in entry:
            given[name] = entry.plain(name)
    figure = _figure(entry)
    if figure:
        given["figure"] = figure
    name = entry.text("id", "a short name for the fact")
    by = entry.text("by", "log/handle of an officer who may record facts")
    if at is None:
        return None
    rows = {field: entry.line_of(field) for field in entry.nodes}
    return Line(
        number, at, by, KINDS[FACT], given, entry.line, entry.where, name=name, fact=True, rows=rows
    )


def _sources(entry: Entry) -> list[dict[str, str]]:
    if "sources" not in entry:
        entry.wrong(
            "sources",
            "It is missing: a fact without a source is no fact.",
            "at least one {title, publisher, date, url}",
        )
    found = []
    for source in entry.blocks("sources"):
        source.only("title", "publisher", "date", "url", "approximate")
        title = source.text("title", "what the document is")
        if source.plain("approximate") is True:
            title = f"{title} (date approximate)"
        found.append(
            {
                "title": title,
                "publisher": source.text("publisher", "who published it"),
                "date": source.text("date", "a day, such as 2025-06-07"),
                "url": source.text("url", "an address", default=""),
            }
        )
    return found


def _figure(entry: Entry) -> dict[str, Any] | None:
    """Return the figure if it is a whole number; one that is not stands in the fact's text alone."""
    figure = entry.block("figure")
    if figure is None:
        return None
    figure.only("what", "value", "unit")
    what, unit = figure.text("what", "what is counted"), figure.text("unit", "the unit")
    if "value" not in figure:
        figure.wrong("value", "It is missing.", "a number, or a text in quotes")
    value = figure.plain("value")
    return {"what": what, "value": value, "unit": unit} if isinstance(value, int) else None


def unreadable(field: Field, value: Any) -> str:
    """Return why the field cannot hold the value, or nothing. References are names here and judged elsewhere."""
    several = field.type == "choices" or (field.type == "items" and field.most is not None)
    if several and not isinstance(value, list):
        return "This is no list."
    try:
        field.read(value)
    except Refused as refusal:
        return refusal.sentence
    except (TypeError, ValueError, AttributeError):
        return f"“{value}” does not fit."
    return ""
