"""Reasons: what the planner has to say, as a code with its numbers. Pages put them into a person's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SENTENCES = {
    "beside.saves": "Waiting costs %(share).1f %% less than if the most urgent were served first, from the nearest.",
    "beside.same": "Serving the most urgent first from the nearest costs as much.",
    "beside.more": "It brings %(units)s more of %(item)s.",
    "beside.less": "It brings %(units)s fewer of %(item)s.",
    "beside.sooner": "Of %(item)s, a unit arrives %(hours).1f hours sooner on average.",
    "beside.later": "Of %(item)s, a unit arrives %(hours).1f hours later on average.",
    "one.worth": "%(lot)s more of %(item)s at %(call)s within %(hours).1f hours would save up to %(share).1f %% of all waiting.",
    "one.nothing": "One more of %(item)s that reaches %(call)s within %(hours).1f hours saves nothing: what is planned is as good.",
    "one.late": "What reaches %(call)s after %(until).1f hours is of no use there, and %(hours).1f hours is later.",
    "binds.stock": "%(owner)s lends no more of %(item)s: %(lot)s more would save up to %(share).1f %% of all waiting.",
    "binds.trucks": "The trucks of %(owner)s are full: room for %(lot)s m³ more would save up to %(share).1f %% of all waiting.",
    "binds.dock": "%(call)s can take in no more: room for %(lot)s m³ more would save up to %(share).1f %% of all waiting.",
    "binds.none": "Neither stock nor trucks of %(owner)s hold the plan up.",
    "ask.more": "Ask %(owner)s for more of %(item)s: it would be at %(call)s after %(hours).1f hours, and %(lot)s would save up to %(share).1f %% of all waiting.",
    "why.first": "%(owner)s sends %(item)s to %(call)s because it is there first, after %(hours).1f hours.",
    "why.this": "%(owner)s sends %(item)s to %(call)s, where it is after %(hours).1f hours: whoever is nearer cannot, or is worth more elsewhere.",
    "why.serves": "%(item)s stands in for %(wanted)s.",
    "not.too": "%(owner)s sends %(units)s as well.",
    "not.empty": "%(owner)s has none of %(item)s to lend.",
    "not.law": "No law lets %(owner)s send %(item)s to %(call)s.",
    "not.way": "No way from %(owner)s to %(call)s is known.",
    "not.expired": "What %(owner)s has would arrive after %(hours).1f hours, and has expired after %(expires).1f.",
    "not.until": "From %(owner)s it would arrive after %(hours).1f hours; after %(until).1f hours it is of no use.",
    "not.equal": "From %(owner)s it would be just as good.",
    "not.later": "From %(owner)s it would come %(hours).1f hours later.",
    "not.dearer": "From %(owner)s it would cost more: %(lot)s from there add %(share).1f %% of all waiting.",
    "not.stock": "What %(owner)s has is worth more elsewhere: %(lot)s there save up to %(share).1f %% of all waiting.",
    "not.trucks": "The trucks of %(owner)s are worth more elsewhere: %(lot)s so carried there save up to %(share).1f %% of all waiting.",
    "change.never": "However late it came, the plan would stay: an hour's wait costs nothing at %(call)s.",
    "change.any": "If it came any later, another plan might be better.",
    "change.other": "If it came %(hours).1f hours later or more, %(other)s might send it to %(call)s instead.",
    "change.lot": "If it came %(hours).1f hours later or more, %(owner)s might send it to %(call)s from another lot.",
    "change.open": "If it came %(hours).1f hours later or more, %(call)s might better go without.",
    "change.elsewhere": "If it came %(hours).1f hours later or more, it might rather go to %(other)s than to %(call)s.",
    "change.home": "If it came %(hours).1f hours later or more, it might rather stay with %(owner)s.",
    "hour.lost": "%(units)s of %(item)s from %(owner)s serve %(call)s only if they leave within %(hours).1f hours.",
    "hour.late": "%(units)s of %(item)s from %(owner)s reach %(call)s in time only if they leave within %(hours).1f hours.",
    "fair.same": "The cheapest plan is as fair as a plan can be: %(lowest).0f %% for the call that gets least.",
    "fair.hardly": "The cheapest plan is nearly as fair as a plan can be: the call that gets least gets %(lowest).0f %%, and not one percent more for %(price).1f %% more waiting.",
    "fair.price": "The call that gets least would get %(after).0f %% instead of %(before).0f %%, and waiting would cost %(price).1f %% more.",
    "fair.chosen": "This plan is fair: the call that gets least gets %(after).0f %% instead of %(before).0f %%, and waiting costs %(price).1f %% more than in the cheapest plan.",
    "fair.not": "It was to be fair, and gives the call that gets least no more than the cheapest plan does.",
    "fair.gains": "%(call)s gets %(after).0f %% instead of %(before).0f %%.",
    "fair.gives": "%(call)s gives: %(after).0f %% instead of %(before).0f %%.",
    "guard.price": "What is held back covers %(covers).0f %% of a call from %(scenario)s, and waiting now costs %(price).1f %% more.",
    "guard.free": "What is left covers %(covers).0f %% of a call from %(scenario)s, and nothing waits longer for it.",
    "guard.without": "Without holding back, %(covers).0f %% of a call from %(scenario)s could be covered.",
    "guard.saves": "If %(scenario)s calls, waiting there costs %(share).0f %% less than it would without.",
    "guard.holds": "%(owner)s holds back %(units)s of %(item)s.",
    "steady.new": "New: %(owner)s sends %(units)s of %(item)s to %(call)s.",
    "steady.gone": "No more: %(owner)s was to send %(units)s of %(item)s to %(call)s.",
    "steady.more": "%(owner)s sends %(units)s of %(item)s to %(call)s instead of %(was)s.",
    "steady.less": "%(owner)s sends %(units)s of %(item)s to %(call)s instead of %(was)s.",
    "steady.same": "Nothing changes in what was published.",
    "steady.price": "Keeping to what was published costs %(price).1f %% more than planning anew.",
}
"""The English of each code, as a %-format of its numbers: what is translated is the format."""

COUNTS = frozenset({"units", "lot", "was"})
"""Numbers that are whole, and told with their thousands apart where they fill a %s."""


Numbers = dict[str, str | float]


PLAIN = 0.1
"""Percent below which a share is told of ten, a hundred … units instead."""
MOST_TOLD = 10_000


def measured(worth: float, cost: float, most: float = MOST_TOLD) -> Numbers:
    """Return what a unit is worth, in weighted hours and as a percentage of the plan's cost, for as many units as make it plain.

    No more than `most`, beyond which nobody has a use for them.
    """
    lot, share = 1, 100 * worth / max(abs(cost), 1e-9)
    while 0 < share < PLAIN and 10 * lot <= min(most, MOST_TOLD):
        lot, share = 10 * lot, 10 * share
    return {"worth": worth, "lot": lot, "share": min(share, 100.0)}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `numbers` holds what its sentence names: amounts, and the keys of members, items, calls and needs."""

    code: str
    numbers: Mapping[str, str | float] = field(default_factory=dict)


def english(reason: Reason, names: Mapping[str, str] | None = None) -> str:
    """Return the sentence in English. `names` puts a name where a key stands."""
    known = names or {}
    return SENTENCES[reason.code] % filled(reason, known, lambda count: f"{count:,}")


def filled(
    reason: Reason, names: Mapping[str, str], counted: Callable[[int], str]
) -> dict[str, str | float]:
    """Return what fills a reason's sentence: names where keys stand, and counts as the reader's language writes them."""
    return {
        name: names.get(value, value)
        if isinstance(value, str)
        else counted(round(value))
        if name in COUNTS
        else value
        for name, value in reason.numbers.items()
    }
