"""One form for several needs: pledge toward them, accept what is pledged to them, print them.

Each line is a record of its own and gets its own receipt; one that is refused does not hold up the rest. A form
that is sent twice says each thing once.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from hansa.aid import board, catalogue
from hansa.aid.models import Pledge, Stock
from hansa.aid.pages.board import TOGETHER, chosen_needs, on_paper
from hansa.aid.pages.places import names_of
from hansa.aid.records.pledges import PledgeAccepted, Pledged
from hansa.aid.shelf import shelves
from hansa.aid.templatetags.aid import amount
from hansa.aid.words import MOST
from hansa.kernel.errors import Refused
from hansa.kernel.log import Draft
from hansa.kernel.reading import readable
from hansa.kernel.record import Record
from hansa.kernel.say import say_draft
from hansa.pact.pages.seeing import seat
from hansa.pages.access import Chair, capable, signed_in
from hansa.pages.widgets import Moment, WholeNumber

UNPROCESSABLE = 422
ONCE = 64


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the form: what it is about, how much is proposed, and the record that a quantity makes of it."""

    name: str
    title: str
    about: str
    url: str
    proposed: int
    fixed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """The receipt of one line: the record it became, or the sentence why not."""

    item: Item
    position: str = ""
    sentence: str = ""


def _number(initial: int) -> WholeNumber:
    widget = forms.TextInput(
        attrs={"class": "usa-input hansa-number", "inputmode": "numeric", "autocomplete": "off"}
    )
    return WholeNumber(
        least=0, most=MOST, example=12, widget=widget, required=False, initial=initial or None
    )


class Several(forms.Form):
    """A quantity for each line, and the words that go with all of them."""

    once = forms.CharField(widget=forms.HiddenInput(), max_length=ONCE, required=False)

    def __init__(self, items: Sequence[Item], shared: Mapping[str, forms.Field], data: Any) -> None:
        """Ask for each of `items` how much, then what is `shared`."""
        super().__init__(data, initial={"once": uuid.uuid4().hex})
        for item in items:
            self.fields[item.name] = _number(item.proposed)
            self.fields[item.name].label = item.title
        self.fields.update(shared)
        self.items, self.shared = items, list(shared)

    def rows(self) -> list[tuple[Item, Any]]:
        """Return each line with its input."""
        return [(item, self[item.name]) for item in self.items]

    def common(self) -> list[Any]:
        """Return the inputs that are shared."""
        return [self[name] for name in self.shared]

    def says(self, item: Item) -> dict[str, Any]:
        """Return what the line's record says."""
        typed = {name: self.cleaned_data[name] for name in self.shared}
        given = {name: value for name, value in typed.items() if value not in ("", None)}
        return {**item.fixed, **given, "quantity": self.cleaned_data[item.name]}


def _tell(form: Several, kind: type[Record], chair: Chair) -> list[Told]:
    """Say one record for each line with a quantity; a refusal is that line's alone."""
    once, told = form.cleaned_data["once"], []
    for item in form.items:
        if not form.cleaned_data[item.name]:
            continue
        try:
            token = f"together/{chair.by}/{once}/{item.name}" if once else ""
            draft = Draft(kind.read(form.says(item)), chair.log, chair.by, "", token)
            told.append(Told(item, position=say_draft(draft)))
        except Refused as refusal:
            told.append(Told(item, sentence=refusal.sentence))
    return told


def _together(
    request: HttpRequest,
    kind: type[Record],
    items: Sequence[Item],
    shared: Mapping[str, forms.Field],
    words: Mapping[str, Any],
) -> HttpResponse:
    """Show the form; once it is sent, the receipts."""
    form = Several(items, shared, request.POST if request.method == "POST" else None)
    context = {**words, "form": form, "most": TOGETHER}
    if request.method != "POST" or not items or not form.is_valid():
        status = UNPROCESSABLE if request.method == "POST" and form.errors else 200
        return render(request, "aid/together.html", context, status=status)
    told = _tell(form, kind, seat(request))
    said = [one for one in told if one.position]
    context.update(told=told, said=len(said), refused=len(told) - len(said))
    return render(request, "aid/together_told.html", context)


