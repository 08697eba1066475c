"""What is said about audiences: who reads, since when, under which key; and that an erasure was carried out.

An audience belongs to its author's log: only that member writes to it, and only its own officers see how it is
defined. Its epochs stand in the open, for their readers to find, and tell others nothing but that they are.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from django.utils.translation import gettext as _

from hansa.kernel.context import Saying
from hansa.kernel.entry import OWN, PACT, is_epoch
from hansa.kernel.errors import Refused
from hansa.kernel.models import Erasure, Row
from hansa.kernel.record import NODE, Record, about, ask, upon
from hansa.kernel.ref import REF_PATTERN, Ref
from hansa.kernel.seal.models import Audience, Confirmation, Epoch, Extension, Whom

MOST_WRAPS = 64
"""Wrapped keys in one record of an epoch. More readers take further records under the epoch's name."""


class Wrapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An epoch's key, wrapped for one reader or for nobody: 1,168 bytes in base64."""

    data: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+/]{1558}==\Z")]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an epoch's record says to its readers alone, in base64."""

    data: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+/]+={0,2}\Z", max_length=180_000)]


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of earlier epochs, in their order, wrapped for one reader, in base64."""

    reader: Annotated[str, msgspec.Meta(pattern=REF_PATTERN + r"(?!\n)", max_length=80)]
    keys: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+/]+={0,2}\Z", max_length=60_000)]


class EpochName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The opaque name of an epoch."""

    name: Annotated[str, msgspec.Meta(pattern=r"^e-[0-9a-f]{32}\Z")]


class AudienceDefined(Record, kind="kernel.audience/1", row=Audience, by="keeper", audience=OWN):
    """{author} defines the audience “{title}”."""

    title: str = ask(
        "What is the audience called?",
        most=80,
        example="Coast cities",
        help="Its readers will see this title; nobody else will.",
    )
    whom: Whom = ask("Who belongs to it?", example="members")
    members: list[Ref[Row]] = about(
        "Which members? (where members are named)", default=[], example="us-wa-seattle@0"
    )
    type: str = ask("Which type of member? (where a type is named)", most=20, default="")

    def check(self, row: Audience | None, saying: Saying) -> None:
        """Name somebody."""
        _require_somebody(self.whom, self.members, self.type)

    def apply(self, row: Audience, saying: Saying) -> None:
        """Open the audience. Its first epoch begins with the first record for it."""
        row.title, row.whom = self.title, self.whom.value
        row.members, row.type = list(self.members), self.type


class AudienceChanged(
    Record, kind="kernel.audience-change/1", row=Audience, by="keeper", audience=OWN
):
    """{author} changes who belongs to the audience “{title}”."""

    of: Ref[Audience] = upon("Which audience?")
    title: str = ask("What is the audience called?", most=80, example="Coast cities")
    whom: Whom = ask("Who belongs to it from now on?", example="members")
    members: list[Ref[Row]] = about(
        "Which members? (where members are named)", default=[], example="us-wa-seattle@0"
    )
    type: str = ask("Which type of member? (where a type is named)", most=20, default="")

    def check(self, row: Audience | None, saying: Saying) -> None:
        """Name somebody."""
        _require_somebody(self.whom, self.members, self.type)

    def apply(self, row: Audience, saying: Saying) -> None:
        """Set who belongs to it. A new epoch begins before the next record for it."""
        row.title, row.whom = self.title, self.whom.value
        row.members, row.type = list(self.members), self.type


def _require_somebody(whom: Whom, members: list[Ref[Row]], type: str) -> None:  # noqa: A002
    if whom == Whom.MEMBERS and not members:
        raise Refused(_("Name at least one member."), field="members")
    if whom == Whom.TYPE and not type:
        raise Refused(_("Say which type of member."), field="type")


class EpochOpened(Record, kind="kernel.epoch/1", row=Epoch, by=NODE):
    """{author}’s node begins a new epoch of one of its audiences."""

    name: str = ask(
        "What is the epoch called?", most=34, example="e-00000000000000000000000000000000"
    )
    commitment: str = ask(
        "What is the hash of its key?",
        least=64,
        most=64,
        example="5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
    )
    wraps: list[Wrapped] = ask(
        "Its key, wrapped for each reader, among some for nobody",
        most=MOST_WRAPS,
        default=[],
        shown=False,
    )
    part: Part | None = ask("What it says to its readers alone", default=None, shown=False)

    def judge(self, row: Epoch | None, saying: Saying) -> str | None:
        """A name is opaque; further records under it hold the same key."""
        if not is_epoch(self.name) or not self.wraps:
            return "bad-epoch"
        if row is None:
            return None if self.part is not None else "bad-epoch"
        same = self.part is None and row.commitment == self.commitment
        return None if same else "bad-epoch"

    def suffix(self) -> str:
        """One row for each epoch of a log."""
        return f"epoch/{self.name}"

    def apply(self, row: Epoch, saying: Saying) -> None:
        """Keep what the pact may know of it."""
        row.name, row.commitment = self.name, self.commitment
        row.wraps += len(self.wraps)


class EpochsExtended(
    Record,
    kind="kernel.extension/1",
    row=Extension,
    by="sign",
    audience=OWN,
    sealable=True,
    weighty=True,
):
    """{author} opens {records} earlier records of an audience, from {since} on, to {readers}."""

    readers: list[Ref[Row]] = about(
        "To whom are earlier records opened?", example="us-wa-seattle@0", shown=False
    )
    since: datetime = ask("From when on?", example="2025-06-07T12:00Z", shown=False)
    records: int = ask(
        "How many records become readable?", least=0, most=10**9, example=14, shown=False
    )
    epochs: list[EpochName] = ask(
        "Which epochs?",
        least=1,
        most=1000,
        example=[{"name": "e-00000000000000000000000000000000"}],
        shown=False,
    )
    given: list[Given] = ask(
        "Their keys, wrapped for each of the new readers", most=50, default=[], shown=False
    )

    def judge(self, row: Extension | None, saying: Saying) -> str | None:
        """It is told to the audience itself, in whose present epoch the new readers are."""
        return "audience" if saying.audience in {PACT, OWN} else None

    def apply(self, row: Extension, saying: Saying) -> None:
        """Keep what was opened to whom."""
        row.readers, row.epochs = list(self.readers), [one.name for one in self.epochs]
        row.since, row.records = self.since, self.records


class ErasureConfirmed(Record, kind="kernel.receipt/1", row=Confirmation, by=NODE):
    """{author}’s node confirms that it has erased what it was told to."""

    order: Ref[Erasure] = about("Which order?", shown=False)

    def suffix(self) -> str:
        """One word for each order and member."""
        return f"confirmed/{self.order}"

    def apply(self, row: Confirmation, saying: Saying) -> None:
        """Keep the first word."""
        row.order = row.order or self.order
