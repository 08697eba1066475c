"""The claim packet of a mission: one PDF with its annexes, and one CSV with the same sums.

Both are made from the account (`book`) at the moment they are asked for, so they are there on the day of
demobilisation, and before it as a draft.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from hansa.aid.costs.book import Book, BookLine, Sums
from hansa.aid.costs.models import Money
from hansa.aid.costs.pages.annexes import legal, pair
from hansa.aid.costs.pages.overview import book_of
from hansa.aid.costs.sums import basis_words, decimal, money
from hansa.aid.costs.words import Category, LineState
from hansa.aid.missions.standing import Standing, standings
from hansa.aid.pages.places import names_of
from hansa.aid.pages.printed import given, moment, signature
from hansa.aid.people.pages.papers import check_in_data
from hansa.aid.people.roster import Roster, rosters
from hansa.aid.people.rules import hours_words, person_minutes
from hansa.kernel import clock
from hansa.kernel.models import Entry
from hansa.kernel.ref import split
from hansa.pages.access import signed_in
from hansa.pages.sheets import csv_response

Names = Mapping[str, str]


@signed_in
@require_safe
def pdf(request: HttpRequest, key: str) -> HttpResponse:
    """Give the claim packet as one PDF."""
    book = book_of(request, key)
    standing = next(iter(standings([book.pledge])), None)
    company, names = rosters([book.pledge])[0], names_of(request)
    return given(
        "claim",
        f"claim-{key}",
        lambda: packet_data(book, company, standing, names),
        at=book.pledge.needer,
    )


@signed_in
@require_safe
def csv(request: HttpRequest, key: str) -> HttpResponseBase:
    """Give the lines of the claim packet as CSV; each money column adds up to the page's and the PDF's sum."""
    book = book_of(request, key)
    return csv_response(f"claim {key}", HEADINGS, csv_rows(book))


HEADINGS = (
    "record",
    "category",
    "what",
    "basis",
    "terms",
    "nature",
    "state",
    "how",
    "incurred",
    "currency",
    "predicted",
    "actual",
    "borne",
    "claimed",
    "accepted",
    "reason",
    "eligible",
    "findings",
    "evidence",
    "claim",
    "answer",
)
"""Columns of the CSV. Their names are for programs, and the same in every language."""


def csv_rows(book: Book) -> Iterator[list[Any]]:
    """Yield one row for each line, withdrawn ones with zeros, and one for each estimate that is the offer's."""
    if book.from_offer:
        for name, cents in book.offered.items():
            label = Category(name).label if name in Category.values else name
            row = ["", name, _("Offer: %(line)s") % {"line": label}, "predicted"]
            sums = [decimal(cents), *["0.00"] * 4]
            yield [*row, "", "", "predicted", "", "", book.currency, *sums, *[""] * 6]
    for one in book.lines:
        line, counts = one.line, one.standing
        actual = line.amount if counts and line.basis == "actual" else 0
        yield [
            line.key,
            line.category,
            line.what,
            line.basis,
            line.terms,
            line.nature,
            one.state.value,
            basis_words(line),
            line.incurred,
            line.currency,
            decimal(line.amount if counts and line.basis == "predicted" else 0),
            decimal(actual),
            decimal(actual if line.terms != "reimbursed" else 0),
            decimal(one.claimed),
            decimal(one.accepted),
            line.withdrawn_why or one.why,
            "yes" if one.eligible else "no",
            _findings(one),
            " ".join(file["sha256"] for proof in one.evidence for file in proof.files),
            line.claim,
            one.answer,
        ]


def _findings(one: BookLine) -> str:
    return "; ".join(f"{found.words} ({found.source})" for found in one.findings)


def packet_data(
    book: Book, company: Roster, standing: Standing | None, names: Names
) -> dict[str, Any]:
    """Return what fills the claim packet."""
    pledge = book.pledge
    check_in = check_in_data(company, names)
    counted = [(number, one) for number, one in enumerate(book.lines, 1) if one.standing]
    gone = [(number, one) for number, one in enumerate(book.lines, 1) if not one.standing]
    demobilised = moment(company.demobilised_at)
    return {
        "incident": check_in["incident"],
        "drill": check_in["drill"],
        "made_from": pledge.key,
        "mission": str(pledge),
        "number": pledge.key,
        "giver": names.get(pledge.home, pledge.home),
        "receiver": names.get(pledge.needer, pledge.needer),
        "made_at": moment(clock.now()),
        "demobilised": demobilised or _("Not yet: this packet is a draft."),
        "facts": _facts(book),
        "sums": [_sum(one, book.currency) for one in book.categories],
        "total": {**_sum(book.total, book.currency), "label": _("All lines")},
        "expenses": [_expense(number, one) for number, one in counted],
        "withdrawn": [_expense(number, one) for number, one in gone],
        "claims": _claims(book),
        "transfers": [{"at": moment(one.when), "what": _transfer(one)} for one in book.moved],
        **_signed(book),
        **legal(standing, names),
        "arrivals": check_in["arrivals"],
        "worked": _worked(company),
        "proofs": [
            {
                "number": number,
                "what": proof.what,
                "name": file["name"],
                "sha256": file["sha256"],
                "size": f"{file['size']:,} B",
                "record": proof.key,
            }
            for number, one in counted
            for proof in one.evidence
            for file in proof.files
        ],
    }