def _page(kind: type[Record], make: Callable[[HttpRequest], Any]) -> Any:
    """Return the view of an act whose lines, shared questions and words `make` gives."""

    def view(request: HttpRequest) -> HttpResponse:
        return _together(request, kind, *make(request))

    view.__name__, view.__doc__, view.__module__ = make.__name__, make.__doc__, make.__module__
    return require_http_methods(["GET", "HEAD", "POST"])(view)


def _pledge(request: HttpRequest) -> Any:
    """Pledge toward several needs at once."""
    chair, names = seat(request), names_of(request)
    lines = board.need_lines(
        [
            need
            for need in chosen_needs(request)
            if need.home != chair.log and need.cancelled_at is None
        ]
    )
    stocks = Stock.objects.filter(home=chair.log, item__in={line.need.item for line in lines})
    bounded = shelves(stock for stock in stocks if stock.bounded)
    free = {item: max(held.free(), 0) for item, held in bounded.items()}
    items = []
    for line in lines:
        need = line.need
        most = min(line.open, free[need.item]) if need.item in free else line.open
        if need.item in free:
            free[need.item] -= most  # what one line takes is not free for the next
        fixed = {name: getattr(need, name) for name in ("call", "form", "item", "unit")}
        fixed["need"] = need.key
        about = _("%(member)s. Still open: %(open)s.") % {
            "member": names.get(need.home, need.home),
            "open": amount(line.open, need),
        }
        url = reverse("need", args=[need.key])
        items.append(Item(need.key, catalogue.name_of(need.item), about, url, most, fixed))
    moment = forms.DateTimeInput(
        format="%Y-%m-%dT%H:%M", attrs={"class": "usa-input hansa-moment", "type": "datetime-local"}
    )
    shared = {
        "ready": Moment(label=gettext_lazy("Ready when?"), required=False, widget=moment),
        "terms": forms.CharField(
            label=gettext_lazy("On what terms?"), required=False, max_length=280
        ),
    }
    words = {
        "title": _("Pledge toward several needs"),
        "button": _("Pledge all of these"),
        "empty": _("None of the needs that you chose is another member's and still stands."),
    }
    return items, shared, words


def _accept(request: HttpRequest) -> Any:
    """Accept what waits for an answer toward several needs of one's own."""
    chair, names = seat(request), names_of(request)
    needs = {need.key: need for need in chosen_needs(request) if need.home == chair.log}
    pledges = readable(Pledge, chair.log).filter(need__in=needs).order_by("need", "at", "key")
    waiting = [
        line
        for line in board.pledge_lines(pledges)
        if line.acceptance is None and line.pledge.standing and line.need is not None
    ]
    items = []
    for line in waiting:
        pledge = line.pledge
        about = _("%(member)s pledges %(amount)s.") % {
            "member": names.get(pledge.home, pledge.home),
            "amount": amount(pledge.standing, pledge),
        }
        items.append(
            Item(
                pledge.key,
                catalogue.name_of(pledge.item),
                about,
                reverse("need", args=[pledge.need]),
                pledge.standing,
                {"need": pledge.need, "pledge": pledge.key},
            )
        )
    shared = {
        "why": forms.CharField(
            label=gettext_lazy("A word to the givers"), required=False, max_length=280
        )
    }
    words = {
        "title": _("Accept several pledges"),
        "button": _("Accept all of these"),
        "empty": _("No pledge waits for your answer toward the needs that you chose."),
    }
    return items, shared, words


pledge_several = capable("duty")(_page(Pledged, _pledge))
accept_several = capable("logistics")(_page(PledgeAccepted, _accept))


@signed_in
@require_safe
def print_several(request: HttpRequest) -> HttpResponse:
    """Show the needs that were chosen as a sheet to print."""
    needs = chosen_needs(request)
    return on_paper(request, board.need_lines(needs), len(needs))
