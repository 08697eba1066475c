"""Listing many people at once, from lines that were copied out of a spreadsheet: a receipt for each line."""

import csv
import io
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.aid.models import Pledge
from hansa.aid.people.pages.acts import mission
from hansa.aid.people.records.roster import PersonListed
from hansa.kernel.errors import Refused
from hansa.kernel.say import say
from hansa.pact.pages.seeing import seat
from hansa.pages.access import Chair, capable

COLUMNS = tuple(field.name for field in PersonListed.fields if field.name != "pledge")
"""The columns of a line, in their order; a first line that names them may give another order."""

MOST_LINES = 500
LONGEST = 100_000
UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one line: the record that it made, or why it made none."""

    number: int
    words: str
    record: str = ""
    refused: str = ""


class LinesForm(forms.Form):
    """The lines, as they were pasted."""

    lines = forms.CharField(
        label=gettext_lazy("One person on each line"),
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 10}),
    )


@capable("logistics")
def person_several(request: HttpRequest, key: str) -> HttpResponse:
    """List all whose lines hold. Those that do not stay in the form, each with its reason; they never stop the rest."""
    company, chair = mission(request, key, own=True), seat(request)
    form = LinesForm(request.POST or None)
    receipts: list[Receipt] = []
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["lines"]
        lines = read(text)
        receipts = [_list(one, company.pledge, chair) for one in lines[:MOST_LINES]]
        receipts += [_too_many(one) for one in lines[MOST_LINES:]]
        left = [text.splitlines()[one.number - 1] for one in receipts if one.refused]
        head = text.splitlines()[:1] if left and _names(text) else []
        form = LinesForm(initial={"lines": "\n".join([*head, *left])})
    context = {
        "form": form,
        "roster": company,
        "columns": COLUMNS,
        "listed": [one for one in receipts if one.record],
        "refused": [one for one in receipts if one.refused],
    }
    failed = form.errors or context["refused"]
    status = UNPROCESSABLE if failed else 200
    return render(request, "people/several.html", context, status=status)


MORE = "…"
"""Under this name stands what a line has beyond the last column."""


def read(text: str) -> list[tuple[int, dict[str, str]]]:
    """Return (number of the line, its values by column) of each line that is not empty.

    Values stand between tabs, semicolons or commas, whichever the first line has.
    """
    mark = _mark(text)
    named = _names(text)
    made = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or (named and number == 1):
            continue
        values = next(csv.reader(io.StringIO(line), delimiter=mark), [])
        columns = named or COLUMNS
        given = dict(zip(columns, (value.strip() for value in values), strict=False))
        given[MORE] = " ".join(values[len(columns) :]).strip()
        made.append((number, {name: value for name, value in given.items() if value}))
    return made


def _mark(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return next((mark for mark in "\t;" if mark in first), ",")


def _names(text: str) -> list[str]:
    """Return the columns that the first line names, or none if it is a person's."""
    first = next(iter(text.splitlines()), "").casefold()
    names = [name.strip() for name in first.split(_mark(text))]
    return names if "ref" in names else []


def _list(given: tuple[int, dict[str, str]], pledge: Pledge, chair: Chair) -> Receipt:
    number, values = given
    words = _words(values)
    if MORE in values:
        why = _("After the last column stands “%(more)s”. Give each column one value.")
        return Receipt(number, words, refused=why % {"more": values[MORE][:60]})
    try:
        record = PersonListed.read({"pledge": pledge.key, **values})
        return Receipt(number, words, say(record, log=chair.log, by=chair.by))
    except Refused as refusal:
        column = _("%(column)s: ") % {"column": refusal.field} if refusal.field else ""
        return Receipt(number, words, refused=f"{column}{refusal.sentence}")


def _too_many(given: tuple[int, dict[str, str]]) -> Receipt:
    number, values = given
    why = _("At most %(most)s people are listed at once. Send the rest again.")
    return Receipt(number, _words(values), refused=why % {"most": MOST_LINES})


def _words(values: dict[str, str]) -> str:
    return ", ".join(values.get(name, "") for name in ("ref", "position"))
