"""Arithmetic of costs, in whole cents. Pure: no clock, no database."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from hansa.aid.costs.models import CostLine
from hansa.aid.people.models import Hours
from hansa.aid.people.rules import hours_words, person_minutes

WHOLE = 10_000
"""Hundredths of a percent in the whole."""


def labour(regular: int, overtime: int, rate: int, overtime_rate: int, fringe: int) -> int:
    """Return the cost of labour in cents, rounded half up once, at the end.

    Minutes of all people together; rates in cents an hour; `fringe` in hundredths of a percent of pay.
    """
    above = (regular * rate + overtime * overtime_rate) * (WHOLE + fringe)
    below = 60 * WHOLE
    return (2 * above + below) // (2 * below)


def person_minutes_of(rows: Iterable[Hours]) -> tuple[int, int]:
    """Return (regular, overtime) minutes of all these hours and all their people."""
    regular = overtime = 0
    for row in rows:
        plain, over = person_minutes(row)
        regular, overtime = regular + plain, overtime + over
    return regular, overtime


def money(cents: int, currency: str = "USD") -> str:
    """Return “$1,250.00”, or the amount with its currency's letters before it."""
    sign = "−" if cents < 0 else ""
    amount = f"{abs(cents) // 100:,}.{abs(cents) % 100:02}"
    return f"{sign}${amount}" if currency == "USD" else f"{sign}{currency} {amount}"


def decimal(cents: int) -> str:
    """Return “1250.00”, as a spreadsheet reads it."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"


def basis_words(line: CostLine) -> str:
    """Return how the amount of a line comes about: count and price, or time, rates and fringe benefits."""
    if not line.labour:
        unit = f" {line.unit}" if line.unit else ""
        return f"{line.count:,}{unit} × {money(line.price, line.currency)}"
    parts = [f"{hours_words(line.regular)} × {money(line.rate, line.currency)}"]
    if line.overtime:
        overtime = f"{hours_words(line.overtime)} × {money(line.overtime_rate, line.currency)}"
        parts.append(_("overtime %(time)s") % {"time": overtime})
    if line.fringe:
        fringe = f"{line.fringe // 100}.{line.fringe % 100:02}"
        parts.append(_("fringe benefits %(percent)s %%") % {"percent": fringe})
    return " + ".join(parts)
