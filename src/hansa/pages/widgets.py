"""Widgets in USWDS dress, and the few inputs that Django has none for."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hansa.kernel import files
from hansa.kernel.errors import Refused
from hansa.kernel.fields import Field, File, in_zone, whole_number

SALT = "hansa.pages.kept-file"
BLANK_ROWS = 2
"""Fewer filled rows than this get an empty one offered below them."""

SHORT, LONG = 300, 500
"""Characters in a text that says nothing of its length, and beyond which a text gets more than one line."""


class WholeNumber(forms.CharField):
    """A whole number, typed with or without thousands separators of any language, shown with the reader's own."""

    default_error_messages = {"number": _("Give a whole number, such as %(example)s.")}

    def __init__(
        self, *, least: int | None, most: int | None, example: Any = None, **rest: Any
    ) -> None:
        """Keep the bounds, which the kind will enforce again."""
        super().__init__(**rest)
        self.least, self.most, self.example = least, most, example

    def to_python(self, value: Any) -> Any:
        """Return an int, or None where nothing was typed."""
        typed = str(value if value is not None else "").strip()
        if not typed:
            return None
        number = whole_number(typed)
        if number is None:
            raise ValidationError(
                self.error_messages["number"] % {"example": self.example or 12}, code="number"
            )
        if (self.least is not None and number < self.least) or (
            self.most is not None and number > self.most
        ):
            raise ValidationError(
                gettext("Give a whole number from %(least)s to %(most)s.")
                % {
                    "least": number_format(self.least or 0, force_grouping=True),
                    "most": number_format(self.most or 0, force_grouping=True),
                },
                code="bounds",
            )
        return number

    def prepare_value(self, value: Any) -> Any:
        """Show a number with the reader's thousands separator; show what was typed as it was typed."""
        return number_format(value, force_grouping=True) if isinstance(value, int) else value

    def validate(self, value: Any) -> None:
        """Only an empty answer to a required question is wrong here."""
        if self.required and value is None:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """Text validators do not apply to numbers."""


class Moment(forms.DateTimeField):
    """A time on the reader's clocks; one that they skip or show twice is asked for again."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment, or None where nothing was typed."""
        try:
            read: datetime | None = super().to_python(value)
        except ValidationError as error:
            if error.code != "ambiguous_timezone" or error.params is None:
                raise
            try:
                in_zone(error.params["datetime"])
            except Refused as refusal:
                raise ValidationError(refusal.sentence, code=error.code) from error
            raise
        return read


class Hundredths(forms.CharField):
    """An amount with two decimals (money, a percentage), kept as the whole number of its hundredths: never a float.

    What stands after a last point or comma with one or two digits are decimals; “1,234” is a thousand and more.
    """

    default_error_messages = {"amount": _("Give an amount, such as 1,250.00.")}

    def __init__(self, *, least: int | None, most: int | None, **rest: Any) -> None:
        """Keep the bounds, in hundredths; the kind will enforce them again."""
        super().__init__(**rest)
        self.least, self.most = least, most

    def to_python(self, value: Any) -> Any:
        """Return hundredths, or None where nothing was typed."""
        typed = str(value if value is not None else "").strip()
        if not typed:
            return None
        read = _AMOUNT.fullmatch(typed.lstrip("$ "))
        if read is None:
            raise ValidationError(self.error_messages["amount"], code="number")
        whole = "".join(sign for sign in read["whole"] if sign.isdigit())
        number = int(whole) * 100 + int((read["part"] or "0").ljust(2, "0"))
        if (self.least is not None and number < self.least) or (
            self.most is not None and number > self.most
        ):
            bounds = {"least": shown_hundredths(self.least or 0)}
            bounds["most"] = shown_hundredths(self.most or 0)
            raise ValidationError(
                gettext("Give an amount from %(least)s to %(most)s.") % bounds, code="bounds"
            )
        return number

    def prepare_value(self, value: Any) -> Any:
        """Show hundredths with two decimals; show what was typed as it was typed."""
        return shown_hundredths(value) if isinstance(value, int) else value

    def validate(self, value: Any) -> None:
        """Only an empty answer to a required question is wrong here."""
        if self.required and value is None:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """Text validators do not apply to amounts."""


