"""Read a scenario file and say of every wrong line what was expected there.

`docs/reference/scenarios.md` is the format's description for people; this is its meaning.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

from hansa.kernel.ref import is_log_name
from hansa.node.scenario.lines import CALL, CALL_END, Line, read_act, read_fact
from hansa.node.scenario.names import Names
from hansa.node.scenario.nodes import Book, Entry
from hansa.pact.words import Capability, MemberType

PACT_NAME = "Pact of cities and states"
OLD_WORDS = {"legal": "duty"}
"""Capabilities that a file may name and that this version knows under another name."""


@dataclass(frozen=True, slots=True)
class Cast:
    """A member as the file names it. `founder` tells whether it is there from the beginning."""

    log: str
    name: str
    type: str
    state: str
    seat: str
    zone: str
    founder: bool
    line: int


@dataclass(frozen=True, slots=True)
class Office:
    """An office of a member and what it may do."""

    log: str
    handle: str
    title: str
    can: tuple[str, ...]
    line: int

    @property
    def key(self) -> str:
        """Return the name by which lines cite it: `log/handle`."""
        return f"{self.log}/{self.handle}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story that can be played: who takes part, and every line in the order in which it is said."""

    file: str
    id: str
    title: str
    about: str
    pact: str
    starts: datetime
    ends: datetime
    zone: str
    members: tuple[Cast, ...]
    offices: tuple[Office, ...]
    lines: tuple[Line, ...]


def read_scenario(path: Path) -> Scenario:
    """Read the file; Wrong lists every line that does not hold, with its field and what was expected."""
    book = Book(path)
    root = book.root
    root.only("scenario", "members", "officers", "facts", "acts")
    head = root.block("scenario")
    if head is None:
        book.stop(
            root.line,
            "scenario",
            "It is missing.",
            "a block “scenario:” with id, title, starts, ends, zone",
        )
    head.only("id", "title", "about", "starts", "ends", "zone", "pact")
    starts, ends = head.moment("starts"), head.moment("ends")
    zone = _zone(head)
    told = {
        "id": head.text("id", "a short name, such as los-angeles-2025"),
        "title": head.text("title", "the story's title"),
        "about": head.text("about", "what the story is", default=""),
        "pact": head.text("pact", "the pact's name", default=PACT_NAME),
    }
    members, offices = _members(root), _offices(root)
    names = Names(members, offices)
    _complete(book, members, offices)
    if starts is None or ends is None:
        book.done()
        raise AssertionError("a missing moment was noted")
    if ends <= starts:
        head.wrong("ends", "It ends before it starts.", "a moment after “starts”")
    facts = [read_fact(entry, n) for n, entry in enumerate(root.blocks("facts"))]
    acts = [read_act(entry, n) for n, entry in enumerate(root.blocks("acts"))]
    lines = _in_order(book, [line for line in [*facts, *acts] if line], starts, ends)
    for line in lines:
        names.check(book, line)
    book.done()
    return Scenario(
        file=str(path), starts=starts, ends=ends, zone=zone,
        members=tuple(members), offices=tuple(offices), lines=tuple(lines), **told,
    )  # fmt: skip


def _zone(entry: Entry) -> str:
    zone = entry.text("zone", "a time zone, such as America/Chicago")
    if zone and zone not in _zones():
        entry.wrong("zone", f"“{zone}” is no time zone.", "one such as America/Chicago")
    return zone


@cache
def _zones() -> frozenset[str]:
    """Return the names of all time zones, looked up once: it walks through hundreds of files."""
    return frozenset(available_timezones())


