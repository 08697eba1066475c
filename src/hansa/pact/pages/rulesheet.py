"""The charter's rules in words, and what differs between two versions of a charter."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hansa.pact.pages.seeing import tongue
from hansa.pact.terms import CostRule, FormRule, Rules
from hansa.pact.words import Form, MemberType


@dataclass(frozen=True, slots=True)
class Line:
    """One rule: what it is about, and what it says."""

    about: str
    says: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words, and whether the new version adds it (“+”), drops it (“-”) or keeps it (“”)."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One article or rule that reads differently, word by word."""

    about: str
    pieces: list[Piece]


def lines(rules: Rules) -> list[Line]:
    """Return the rules in words, in the order in which a call meets them."""
    found = [
        Line(
            _("A member may call: %(trigger)s") % {"trigger": tongue(one, "title")},
            tongue(one, "text"),
        )
        for one in rules.triggers
    ]
    found.append(Line(_("When a call is active"), consent(rules)))
    found += [
        Line(str(Form(rule.id).label), f"{duty(rule)} {tongue(rule, 'duty')}")
        for rule in rules.forms
    ]
    found += [
        Line(_("Costs"), cost(rules.cost)),
        Line(
            _("Own reserve"),
            _("Each member may hold back a reserve, and only it can lift it.")
            if rules.reserve
            else _("Members hold back no reserve."),
        ),
        Line(
            _("Confirming a delivery"),
            _hours(_("The receiver confirms or disputes it within %(time)s."), rules.confirm_hours),
        ),
        *_missions(rules),
        Line(
            _("Joining"),
            _("A newcomer joins when %(share)s of the members agree.")
            % {"share": rules.admission.share},
        ),
        Line(
            _("Leaving"),
            _("With notice of %(days)s.")
            % {
                "days": ngettext("%(n)s day", "%(n)s days", rules.leave_notice_days)
                % {"n": rules.leave_notice_days}
            },
        ),
        Line(
            _("Changing the charter"),
            _("When %(share)s of the members agree to the same text.")
            % {"share": rules.amendment.share},
        ),
    ]
    return [Line(str(line.about), str(line.says)) for line in found]


def _missions(rules: Rules) -> list[Line]:
    days = rules.mission.confirm_days
    time = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    return [
        Line(
            _("A request by phone"),
            _("It is confirmed in writing within %(time)s.") % {"time": time},
        ),
        Line(_("People on loan"), f"{licences(rules)} {liability(rules)}"),
    ]


def consent(rules: Rules) -> str:
    """Return in words whose word makes a call active."""
    if rules.consent.needed == 0:
        return _("When the calling member has signed it. Its word is enough.")
    words = ngettext(
        "When %(n)s other member has consented.",
        "When %(n)s other members have consented.",
        rules.consent.needed,
    )
    return words % {"n": rules.consent.needed}


def duty(rule: FormRule) -> str:
    """Return in words who answers one form of aid, and within how long."""
    who = (
        _("Every other member answers within %(time)s.")
        if rule.who == "all"
        else _("Every member of the type “%(type)s” answers within %(time)s.")
        % {"type": MemberType(rule.who).label, "time": "%(time)s"}
    )
    return _hours(who, rule.hours)


def cost(rule: CostRule) -> str:
    """Return in words who bears the costs."""
    words = {
        "receiver-repays": _("The receiver repays."),
        "each-bears-own": _("Each bears its own."),
        "shared": _("All members share them."),
    }
    return f"{words[rule.rule]} {tongue(rule, 'text')}".strip()


def licences(rules: Rules) -> str:
    """Return in words whether the giver's licences count at the receiver's."""
    if rules.mission.licences == "recognised":
        return _("Their licences count where they are sent.")
    return _("The receiver says each time whether their licences count.")


def liability(rules: Rules) -> str:
    """Return in words who answers for harm and loss."""
    if rules.mission.liability == "receiver-covers":
        return _("The receiver answers for harm and loss.")
    return _("The giver insures them, or the receiver takes the cover.")


def _hours(words: str, hours: int) -> str:
    return words % {"time": ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}}


def changes(
    before: tuple[Sequence[dict[str, Any]], Rules], after: tuple[Sequence[dict[str, Any]], Rules]
) -> list[Change]:
    """Return every article and rule that reads differently in `after`: those changed, then new, then dropped."""
    return [
        *_compared(_articles(before[0]), _articles(after[0])),
        *_compared(_rules(before[1]), _rules(after[1])),
    ]


def _articles(articles: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return each article's text by its heading. The Spanish text is an article of its own here: it changes apart."""
    found: dict[str, str] = {}
    for number, article in enumerate(articles, start=1):
        heading = pgettext("article", "Article %(n)s") % {"n": number}
        found[heading] = f"{article['title']}. {article['text']}"
        if article.get("text_es") or article.get("title_es"):
            found[f"{heading} ({_('Spanish')})"] = (
                f"{article.get('title_es', '')}. {article.get('text_es', '')}"
            )
    return found


def _rules(rules: Rules) -> dict[str, str]:
    return {line.about: line.says for line in lines(rules)}


def _compared(before: dict[str, str], after: dict[str, str]) -> list[Change]:
    kept = [
        Change(about, words(before[about], says))
        for about, says in after.items()
        if about in before and before[about] != says
    ]
    new = [
        Change(about, [Piece("+", says)]) for about, says in after.items() if about not in before
    ]
    dropped = [
        Change(about, [Piece("-", says)]) for about, says in before.items() if about not in after
    ]
    return [*kept, *new, *dropped]


def words(before: str, after: str) -> list[Piece]:
    """Return `after` as runs of words kept, added and dropped against `before`."""
    old, new = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    pieces: list[Piece] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("", "".join(old[a:b])))
            continue
        pieces += [
            Piece(mark, "".join(run)) for mark, run in (("-", old[a:b]), ("+", new[c:d])) if run
        ]
    return pieces
