"""What a kind may look at while it is judged and applied: its own log's prefix, and nothing else.

The narrowness is the guarantee. A state that depends only on prefixes is the same on every node,
whatever arrived first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from django.db.models.base import ModelState

from hansa.kernel.models import Row
from hansa.kernel.ref import lives_in, position

R = TypeVar("R", bound=Row)

Load = Callable[[type[Row], str], Row | None]
Keep = Callable[[Row], None]


def blank(model: type[R]) -> R:
    """Return a row with every field at its default.

    As Django makes it, but for the signals of `__init__`, which nobody hears and which cost more than the fold.
    """
    row = model.__new__(model)
    row._state = ModelState()  # noqa: SLF001 - what Model.__init__ sets first
    plain, made = _defaults(model)
    row.__dict__.update(plain)
    for name, make in made:
        row.__dict__[name] = make()
    return row


@cache
def _defaults(model: type[Row]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    plain, made = {}, []
    for field in model._meta.concrete_fields:
        if callable(field.default) and field.has_default():
            made.append((field.attname, field.default))
        else:
            plain[field.attname] = field.get_default()
    return plain, made


@dataclass(slots=True)
class Saying:
    """One record's place: its log and index, its log's time, its officer, its audience.

    `at` is the largest author's time in the log so far, so it never runs backwards within a log.
    """

    log: str
    index: int
    at: datetime
    by: str
    audience: str
    load: Load
    keep: Keep
    kind_of: Callable[[str], str]
    """The tag of a cited record, or "" where its body was erased or it is void."""

    @property
    def position(self) -> str:
        """Return `log@index`."""
        return position(self.log, self.index)

    def own(self, model: type[R], key: str) -> R | None:
        """Return the row with this key if it lives in the author's own log, else None."""
        if not lives_in(key, self.log):
            return None
        return self.load(model, key)  # type: ignore[return-value]  # load returns a row of the model it was asked for

    def sub(self, model: type[R], suffix: str) -> R | None:
        """Return the author's own row `log/suffix`, if there is one."""
        return self.own(model, f"{self.log}/{suffix}")

    def open(self, model: type[R], suffix: str) -> R:
        """Return the author's own row `log/suffix`, new if there is none, to be changed by the caller."""
        row = self.sub(model, suffix)
        if row is None:
            row = self.new(model, f"{self.log}/{suffix}")
        self.keep(row)
        return row

    def fresh(self, model: type[R], suffix: str) -> R:
        """Return a new row `log@index/suffix`, of this record alone, to be filled by the caller.

        Nothing can have opened it before, so nothing is read.
        """
        row = self.new(model, f"{self.position}/{suffix}")
        self.keep(row)
        return row

    def new(self, model: type[R], key: str) -> R:
        """Return an empty row of the author's own log under this key."""
        row = blank(model)
        row.key, row.home, row.at, row.audience = key, self.log, self.at, self.audience
        return row

    def change(self, row: Row) -> None:
        """Keep what the caller changed in another row of its own log."""
        if row.home == self.log:
            self.keep(row)
