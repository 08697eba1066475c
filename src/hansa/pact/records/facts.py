"""Public facts with their sources, their corrections, and what officers say to each other about anything."""

from datetime import datetime
from typing import Annotated

import msgspec
from django.utils.translation import gettext as _

from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.fields import File, Source
from hansa.kernel.models import Row
from hansa.kernel.record import OWN, PACT, Record, about, ask, upon
from hansa.kernel.ref import Ref
from hansa.pact.models import Call, Fact, Note, Officer
from hansa.pact.words import Precision, unstopped

_SOURCE = {
    "title": "DoD orders 700 Marines",
    "publisher": "Department of Defense",
    "date": "2025-06-09",
    "url": "defense.gov",
}


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number that a source gives: of what, how many, in which unit."""

    what: Annotated[str, msgspec.Meta(min_length=1, max_length=140)]
    value: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
    unit: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class FactRecorded(Record, kind="pact.fact/1", row=Fact, by="voice", erasable=True, sealable=True):
    """{author} records a public fact: {text}"""

    call: Ref[Call] | None = about("Does it belong to a call?", default=None, shown=False)
    when: datetime = ask("When did it happen?", example="2025-06-09T12:00-07:00")
    precision: Precision = ask(
        "How exactly is the time known?", default=Precision.HOUR, example="day"
    )
    place: str = ask("Where?", default="", example="Los Angeles")
    text: str = ask(
        "What happened?",
        most=1000,
        example="700 Marines are ordered to Los Angeles.",
        help="Plain and neutral. Name no private person.",
    )
    sources: list[Source] = ask(
        "Who says so?",
        least=1,
        most=10,
        example=[_SOURCE],
        help="A fact without a source is not recorded.",
    )
    figure: Figure | None = ask("Is it a figure?", default=None, shown=False)
    differs_from: Ref[Fact] | None = about(
        "Does another recorded fact say it differently?", default=None
    )
    files: list[File] = ask("Attachments", most=20, default=[])

    def judge(self, row: Fact, saying: Saying) -> str | None:
        """A fact without a source is no fact, whoever wrote it."""
        return None if self.sources else "no-source"

    def check(self, row: Fact | None, saying: Saying) -> None:
        """A fact has happened."""
        if self.when > saying.at:
            raise Refused(_("A fact has happened; this time is still to come."), field="when")

    def apply(self, row: Fact, saying: Saying) -> None:
        """Open the fact."""
        row.call, row.when, row.precision, row.place, row.text = (
            self.call or "",
            self.when,
            self.precision,
            self.place,
            self.text,
        )
        row.sources, row.files = msgspec.to_builtins(self.sources), msgspec.to_builtins(self.files)
        row.figure, row.differs_from = msgspec.to_builtins(self.figure), self.differs_from or ""


class FactCorrected(
    Record, kind="pact.fact-correction/1", row=Fact, by="voice", erasable=True, sealable=True
):
    """{author} corrects a fact: {text} ({why})"""

    fact: Ref[Fact] = upon("Which fact?")
    text: str = ask(
        "How should it read?",
        most=1000,
        example="700 Marines were ordered; they arrived on 13 June.",
    )
    why: str = ask("Why?", most=280, example="The first report gave the order as the arrival.")
    sources: list[Source] = ask("Who says so?", least=1, most=10, example=[_SOURCE])

    def judge(self, row: Fact, saying: Saying) -> str | None:
        """A correction needs a source as much as the fact did."""
        return None if self.sources else "no-source"

    def apply(self, row: Fact, saying: Saying) -> None:
        """Keep what it said before beside what it says now."""
        before = {"at": saying.at.isoformat(), "said": row.text, "says": self.text, "why": self.why}
        row.corrections, row.text = [*row.corrections, before], self.text
        row.sources = [*row.sources, *msgspec.to_builtins(self.sources)]


class FactWithdrawn(Record, kind="pact.fact-withdrawal/1", row=Fact, by="voice", sealable=True):
    """{author} withdraws a fact: {why}."""

    fact: Ref[Fact] = upon("Which fact?")
    why: str = ask("Why?", most=280, example="The source has retracted it.")

    def in_words(self) -> dict[str, object]:
        """The sentence ends with its own full stop."""
        return {"why": unstopped(self.why)}

    def apply(self, row: Fact, saying: Saying) -> None:
        """Mark it. It stays readable, with the reason."""
        row.withdrawn = self.why


class Noted(
    Record,
    kind="pact.note/1",
    row=Note,
    by="note",
    audience=(PACT, OWN),
    erasable=True,
    sealable=True,
):
    """{author} notes: {text}"""

    on: Ref[Row] = about("About what?", shown=False)
    text: str = ask("Your note", most=4000, example="We can meet the truck at gate 4.")
    mentions: list[Ref[Officer]] = about("Whose attention do you want?", default=[])
    files: list[File] = ask("Attachments", most=20, default=[])

    def apply(self, row: Note, saying: Saying) -> None:
        """Open the note."""
        row.about, row.text, row.mentions = self.on, self.text, list(self.mentions)
        row.files = msgspec.to_builtins(self.files)
