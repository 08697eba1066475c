"""What an officer is, for a fold that knows no offices: the part that knows them says so here."""

from collections.abc import Callable
from datetime import datetime

from hansa.kernel.approval import Enrolled, Key
from hansa.kernel.models import Row

Authority = Callable[[Row | None, str, datetime], str | None]
Keys = Callable[[Row], list[Enrolled]]


class Officers:
    """The part that knows offices says here what an officer is, and judges them."""

    model: type[Row] | None = None
    judge: Authority | None = None
    keys: Keys | None = None
    used: type[Row] | None = None


def officers_are(model: type[Row], judge: Authority, keys: Keys, used: type[Row]) -> None:
    """Let `judge(officer, capability, at)` return the void code of an officer without authority, or None.

    `keys(officer)` returns the keys with which it approves or did; rows of `used` remember the approvals given.
    """
    Officers.model, Officers.judge = model, staticmethod(judge)
    Officers.keys, Officers.used = staticmethod(keys), used


def officer_model() -> type[Row] | None:
    """Return the model that holds officers, if a part has said what they are."""
    return Officers.model


def enrolled(officer: Row | None) -> list[Enrolled]:
    """Return every key that this officer ever enrolled, in that order."""
    return Officers.keys(officer) if Officers.keys is not None and officer is not None else []


def officer_keys(officer: Row | None) -> dict[str, Key]:
    """Return the keys in force with which this officer approves, by fingerprint."""
    return {one.key.fingerprint: one.key for one in enrolled(officer) if not one.ended}
