"""What a record's field asks: its type, its bounds, how a typed answer becomes a value.

The types are few on purpose. Whoever adds one adds its reading, schema and widget here and in
`web.forms`, and every kind may then use it.
"""

import dataclasses
import re
import types
import typing
import unicodedata
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hansa.kernel.clock import EARLIEST, LATEST
from hansa.kernel.errors import Refused
from hansa.kernel.ref import REF_PATTERN, Ref

SHORT = 140
"""Characters in a short text, unless its question says otherwise."""

PROSE = 300
"""A text that may be longer than this is prose: it may hold a person's story, so it must be erasable."""

MANY = 50
"""Members of a list, unless its question says otherwise."""

LARGEST = 2**53 - 1
"""The largest number that every JSON reader keeps exact."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a fact is taken from: who published it, under what title, when, and where to find it."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    publisher: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    date: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    url: Annotated[str, msgspec.Meta(max_length=500)] = ""

    def __post_init__(self) -> None:
        """ValueError, which a decoder reports as its own error, where the date is no day."""
        date.fromisoformat(self.date)


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An attachment by its hash. The file itself is kept beside the log, under that hash."""

    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
    name: Annotated[
        str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^/\\\x00-\x1f\x7f]+$(?!\n)")
    ]
    size: Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]
    type: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[\x20-\x7e]*$(?!\n)")] = (
        "application/octet-stream"
    )


@dataclasses.dataclass(frozen=True)
class Field:
    """One question of a kind. `type` is one of text, prose, integer, flag, moment, choice, choices, ref, refs, items."""

    name: str
    role: str
    type: str
    label: str | Promise
    help: str | Promise
    least: int | None
    most: int | None
    example: Any
    required: bool
    shown: bool
    of: Any
    bounded: Any
    void: bool
    restricted: bool = False

    def read(self, given: Any) -> Any:
        """Turn a plain value into the field's own, or refuse it in words that say what was expected."""
        plain = _typed(self, given)
        try:
            return msgspec.convert(plain, self.bounded, strict=True)
        except msgspec.ValidationError as error:
            raise Refused(
                self.expects(plain, str(error)), field=self.name, code="invalid"
            ) from error

    def expects(self, given: Any, error: str) -> str:
        """Say what this field takes, in one sentence."""
        bounds = {
            "least": f"{self.least:,}" if self.least is not None else "",
            "most": f"{self.most:,}" if self.most is not None else "",
        }
        if self.type == "integer" and isinstance(given, int):
            return str(_("Give a whole number from %(least)s to %(most)s.") % bounds)
        if self.type in {"text", "prose"} and isinstance(given, str):
            if given:
                return str(
                    _("Use at most %(most)s characters; this has %(now)s.")
                    % {**bounds, "now": f"{len(given):,}"}
                )
            return str(_("Please fill this in."))
        if self.type in {"ref", "refs"}:
            return str(_("Name a record as LOG@NUMBER, such as us-ca@17."))
        if self.type in {"refs", "choices", "items"} and isinstance(given, list):
            return str(
                _("Give %(least)s to %(most)s of these: %(error)s.") % {**bounds, "error": error}
            )
        return f"{_('This does not fit the field')}: {error}."

    def schema(self) -> dict[str, Any]:
        """Return the field's JSON schema."""
        (made,), parts = msgspec.json.schema_components(
            [self.bounded], schema_hook=_choices, ref_template="#/$defs/{name}"
        )
        schema: dict[str, Any] = _inlined(made, parts)
        schema["description"] = str(self.label)
        if self.example is not None:
            schema["examples"] = [msgspec.to_builtins(self.example)]
        return schema


def _choices(of: Any) -> dict[str, Any]:
    if isinstance(of, type) and issubclass(of, TextChoices):
        return {"enum": list(of.values)}
    raise NotImplementedError


