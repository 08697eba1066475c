"""How a kind of record is declared, once, and what follows from the declaration.

A kind is a class. From it follow validation, bytes, web form, JSON schema, command-line verb, sentence
in the history, permission row, reference page and law tests. The law above every kind: a tag is
for ever; a changed meaning is a new tag (`…/2`); unknown kinds are stored and never break a fold.
"""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self, dataclass_transform

import msgspec
from django.utils.translation import gettext_lazy

from hansa.kernel import entry
from hansa.kernel.clock import EARLIEST, LATEST
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.fields import Field, field_of
from hansa.kernel.models import Row

KINDS: dict[str, type["Record"]] = {}

FOUNDING = "founding"
"""The authority of a log's first record, which has no officer before it."""

PACT, OWN = entry.PACT, entry.OWN
"""Audiences: every officer of every member; the officers of the member whose log it stands in."""

OFFICE = "office"
"""The authority that every office in force has, whatever it may do; the kind's own `judge` narrows it."""

NODE = "node"
"""The authority of what a node says by itself, under no office: its log's key signs for it."""

_TAG = re.compile(r"^[a-z]+\.[a-z]+(?:-[a-z]+)*/[1-9][0-9]*$")


def ask(
    label: str,
    *,
    least: int | None = None,
    most: int | None = None,
    example: Any = None,
    help: str = "",  # noqa: A002 - the word that a person at the field would use
    default: Any = dataclasses.MISSING,
    shown: bool = True,
) -> Any:
    """Declare a value that the person is asked for.

    `least` and `most` bound a number, or the length of a text or list. `shown=False` keeps a field
    out of the web form (the page fills it in).
    """
    return _declare(
        "ask",
        label,
        least=least,
        most=most,
        example=example,
        help=help,
        default=default,
        shown=shown,
    )


def about(
    label: str,
    *,
    example: str = "us-ca@1",
    default: Any = dataclasses.MISSING,
    shown: bool = True,
    void: bool = False,
    restricted: bool = False,
    least: int | None = None,
    most: int | None = None,
) -> Any:
    """Declare a cited record: where this one belongs, or what it answers.

    `void=True` lets it be a void one; `restricted=True` lets a record for the pact name one that is not. `least` and
    `most` bound a list of them.
    """
    return _declare(
        "about",
        label,
        least=least,
        most=most,
        example=example,
        default=default,
        shown=shown,
        void=void,
        restricted=restricted,
    )


def upon(label: str, *, example: str = "us-ca@1") -> Any:
    """Declare the row that this record changes. It must live in the author's own log."""
    return _declare("upon", label, example=example, shown=False)


