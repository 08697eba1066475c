"""What a kind may look at while it is judged and applied: its own log's prefix, as far as its readers know it.

The narrowness is the guarantee. A state that depends only on prefixes is the same on every node,
whatever arrived first; and what is for the pact depends on nothing that is for fewer, so it is the
same on nodes that may not read the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from django.db.models.base import ModelState

from hansa.kernel.entry import OWN, PACT
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
    audience_of: Callable[[str], str]
    """The audience in the header of a cited record, or "" where it is not cited."""
    mine: Callable[[str], bool]
    """Whether a log is written here, so that what is for its own member alone is here, too."""
    free: bool = False
    """Whether it may look at rows for fewer readers than its own: in `check`, which decides nothing for others."""

    @property
    def position(self) -> str:
        """Return `log@index`."""
        return position(self.log, self.index)

    def own(self, model: type[R], key: str) -> R | None:
        """Return the row with this key if it lives in the author's own log, for no fewer readers, else None."""
        if not lives_in(key, self.log):
            return None
        row = self.load(model, key)
        if row is None or not (self.free or self._reads(row)):
            return None
        return row  # type: ignore[return-value]  # load returns a row of the model it was asked for

    def _reads(self, row: Row) -> bool:
        """Tell whether all who read this record can read the row."""
        return row.audience in {PACT, self.audience} or self.audience == OWN

    def sub(self, model: type[R], suffix: str) -> R | None:
        """Return the author's own row `log/suffix`, if there is one."""
        return self.own(model, f"{self.log}/{suffix}")

    def open(self, model: type[R], suffix: str, audience: str = "") -> R:
        """Return the author's own row `log/suffix`, new if there is none, to be changed by the caller.

        With the audience `own` the row is for fewer readers than a record for the pact that changes it. It is kept
        where the log is written; elsewhere what is returned is a blank that nobody keeps.
        """
        key, readers = f"{self.log}/{suffix}", audience or self.audience
        here = readers == self.audience or self.mine(self.log)
        row = self.load(model, key) if here else None
        if row is not None and row.audience == readers:
            self.keep(row)
            return row  # type: ignore[return-value]  # load returns a row of the model it was asked for
        made = self.new(model, key)
        made.audience = readers
        if here and row is None:
            self.keep(made)
        return made

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
        """Keep what the caller changed in another row of its own log.

        RuntimeError, a fault of the kind, if more people read that row than this record.
        """
        if self.audience not in {PACT, row.audience}:
            raise RuntimeError("a record changes no row that more people read than the record")
        if row.home == self.log:
            self.keep(row)
