"""Web forms derived from record kinds: the questions, bounds and words stand in the kind, nowhere else."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hansa.kernel.entry import for_the_pact
from hansa.kernel.errors import Refused
from hansa.kernel.fields import Field, in_zone
from hansa.kernel.models import Entry
from hansa.kernel.record import OWN, PACT, Record
from hansa.kernel.ref import is_position, split
from hansa.kernel.seal import epochs
from hansa.kernel.seal import keeping as seal
from hansa.kernel.seal.models import Audience
from hansa.pages.access import Chair
from hansa.pages.widgets import (
    Choices,
    FilesField,
    Hundredths,
    Moment,
    Radios,
    RowsField,
    WholeNumber,
    of_files,
)

Words = str | Promise
Choice = tuple[str, Words | Sequence[tuple[str, Words]]]
"""A value and its words; or the heading of a group and its choices, in a menu."""
AUDIENCES = {
    PACT: _("Every officer of every member of the pact"),
    OWN: _("Only the officers of %(member)s"),
}
HUNDREDTHS = ("cents", "hundredths")
"""How the name of a whole number ends that people type with two decimals."""
RADIOS = 5
"""Up to so many choices are all shown; more become a menu."""
LONG_MENU = 20
"""A menu of more than this gets a field to search it."""


class RecordForm(forms.Form):
    """A form that asks what a kind asks. `says()` gives the plain values for `kind.read`; `take` places a refusal."""

    kind: type[Record]
    fixed: Mapping[str, Any]
    template_name = "pages/form.html"

    def says(self) -> dict[str, Any]:
        """Return what was typed and what was fixed, empty answers left out so that the kind's defaults stand."""
        typed = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in {"once", "audience"}
        }
        empty = {name for name, value in typed.items() if value is None or value == ""}
        asked = {field.name: field for field in self.kind.fields}
        says = {
            name: _plain(asked[name], value)
            for name, value in typed.items()
            if name not in empty and name in asked
        }
        return {**says, **self.fixed}

    def look_again(self) -> None:
        """Keep what was typed and attached, without judging it yet: the person asked for another row."""
        self.full_clean()
        self._errors = ErrorDict()

    def take(self, refusal: Refused) -> None:
        """Show a refusal at its field, or on top if it has none that is shown here."""
        field = refusal.field if refusal.field in self.fields else None
        self.add_error(field, ValidationError(refusal.sentence, code=refusal.code))

    @property
    def audience(self) -> str:
        """Return the audience that was chosen, or the empty text where there was nothing to choose."""
        return str(self.cleaned_data.get("audience", ""))


def form_for(
    kind: type[Record],
    *,
    chair: Chair | None = None,
    initial: Mapping[str, Any] | None = None,
    fixed: Mapping[str, Any] | None = None,
    choices: Mapping[str, Sequence[Choice]] | None = None,
    audience: str = "",
) -> type[RecordForm]:
    """Return the form class of a kind.

    fixed     fields that the page answers itself, and does not show
    choices   for text, `ref` and `refs` fields: (value, words) to choose from
    audience  who may read it, where the page decides; else a kind with several audiences asks
    """
    given, offered, values = dict(fixed or {}), dict(choices or {}), dict(initial or {})
    made: dict[str, forms.Field] = {}
    for field in kind.fields:
        if field.name in given or not (field.shown or field.name in offered):
            continue
        usual = _usual(kind, field)
        made[field.name] = form_field(field, offered.get(field.name), settled=usual is not None)
        made[field.name].initial = values.get(field.name, usual)
    readers = [] if audience else audiences(kind, chair, given)
    if len(readers) > 1:
        made["audience"] = forms.ChoiceField(
            label=_("Who may read it?"), choices=readers, initial=readers[0][0], widget=Radios()
        )
    made["once"] = forms.CharField(
        widget=forms.HiddenInput(), initial=lambda: uuid.uuid4().hex, max_length=64, required=False
    )
    return type(f"{kind.__name__}Form", (RecordForm,), {**made, "kind": kind, "fixed": given})