_AMOUNT = re.compile(
    r"(?P<whole>[0-9]{1,3}(?P<group>[,.'’ \u00a0\u202f])[0-9]{3}(?:(?P=group)[0-9]{3})*|[0-9]{1,16})"
    r"(?:(?!(?P=group))[.,](?P<part>[0-9]{1,2}))?"
)
"""A whole, in groups of three with one sign or in none, and decimals after another sign."""


def shown_hundredths(value: int) -> str:
    """Return 125000 as “1,250.00”, in the same signs for every reader."""
    sign = "-" if value < 0 else ""
    return f"{sign}{abs(value) // 100:,}.{abs(value) % 100:02}"


class RowsWidget(forms.Widget):
    """A list of small structs, one fieldset each, a few of them empty. Needs no JavaScript."""

    template_name = "pages/widgets/rows.html"

    def __init__(
        self,
        struct: type[msgspec.Struct],
        *,
        most: int,
        least: int,
        attrs: dict[str, Any] | None = None,
    ) -> None:
        """Ask each field of `struct` in each row."""
        super().__init__(attrs)
        self.columns, self.most, self.least = struct_columns(struct), most, least

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        given = [row for row in value or [] if isinstance(row, Mapping)]
        shown = min(self.most, max(self.least, len(given) + (0 if len(given) >= BLANK_ROWS else 1)))
        rows = [*given, *({} for _blank in range(shown - len(given)))]
        context["widget"]["rows"] = [
            [
                {
                    **column,
                    "name": f"{name}-{number}-{column['key']}",
                    "value": row.get(column["key"], ""),
                }
                for column in self.columns
            ]
            for number, row in enumerate(rows)
        ]
        context["widget"]["more"] = len(rows) < self.most
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        rows = []
        for number in range(self.most):
            row = {
                column["key"]: str(data.get(f"{name}-{number}-{column['key']}", "")).strip()
                for column in self.columns
            }
            if any(row.values()):
                rows.append(row)
        if data.get("more") == name and len(rows) < self.most:
            rows.append({column["key"]: "" for column in self.columns})
        return rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return ""


LABELS = {
    "title": _("Title"),
    "publisher": _("Who published it"),
    "date": _("Date of publication"),
    "url": _("Where to find it (link)"),
    "text": _("Text"),
    "title_es": _("Title in Spanish"),
    "text_es": _("Text in Spanish"),
    "what": _("Of what"),
    "value": _("How many"),
    "unit": _("Unit"),
    "item": _("Resource type, by its code"),
    "quantity": _("How many"),
    "line": _("Cost line"),
    "dollars": _("US dollars"),
    "count": _("How many alike"),
    "each": _("How much in each"),
    "lot": _("Lot"),
    "expires": _("Keeps until (year-month-day)"),
    "note": _("Note"),
    "place": _("Where"),
    "task": _("What is done there"),
    "time": _("When"),
}


