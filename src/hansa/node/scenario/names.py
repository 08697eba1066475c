"""The names by which a scenario's lines cite each other, and whether each line makes sense before it is played."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hansa.kernel.fields import Field
from hansa.kernel.models import Row
from hansa.kernel.record import OFFICE, Record
from hansa.node.scenario.filling import Models, fillable
from hansa.node.scenario.lines import Line, unreadable
from hansa.node.scenario.nodes import Book
from hansa.node.scenario.working import decided
from hansa.pact.models import Charter, Member, Membership, Officer, Pact

if TYPE_CHECKING:
    from hansa.node.scenario.reading import Cast, Office

PACT = "pact"
CHARTER = "charter"
MEMBERSHIP = "membership"
APPOINTS, REGRANTS = "pact.officer/1", {"pact.officer-change/1", "pact.officer-end/1"}


def names_of(value: Any) -> list[str]:
    """Return the names in the value of a reference field: one, or a list."""
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, str)]


class Names:
    """What each name stands for, as a sort of row; grows line by line in the order of the story."""

    def __init__(self, members: "Iterable[Cast]", offices: "Iterable[Office]") -> None:
        """Start with what the player founds: members, their offices and memberships, the pact, its charter."""
        self.models: dict[str, type[Row] | None] = {PACT: Pact, CHARTER: Charter}
        self.can: dict[str, set[str]] = {}
        self.where: dict[str, int] = {}
        for member in members:
            self.models[member.log] = Member
            if member.founder:
                self.models[f"{member.log}/{MEMBERSHIP}"] = Membership
        for office in offices:
            self.models[office.key] = Officer
            self.can[office.key] = set(office.can)

    def check(self, book: Book, line: Line) -> None:
        """Note every problem of one line, then let later lines cite it."""
        self._author(book, line)
        cited = self._citations(book, line)
        self._fields(book, line, cited)
        self._remember(book, line)

    def _author(self, book: Book, line: Line) -> None:
        can = self.can.get(line.by)
        if can is None:
            known = (
                sorted(key for key in self.can if key.startswith(f"{line.log}/"))
                or sorted(self.can)[:3]
            )
            book.note(
                line.row("by"),
                f"{line.where}.by",
                f"“{line.by}” is no officer here.",
                f"log/handle of one, such as {', '.join(known)}",
            )
        elif line.kind.by not in {*can, OFFICE} and not line.refused:
            able = sorted(
                key
                for key, words in self.can.items()
                if key.startswith(f"{line.log}/") and line.kind.by in words
            )
            book.note(
                line.row("by"),
                f"{line.where}.by",
                f"{line.by} may not say {line.kind.kind}.",
                f"an office with the capability “{line.kind.by}”: {', '.join(able) or 'appoint one'}",
            )

    def _citations(self, book: Book, line: Line) -> dict[str, type[Row] | None]:
        """Judge the references; return the sort of row behind each field that cites one."""
        cited: dict[str, type[Row] | None] = {}
        for field in line.kind.fields:
            if field.type not in {"ref", "refs"} or field.name not in line.given:
                continue
            value = line.given[field.name]
            if not names_of(value) and value not in ([], None):
                self._wrong(
                    book, line, field, f"“{value}” is no name.", "the name of an earlier line"
                )
            for name in names_of(value):
                cited[field.name] = self._cited(book, line, field, name)
        return cited

    def _cited(self, book: Book, line: Line, field: Field, name: str) -> type[Row] | None:
        if name not in self.models:
            near = sorted(
                key for key, model in self.models.items() if model and issubclass(model, field.of)
            )[-6:]
            named = f": {', '.join(near)}" if near else ""
            self._wrong(
                book,
                line,
                field,
                f"Nothing before this line is called “{name}”.",
                f"the name of an earlier {field.of.__name__.lower()}{named}",
            )
            return None
        model = self.models[name]
        if field.of is not Row and not (model and issubclass(model, field.of)):
            sort = model.__name__.lower() if model else "record that opens nothing"
            self._wrong(
                book,
                line,
                field,
                f"“{name}” is a {sort}.",
                f"the name of a {field.of.__name__.lower()}",
            )
        return model

    def _fields(self, book: Book, line: Line, cited: Models) -> None:
        known = {field.name: field for field in line.kind.fields}
        told = decided(line.kind.kind)
        for name, value in line.given.items():
            field = known.get(name)
            if line.fact and not value:
                continue  # said already, by the fact's own name for it
            if field is None:
                book.note(
                    line.row(name),
                    f"{line.where}.with.{name}",
                    f"{line.kind.kind} has no such field.",
                    f"one of {', '.join(known)}",
                )
            elif told is not None and name not in told:
                self._wrong(
                    book,
                    line,
                    field,
                    "This is worked out when the line is said.",
                    f"nothing but {', '.join(sorted(told))}",
                )
            elif field.type not in {"ref", "refs"} and value is not None:
                found = unreadable(field, value)
                if found:
                    self._wrong(book, line, field, found, expected(field))
        for field in line.kind.fields:
            if (
                field.required
                and not line.fact
                and line.given.get(field.name) is None
                and not fillable(line.kind, field, cited, line.given)
            ):
                self._wrong(book, line, field, "It is missing.", expected(field))

    def _wrong(self, book: Book, line: Line, field: Field, found: str, expected: str) -> None:
        where = f"{line.where}.{field.name}" if line.fact else f"{line.where}.with.{field.name}"
        book.note(line.row(field.name), where, found, expected)

    def _remember(self, book: Book, line: Line) -> None:
        if line.kind.kind == APPOINTS and isinstance(line.given.get("handle"), str):
            key = f"{line.log}/{line.given['handle']}"
            self.models[key], self.can[key] = Officer, set(names_of(line.given.get("can")))
        if line.kind.kind in REGRANTS:
            for name in names_of(line.given.get("officer")):
                self.can[name] = set(names_of(line.given.get("can")))
        if not line.name:
            return
        if line.name in self.models:
            field = "id" if line.fact else "as"
            book.note(
                line.row(field),
                f"{line.where}.{field}",
                f"“{line.name}” is a name already.",
                "a name of its own",
            )
        self.models[line.name] = opened(line.kind)


def opened(kind: type[Record]) -> type[Row] | None:
    """Return the sort of row that a record of this kind opens at its own position, or None."""
    return kind.row if kind.subject is None and kind.suffix is Record.suffix else None


def expected(field: Field) -> str:
    """Return what the field takes, in few words."""
    match field.type:
        case "integer":
            words = f"a whole number from {field.least:,} to {field.most:,}"
        case "choice" | "choices":
            words = (
                f"{'one' if field.type == 'choice' else 'a list'} of {', '.join(field.of.values)}"
            )
        case "moment":
            words = "date, time and offset, such as 2025-06-07T20:30-07:00"
        case "flag":
            words = "true or false"
        case "ref" | "refs":
            words = f"the name of an earlier {field.of.__name__.lower()}" + (
                ", or a list of such names" if field.type == "refs" else ""
            )
        case "items":
            words = "a list of blocks" if field.most else "a block of fields"
        case _:
            words = f"a text of {field.least or 0} to {field.most:,} characters"
    return f"{str(field.label).rstrip('?')}: {words}"