def audiences(
    kind: type[Record], chair: Chair | None, given: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Return for whom this officer may say it, each with who they are, in words.

    What cites a record that only some may read is not for the whole pact.
    """
    words = {"member": chair.member if chair else ""}
    offered = [(name, str(AUDIENCES[name]) % words) for name in kind.audiences]
    if kind.sealable and kind.subject is None and chair is not None:
        for one in Audience.objects.filter(home=chair.log).order_by("title", "key"):
            named = seal.named(epochs.readership(one).readers)
            offered.append((one.key, f"{one.title}: {named}"))
    if kind.sealable and _cites_restricted(kind, given):
        offered = [one for one in offered if one[0] != PACT]
    return offered


def _cites_restricted(kind: type[Record], given: Mapping[str, Any]) -> bool:
    for field in kind.citing:
        ref = given.get(field.name)
        if isinstance(ref, str) and is_position(ref):
            log, index = split(ref)
            entry = Entry.objects.filter(log=log, index=index).only("audience").first()
            if entry is not None and not for_the_pact(entry.audience):
                return True
    return False


def upon(kind: type[Record], given: Mapping[str, Any]) -> str:
    """Return the audience of the row that the record changes, where that is not the whole pact; else nothing."""
    if kind.subject is None or not kind.sealable:
        return ""
    row = kind.row._default_manager.filter(pk=given.get(kind.subject)).first()
    return row.audience if row is not None and row.audience != PACT else ""


def _usual(kind: type[Record], field: Field) -> Any:
    """Return the answer that the kind itself gives where nobody does, if it is one to show."""
    # A dataclass leaves a field's default as an attribute of its class, and none where there is no default.
    default = getattr(kind, field.name, None)
    return None if default == "" else getattr(default, "value", default)


def form_field(
    field: Field, offered: Sequence[Choice] | None = None, *, settled: bool = False
) -> forms.Field:
    """Return the input for one question of a kind; `settled` if it has an answer before anyone gives one."""
    common: dict[str, Any] = {
        "label": field.label,
        "help_text": field.help,
        "required": field.required
        and (field.least is None or field.least > 0 or field.type == "integer"),
    }
    if offered is None and field.type == "choice":
        offered = _words(field.of)
    made = (
        _MAKE[field.type](field, common)
        if offered is None
        else _offered(field, offered, common, settled=settled)
    )
    made.settled = settled  # type: ignore[attr-defined]  # the template then does not call it optional
    return made


def _offered(
    field: Field, offered: Sequence[Choice], common: dict[str, Any], *, settled: bool
) -> forms.Field:
    if field.type in {"refs", "choices"}:
        return forms.MultipleChoiceField(choices=offered, widget=Choices(), **common)
    grouped = any(not isinstance(words, str | Promise) for _value, words in offered)
    if (common["required"] or settled) and 0 < len(offered) <= RADIOS and not grouped:
        return forms.ChoiceField(choices=offered, widget=Radios(), **common)
    empty = [] if settled else [("", _("– choose –") if common["required"] else _("– none –"))]
    attrs: dict[str, Words] = {"class": "usa-select"}
    if sum(1 if isinstance(words, Words) else len(words) for _value, words in offered) > LONG_MENU:
        attrs["data-search"] = _("Search this list")
    return forms.ChoiceField(
        choices=[*empty, *offered],
        widget=forms.Select(attrs=attrs),
        **common,
    )


def _text(field: Field, common: dict[str, Any]) -> forms.Field:
    long = (field.most or 0) > 200  # noqa: PLR2004 - more than two lines on a phone
    attrs = {"class": "usa-textarea" if long else "usa-input", "maxlength": field.most}
    widget = (
        forms.Textarea(attrs={**attrs, "rows": 6 if field.type == "prose" else 3})
        if long
        else forms.TextInput(attrs=attrs)
    )
    return forms.CharField(max_length=field.most, widget=widget, **common)


def _integer(field: Field, common: dict[str, Any]) -> forms.Field:
    widget = forms.TextInput(
        attrs={"class": "usa-input hansa-number", "inputmode": "numeric", "autocomplete": "off"}
    )
    if field.name.endswith(HUNDREDTHS):
        return Hundredths(least=field.least, most=field.most, widget=widget, **common)
    return WholeNumber(
        least=field.least, most=field.most, example=field.example, widget=widget, **common
    )


def _flag(field: Field, common: dict[str, Any]) -> forms.Field:
    return forms.BooleanField(
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
        **{**common, "required": False},
    )


def _moment(field: Field, common: dict[str, Any]) -> forms.Field:
    widget = forms.DateTimeInput(
        format="%Y-%m-%dT%H:%M", attrs={"class": "usa-input hansa-moment", "type": "datetime-local"}
    )
    return Moment(widget=widget, **common)


def _choices(field: Field, common: dict[str, Any]) -> forms.Field:
    return forms.MultipleChoiceField(choices=_words(field.of), widget=Choices(), **common)


def _words(of: type[TextChoices]) -> list[Choice]:
    return [(str(member.value), member.label) for member in of]


def _ref(field: Field, common: dict[str, Any]) -> forms.Field:
    return forms.CharField(
        widget=forms.TextInput(attrs={"class": "usa-input", "placeholder": "us-ca@17"}), **common
    )


def _items(field: Field, common: dict[str, Any]) -> forms.Field:
    if of_files(field):
        return FilesField(most=field.most or 1, **common)
    if field.most is not None:
        return RowsField(field.of, least=field.least or 0, most=field.most, **common)
    return forms.JSONField(widget=forms.Textarea(attrs={"class": "usa-textarea"}), **common)


_MAKE: dict[str, Callable[[Field, dict[str, Any]], forms.Field]] = {
    "text": _text,
    "prose": _text,
    "integer": _integer,
    "flag": _flag,
    "moment": _moment,
    "choices": _choices,
    "ref": _ref,
    "refs": _ref,
    "items": _items,
}


def _plain(field: Field, value: Any) -> Any:
    """Return a cleaned value in the form that `Field.read` takes."""
    if of_files(field):
        return [msgspec.to_builtins(file) for file in value]
    if isinstance(value, datetime) and timezone.is_naive(value):
        return in_zone(value)
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    return value


def readers(kind: type[Record], chair: Chair, audience: str = "") -> str:
    """Return one sentence: who will be able to read what is about to be said."""
    return seal.words(audience or kind.audiences[0], chair.log, chair.member)