def _declare(role: str, label: str, *, default: Any = dataclasses.MISSING, **rest: Any) -> Any:
    metadata = {"role": role, "label": gettext_lazy(label), **rest}
    if rest.get("help"):
        metadata["help"] = gettext_lazy(rest["help"])
    if isinstance(default, list):
        return dataclasses.field(default_factory=lambda: list(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(ask, about, upon))
class Record:
    """What one member says, once. Subclass it with the class keywords below to declare a kind.

    kind       the tag, for ever (`aid.need/1`)
    row        the Django model into which it folds
    also       further models of which it opens a row under its own position
    by         the capability that its officer needs
    audience   who may read it: `pact`, `own`, or a tuple of the audiences to choose from
    erasable   whether its body may be erased; a kind that others build on is not, and asks for no prose
    sealable   whether it may also be sealed to an audience of its author's (`kernel.seal`)
    weighty    whether it needs its officer's own approval, once that officer has enrolled a key (`kernel.approval`); never erasable

    The docstring's first paragraph is the sentence that people read in the history. A class whose `judge` or
    `apply` was mended, so that old records now fold otherwise, says `law = 2` and so on in its body: nodes then
    fold anew when they are upgraded, and compare their rows only with nodes of the same law (`kernel.likeness`).
    """

    law: ClassVar[int] = 1
    kind: ClassVar[str]
    row: ClassVar[type[Row]]
    by: ClassVar[str]
    also: ClassVar[tuple[type[Row], ...]]
    audiences: ClassVar[tuple[str, ...]]
    erasable: ClassVar[bool]
    sealable: ClassVar[bool]
    weighty: ClassVar[bool]
    sentence: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    citing: ClassVar[tuple[Field, ...]]
    moments: ClassVar[tuple[str, ...]]
    subject: ClassVar[str | None]
    _decoder: ClassVar[msgspec.json.Decoder[Any]]

    def __init_subclass__(
        cls,
        *,
        kind: str,
        row: type[Row],
        by: str,
        also: tuple[type[Row], ...] = (),
        audience: str | tuple[str, ...] = PACT,
        erasable: bool = False,
        sealable: bool = False,
        weighty: bool = False,
    ) -> None:
        """Register the kind; TypeError if its tag is taken or its declaration does not hold."""
        super().__init_subclass__()
        if not _TAG.match(kind):
            raise TypeError(f"{cls.__name__}: a tag reads part.name/1, not {kind!r}")
        if kind in KINDS:
            raise TypeError(
                f"{cls.__name__}: tag {kind} belongs to {KINDS[kind].__name__} for ever; take the next number"
            )
        cls.kind, cls.row, cls.by, cls.also, cls.erasable = kind, row, by, also, erasable
        cls.audiences = (audience,) if isinstance(audience, str) else audience
        cls.sealable, cls.weighty = sealable, weighty
        cls.sentence = " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())
        if not cls.sentence:
            raise TypeError(
                f"{cls.__name__}: its docstring is its sentence in the history, and is missing"
            )
        declared = dict(cls.__annotations__)
        taken = sorted(
            name for name in declared if hasattr(Record, name) or name in Record.__annotations__
        )
        if taken:
            raise TypeError(
                f"{cls.__name__}: {taken[0]} is a name of every record; call the field something else"
            )
        cls.fields = tuple(
            field_of(name, hint, getattr(cls, name)) for name, hint in declared.items()
        )
        cls.citing = tuple(field for field in cls.fields if field.type in {"ref", "refs"})
        cls.moments = tuple(field.name for field in cls.fields if field.type == "moment")
        cls.__annotations__ = {field.name: field.bounded for field in cls.fields}
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        cls.subject = cls._subject()
        cls._decoder = msgspec.json.Decoder(cls)
        KINDS[kind] = cls

    @classmethod
    def _subject(cls) -> str | None:
        """Return the field that names the row which it changes, if it changes one; TypeError if several do."""
        subjects = [field.name for field in cls.fields if field.role == "upon"]
        if len(subjects) > 1:
            raise TypeError(
                f"{cls.__name__}: a record changes one row; {', '.join(subjects)} are several"
            )
        return subjects[0] if subjects else None

    def __post_init__(self) -> None:
        """ValueError, which a decoder reports as its own error, where a time is one that no calendar here can show."""
        for name in self.moments:
            at = getattr(self, name)
            if at is not None and not EARLIEST <= at <= LATEST:
                raise ValueError(f"{name} must lie between {EARLIEST:%Y} and {LATEST:%Y}")

    @classmethod
    def is_for(cls, header: str) -> bool:
        """Tell whether a record of this kind may stand under this audience of a header."""
        if entry.for_the_pact(header):
            return PACT in cls.audiences and header == cls.header_of(PACT)
        return cls.sealable if entry.is_epoch(header) else header in cls.audiences

    @classmethod
    def header_of(cls, audience: str) -> str:
        """Return how a header names the audience `pact` or `own`: whether a body may be erased is seen without it."""
        return entry.PACT_AUDIENCES[cls.erasable] if audience == PACT else audience

    def suffix(self) -> str | None:
        """Name the author's own row that this folds into, where that is not a new one of its own."""
        return None

    def usual_audience(self, row: Row | None) -> str:
        """Return the audience that it has unless another is chosen: that of the row which it changes."""
        return row.audience if self.subject is not None and row is not None else self.audiences[0]

    def near(self) -> list[tuple[type[Row], str]]:
        """Name the author's own rows, by suffix or position, that `judge` and `apply` will look at.

        A hint, so that a batch reads them at once: what it leaves out costs time, never truth.
        """
        return []

    def check(self, row: Any, saying: Saying) -> None:
        """Refuse, with Refused, what should not be said now. Courtesy: a hostile node skips it."""

    def judge(self, row: Any, saying: Saying) -> str | None:
        """Return the code under which this is void, or None. Law: reads its own log's prefix only, no clock."""
        return None

    def apply(self, row: Any, saying: Saying) -> None:
        """Fold what was said into the row. Total: never raises, reads no clock."""
        raise NotImplementedError

    def in_words(self) -> dict[str, object]:
        """Return what the sentence says of a field where its bare value would not be a word."""
        return {}

    def citations(self) -> list[tuple[str, Field]]:
        """Return every position that this record names, with the field that names it."""
        found: list[tuple[str, Field]] = []
        for field in self.citing:
            value = getattr(self, field.name)
            if field.type == "refs":
                found.extend((ref, field) for ref in value)
            elif value:
                found.append((value, field))
        return found

    def encode(self) -> bytes:
        """Return what is said as compact JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, says: bytes | msgspec.Raw) -> Self:
        """Read what was said from bytes of anyone's making; msgspec.ValidationError or DecodeError if it is none."""
        record: Self = cls._decoder.decode(says)
        return record

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Build the record from plain values (a form, the API, a scenario); Refused names the field at fault."""
        unknown = sorted(set(given) - {field.name for field in cls.fields})
        if unknown:
            known = ", ".join(field.name for field in cls.fields)
            raise Refused(
                f"{cls.kind} has no field “{unknown[0]}”. Its fields are: {known}.",
                field=unknown[0],
                code="unknown-field",
            )
        values = {}
        for field in cls.fields:
            if field.name in given and given[field.name] is not None:
                values[field.name] = field.read(given[field.name])
            elif field.required:
                raise Refused(
                    str(gettext_lazy("Please fill this in.")), field=field.name, code="missing"
                )
        return cls(**values)

    @classmethod
    def field(cls, name: str) -> Field:
        """Return the field of that name; KeyError if the kind has none."""
        for field in cls.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return the JSON schema of what is said."""
        return {
            "type": "object",
            "title": cls.__name__,
            "description": cls.sentence,
            "properties": {field.name: field.schema() for field in cls.fields},
            "required": [field.name for field in cls.fields if field.required],
            "additionalProperties": False,
        }

    @classmethod
    def example(cls) -> Self:
        """Return the record that its own examples make."""
        return cls.read(
            {field.name: field.example for field in cls.fields if field.example is not None}
        )