def _members(root: Entry) -> list[Cast]:
    found: dict[str, Cast] = {}
    for entry in root.blocks("members"):
        entry.only(
            "log",
            "name",
            "kind",
            "state",
            "lat",
            "lon",
            "zone",
            "languages",
            "population",
            "founder",
        )
        log = entry.text("log", "the log's name, such as us-il-chicago")
        if log and not is_log_name(log):
            entry.wrong(
                "log", f"“{log}” cannot name a log.", "lower-case letters, digits and hyphens"
            )
        if log in found:
            entry.wrong("log", f"{log} is listed before.", "each member once")
        kind = entry.text("kind", f"one of {', '.join(MemberType.values)}")
        if kind and kind not in MemberType.values:
            entry.wrong(
                "kind",
                f"“{kind}” is no sort of government.",
                f"one of {', '.join(MemberType.values)}",
            )
        state = entry.text("state", "a state's two letters, such as IL")
        if state and len(state) != 2:  # noqa: PLR2004 - two letters
            entry.wrong("state", f"“{state}” is no state.", "two letters, such as IL")
        lat, lon = (
            entry.number("lat", "degrees, such as 41.8838"),
            entry.number("lon", "degrees, such as -87.6319"),
        )
        seat = f"{lat:g}, {lon:g}" if lat is not None and lon is not None else ""
        found[log] = Cast(
            log,
            entry.text("name", "the member's name"),
            kind,
            state,
            seat,
            _zone(entry),
            entry.plain("founder") is not False,
            entry.line,
        )
    if not any(member.founder for member in found.values()):
        root.wrong("members", "Nobody founds the pact.", "at least one member, better two")
    return list(found.values())


def _offices(root: Entry) -> list[Office]:
    found: dict[str, Office] = {}
    known = f"one or more of {', '.join(Capability.values)}"
    for entry in root.blocks("officers"):
        entry.only("log", "handle", "office", "can")
        can: list[str] = []
        for word in entry.texts("can", known):
            capability = OLD_WORDS.get(word, word)
            if capability not in Capability.values:
                entry.wrong("can", f"“{word}” is no capability.", known)
            elif capability not in can:
                can.append(capability)
        office = Office(
            entry.text("log", "a member's log"),
            entry.text("handle", "a short name, such as duty-officer"),
            entry.text("office", "the office's title, never a person's name"),
            tuple(can),
            entry.line,
        )
        if office.key in found:
            entry.wrong("handle", f"{office.key} is listed before.", "each handle of a member once")
        found[office.key] = office
    return list(found.values())


def _complete(book: Book, members: list[Cast], offices: list[Office]) -> None:
    """Every member needs one office that keeps its officers and one that signs; every office a member."""
    logs = {member.log for member in members}
    for office in offices:
        if office.log and office.log not in logs:
            book.note(
                office.line,
                "officers.log",
                f"“{office.log}” is no member here.",
                "the log of a member listed above",
            )
    for member in members:
        held = {word for office in offices if office.log == member.log for word in office.can}
        for word in (Capability.KEEPER, Capability.SIGN):
            if member.log and word not in held:
                book.note(
                    member.line,
                    "officers",
                    f"{member.log} has no office that may {word.value!r}.",
                    f"an officer of {member.log} with can: [{word.value}]",
                )


def _in_order(book: Book, lines: list[Line], starts: datetime, ends: datetime) -> list[Line]:
    """Return the lines as they are said: by time, facts before acts, else in the file's order."""
    for line in lines:
        if line.at < starts and not line.fact:
            book.note(
                line.line,
                f"{line.where}.at",
                "This is before the story starts.",
                "a moment from “starts” on",
            )
        if line.at > ends and not line.fact:
            book.note(
                line.line,
                f"{line.where}.at",
                "This is after the story ends; only facts may stand there.",
                "a moment up to “ends”",
            )
    return _with_calls(sorted(lines, key=lambda line: (max(line.at, starts), not line.fact)))


def _with_calls(lines: list[Line]) -> list[Line]:
    """Let a fact told while exactly one call is open belong to that call."""
    open_calls: list[str] = []
    told = []
    for line in lines:
        if line.kind.kind == CALL and line.name and not line.refused:
            open_calls.append(line.name)
        elif line.kind.kind == CALL_END and line.given.get("call") in open_calls:
            open_calls.remove(line.given["call"])
        one = line.fact and len(open_calls) == 1
        told.append(replace(line, given={**line.given, "call": open_calls[0]}) if one else line)
    return told