def _inlined(schema: Any, parts: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(parts[schema["$ref"].rsplit("/", 1)[1]], parts)
        return {key: _inlined(value, parts) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_inlined(value, parts) for value in schema]
    return schema


def _typed(field: Field, given: Any) -> Any:  # noqa: PLR0911 - one way out for each type
    """Bring what a form or a file gives nearer to the field's type; leave the rest to the bounds."""
    if field.type in {"text", "prose"}:
        return " ".join(_shown(given).split(" ")).strip() if isinstance(given, str) else given
    if field.type == "integer" and isinstance(given, str):
        return _whole_number(field, given)
    if field.type == "flag" and isinstance(given, str):
        return given.lower() in {"1", "true", "yes", "on"}
    if field.type == "moment":
        return _moment(field, given)
    if field.type == "choice":
        return _choice(field, given)
    if field.type == "choices":
        listed = given.split(",") if isinstance(given, str) else given
        return (
            [_choice(field, one) for one in listed] if isinstance(listed, list | tuple) else given
        )
    if field.type == "refs" and isinstance(given, str):
        return [ref.strip() for ref in given.split(",") if ref.strip()]
    if field.type == "items" and isinstance(given, str):
        return _items(field, given)
    return given


def _shown(given: str) -> str:
    """Leave out the control signs that pasted text may bring along, and that no record takes."""
    return "".join(sign for sign in given if sign in "\n\t\r" or unicodedata.category(sign) != "Cc")


def _whole_number(field: Field, given: str) -> int:
    number = whole_number(given)
    if number is None:
        raise Refused(
            _("Give a whole number, such as %(example)s.") % {"example": field.example},
            field=field.name,
            code="invalid",
        )
    return number


_WHOLE = re.compile(
    r"-?(?:[0-9]{1,3}(?P<group>[,.'’ \u00a0\u202f])[0-9]{3}(?:(?P=group)[0-9]{3}){0,5}|[0-9]{1,20})"
)
"""In groups of three with one sign, or in none: 1.5 is no 15, and what is longer than any bound is no number at all."""


def whole_number(text: str) -> int | None:
    """Return the whole number that a text is, with or without the thousands separators of any language; None if it is none."""
    typed = text.strip()
    if not _WHOLE.fullmatch(typed):
        return None
    return int("".join(sign for sign in typed if sign in "-0123456789"))


def in_zone(moment: datetime, field: str | None = None) -> datetime:
    """Return a moment without a zone as one in the reader's; Refused where clocks change and it comes twice, or never."""
    zone = timezone.get_current_timezone()
    if zone.utcoffset(moment.replace(fold=0)) != zone.utcoffset(moment.replace(fold=1)):
        raise Refused(
            _("Clocks change then in %(zone)s: this time comes twice there, or never. Give one an hour earlier or later.")
            % {"zone": timezone.get_current_timezone_name()},
            field=field,
            code="invalid",
        )  # fmt: skip
    return timezone.make_aware(moment)


def _moment(field: Field, given: Any) -> Any:
    """Read a moment; one without a zone is taken in the reader's own time zone."""
    if isinstance(given, str):
        try:
            read = parse_datetime(given.strip().replace(" ", "T", 1))
        except ValueError:
            read = None
        if read is None:
            raise Refused(
                str(_("Give a date and time, such as 2025-06-12T13:30-07:00.")),
                field=field.name,
                code="invalid",
            )
        given = read
    if isinstance(given, datetime):
        given = in_zone(given, field.name) if given.tzinfo is None else given
        if not EARLIEST <= given <= LATEST:
            raise Refused(
                _("Give a time between the years %(first)s and %(last)s.")
                % {"first": EARLIEST.year, "last": LATEST.year},
                field=field.name,
                code="invalid",
            )
    return given


def _choice(field: Field, given: Any) -> Any:
    try:
        return field.of(given.strip() if isinstance(given, str) else given)
    except ValueError as error:
        values = ", ".join(field.of.values)
        raise Refused(
            _("“%(given)s” is not a choice here. Choose from: %(values)s.")
            % {"given": given, "values": values},
            field=field.name,
            code="invalid",
        ) from error


def _items(field: Field, given: str) -> Any:
    try:
        return msgspec.json.decode(given)
    except msgspec.DecodeError as error:
        raise Refused(
            _("Give a JSON list, such as %(example)s.")
            % {"example": msgspec.json.encode([field.example]).decode()},
            field=field.name,
            code="invalid",
        ) from error


def field_of(name: str, hint: Any, declared: Any) -> Field:
    """Read one annotated class attribute as a field; TypeError if its annotation is not one that fields take."""
    if not isinstance(declared, dataclasses.Field) or "role" not in declared.metadata:
        raise TypeError(f"{name}: declare it with ask(), about() or upon()")
    meta = declared.metadata
    required = (
        declared.default is dataclasses.MISSING and declared.default_factory is dataclasses.MISSING
    )
    bare, nullable = _without_none(hint)
    kind, of, least, most, bounded = _classify(
        name, bare, meta.get("least"), meta.get("most"), required=required
    )
    return Field(
        name=name,
        role=meta["role"],
        type=kind,
        label=meta["label"],
        help=meta.get("help") or "",
        least=least,
        most=most,
        example=meta.get("example"),
        required=required,
        shown=meta.get("shown", True),
        of=of,
        bounded=bounded | None if nullable else bounded,
        void=meta.get("void", False),
        restricted=meta.get("restricted", False),
    )


def _without_none(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        rest = [arg for arg in typing.get_args(hint) if arg is not types.NoneType]
        return rest[0], len(rest) < len(typing.get_args(hint))
    return hint, False


def _classify(
    name: str, hint: Any, least: int | None, most: int | None, *, required: bool
) -> tuple[str, Any, int | None, int | None, Any]:
    """Return type, inner type, bounds and the annotation that msgspec enforces."""
    if hint is str:
        most, least = most or SHORT, least if least is not None else int(required)
        return (
            ("prose" if most > PROSE else "text"),
            str,
            least,
            most,
            Annotated[str, msgspec.Meta(min_length=least, max_length=most)],
        )
    if hint is bool:
        return "flag", bool, None, None, bool
    if hint is int:
        least, most = least if least is not None else 0, most or LARGEST
        return "integer", int, least, most, Annotated[int, msgspec.Meta(ge=least, le=most)]
    if hint is datetime:
        return "moment", datetime, None, None, Annotated[datetime, msgspec.Meta(tz=True)]
    if isinstance(hint, type) and issubclass(hint, TextChoices):
        return "choice", hint, None, None, hint
    if typing.get_origin(hint) is Ref:
        return (
            "ref",
            typing.get_args(hint)[0],
            None,
            None,
            Annotated[str, msgspec.Meta(pattern=REF_PATTERN)],
        )
    if typing.get_origin(hint) is list:
        inner, of, _least, _most, bounded = _classify(
            name, typing.get_args(hint)[0], None, None, required=True
        )
        least, most = least if least is not None else 0, most or MANY
        plural = {"ref": "refs", "choice": "choices", "items": "items"}[inner]
        return (
            plural,
            of,
            least,
            most,
            Annotated[list[bounded], msgspec.Meta(min_length=least, max_length=most)],  # type: ignore[valid-type]  # worked out at run time
        )
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return "items", hint, None, None, hint
    raise TypeError(
        f"{name}: fields take str, int, bool, datetime, TextChoices, Ref[…], a Struct, or lists of these; not {hint!r}"
    )