def _signed(book: Book) -> dict[str, Any]:
    """Return who signed the latest claim that stands, and the latest answer to it."""
    claims = [one for one in book.claims if one.withdrawn_at is None]
    answers = {one.answer for one in book.lines if one.answer}
    said = Entry.objects.filter(log=book.pledge.needer).order_by("-index")
    answer = said.filter(index__in=[split(one)[1] for one in answers]).first()
    return {
        "claimed_by": signature(claims[-1].key, claims[-1].at) if claims else {},
        "answered_by": signature(answer.position, answer.at) if answer is not None else {},
    }


def _facts(book: Book) -> list[dict[str, str]]:
    def cents(amount: int) -> str:
        return money(amount, book.currency)

    total = book.total
    return [
        pair(_("Actual"), cents(total.actual)),
        pair(_("Of it borne by the giver"), cents(total.borne)),
        pair(_("Claimed"), cents(total.claimed)),
        pair(_("Accepted"), cents(total.accepted)),
        pair(_("Paid in advance"), cents(book.advanced)),
        pair(_("Paid"), cents(book.paid)),
        pair(_("Paid back"), cents(book.repaid)),
        pair(due_words(book), cents(abs(book.due))),
    ]


def due_words(book: Book) -> str:
    """Return what the balance is called."""
    if book.due >= 0:
        return _("Still due")
    return _("To be paid back") if book.overpaid else _("Paid beyond what is accepted so far")


def _sum(one: Sums, currency: str) -> dict[str, str]:
    names = ("predicted", "actual", "difference", "claimed", "accepted")
    return {"label": one.label, **{name: money(getattr(one, name), currency) for name in names}}


def _expense(number: int, one: BookLine) -> dict[str, Any]:
    line = one.line
    answered = f"{one.why} ({one.answer})" if one.why else ""
    found = "; ".join(words for words in (_findings(one), answered) if words)
    return {
        "number": number,
        "category": str(line.get_category_display()),
        "what": line.what,
        "basis": basis_words(line),
        "terms": str(line.get_terms_display()),
        "state": str(one.state.label),
        "amount": money(line.amount, line.currency),
        "claimed": money(one.claimed, line.currency),
        "accepted": money(one.accepted, line.currency),
        "findings": line.withdrawn_why or found,
        "record": line.key,
    }


def _claims(book: Book) -> list[dict[str, str]]:
    made = []
    for claim in book.claims:
        words = [moment(claim.at), money(claim.total, claim.currency), claim.words]
        if claim.withdrawn_at is not None:
            words.append(_("withdrawn: %(why)s") % {"why": claim.withdrawn_why})
        else:
            left = sum(one.state == LineState.CLAIMED and one.claim is claim for one in book.lines)
            words.append(
                ngettext("%(count)s line not answered", "%(count)s lines not answered", left)
                % {"count": left}
            )
        made.append(pair(_("Claim %(record)s") % {"record": claim.key}, _joined(words)))
    return made


def _transfer(one: Money) -> str:
    words = [f"{one.get_sort_display()} {money(one.cents, one.currency)}", one.reference, one.key]
    return _joined(words)


def _joined(words: list[str]) -> str:
    return "; ".join(word for word in words if word)


def _worked(company: Roster) -> list[dict[str, Any]]:
    refs = {line.person.key: line.person.ref for line in company.lines}
    made = []
    for row in company.hours:
        if row.withdrawn_at is not None:
            continue
        regular, overtime = person_minutes(row)
        made.append(
            {
                "at": f"{moment(row.began)} – {moment(row.ended)}",
                "what": f"{row.done} ({row.get_sort_display()})",
                "who": ", ".join(refs.get(key, key) for key in row.people),
                "regular": hours_words(regular),
                "overtime": hours_words(overtime),
                "record": row.key,
            }
        )
    return made