def struct_columns(struct: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """Return what one row asks: key, label, input type, longest text, whether it must be filled in."""
    columns = []
    schema = msgspec.json.schema_components([struct])[1][struct.__name__]
    for key, rule in schema["properties"].items():
        longest = rule.get("maxLength", SHORT)
        if key == "date":
            kind = "date"
        elif rule.get("type") == "integer":
            kind = "number"
        else:
            kind = "textarea" if longest > LONG else "text"
        columns.append(
            {
                "key": key,
                "label": LABELS.get(key, key),
                "type": kind,
                "most": longest,
                "required": key in schema.get("required", []),
            }
        )
    return columns


class RowsField(forms.Field):
    """Reads the rows of `RowsWidget`; empty ones are left out."""

    def __init__(self, struct: type[msgspec.Struct], *, least: int, most: int, **rest: Any) -> None:
        """Keep the struct whose fields each row asks."""
        super().__init__(widget=RowsWidget(struct, least=max(least, 1), most=most), **rest)
        self.struct = struct

    def clean(self, value: Any) -> list[dict[str, Any]]:
        """Return the filled rows as plain values; say in words which field of which row does not hold."""
        rows, kept = [row for row in value or [] if any(row.values())], []
        for number, row in enumerate(rows, start=1):
            given = {key: text for key, text in row.items() if text}
            for column in struct_columns(self.struct):
                if column["required"] and column["key"] not in given:
                    raise ValidationError(
                        gettext("Row %(number)s: please fill in “%(label)s”.")
                        % {"number": number, "label": column["label"]}
                    )
            try:
                kept.append(msgspec.to_builtins(msgspec.convert(given, self.struct, strict=False)))
            except msgspec.ValidationError as error:
                raise ValidationError(
                    gettext("Row %(number)s does not fit: %(error)s.")
                    % {"number": number, "error": error}
                ) from error
        if self.required and not kept:
            raise ValidationError(self.error_messages["required"], code="required")
        return kept

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data) and initial != data


class FilesWidget(forms.Widget):
    """Several attachments. Those that arrived in an earlier try are kept, by a signed reference."""

    template_name = "pages/widgets/files.html"
    needs_multipart_form = True
    kept: list[File] | None = None
    """What the field has kept by now; each form has a widget of its own."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        kept = (
            self.kept
            if self.kept is not None
            else [one for one in value or [] if isinstance(one, File)]
        )
        context["widget"]["largest"] = settings.HANSA_LARGEST_FILE
        context["widget"]["kept"] = [{"file": one, "signed": sign_file(one)} for one in kept]
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        kept = (
            [read_signed(text) for text in data.getlist(f"{name}-kept")]
            if hasattr(data, "getlist")
            else []
        )
        uploads = files.getlist(name) if hasattr(files, "getlist") else []
        return [*(one for one in kept if one is not None), *uploads]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


def sign_file(file: File) -> str:
    """Return a reference to a kept file that only this node can have made."""
    return signing.dumps(msgspec.to_builtins(file), salt=SALT)


def read_signed(text: str) -> File | None:
    """Return the file of such a reference, or None if it was not made here or is a day old."""
    try:
        return msgspec.convert(signing.loads(text, salt=SALT, max_age=24 * 60 * 60), File)
    except (signing.BadSignature, msgspec.ValidationError):
        return None


class FilesField(forms.Field):
    """Keeps uploads durably and becomes their hashes, names and sizes."""

    def __init__(self, *, most: int, **rest: Any) -> None:
        """Bound the number of files."""
        super().__init__(widget=FilesWidget(), **rest)
        self.most = most

    def clean(self, value: Any) -> list[File]:
        """Store each new upload; a refusal of one becomes this field's error."""
        kept: list[File] = []
        self.widget.kept = kept
        for one in value or []:
            if isinstance(one, File):
                kept.append(one)
                continue
            try:
                kept.append(files.keep(one.name, one.content_type or "", one.chunks()))
            except Refused as refusal:
                raise ValidationError(refusal.sentence, code=refusal.code) from refusal
        if len(kept) > self.most:
            raise ValidationError(gettext("Attach at most %(most)s files.") % {"most": self.most})
        if self.required and not kept:
            raise ValidationError(self.error_messages["required"], code="required")
        return kept


class Choices(forms.CheckboxSelectMultiple):
    """Checkboxes in USWDS dress."""

    template_name = "pages/widgets/checks.html"
    option_template_name = "pages/widgets/check.html"


class Radios(forms.RadioSelect):
    """Radio buttons in USWDS dress."""

    template_name = "pages/widgets/checks.html"
    option_template_name = "pages/widgets/check.html"


def is_group(bound: BoundField) -> bool:
    """Tell whether a field is several inputs, which need a fieldset and legend instead of a label."""
    return isinstance(
        bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple | RowsWidget
    )


def of_files(field: Field) -> bool:
    """Tell whether a field holds attachments."""
    return field.type == "items" and field.of is File
