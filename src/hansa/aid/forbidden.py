"""What forbids a member to send a thing to another: the parts above say it here; whoever sends or plans asks.

Courtesy, asked in `check`: what was sent in spite of it is not undone on other nodes.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from hansa.kernel.errors import Refused

Asks = Callable[[str, str, str], list[tuple[str, str]]]
"""From giver's log, item and receiver's log to (article, remedy) of each rule that forbids it."""

_ASKED: list[Asks] = []


def register(asks: Asks) -> None:
    """Ask this, too; the same one is asked once."""
    if asks not in _ASKED:
        _ASKED.append(asks)


def by_law(log: str, item: str, to: str) -> list[tuple[str, str]]:
    """Return (article, remedy) of all that forbids the member of `log` to send `item` to the member of the log `to`."""
    return [one for asks in _ASKED for one in asks(log, item, to)]


def refuse(log: str, item: str, to: str) -> None:
    """Refuse to send what one's own law forbids, naming its article and what would lift it."""
    for article, remedy in by_law(log, item, to):
        said = {"article": article, "remedy": remedy.removesuffix(".")}
        raise Refused(
            _("Your own law forbids to send this there: %(article)s. What would lift it: %(remedy)s. Once that is done, lift the limit.") % said,
            code="limit",
        )  # fmt: skip
