"""What a kind may look at while it is judged and applied: its own log's prefix, and nothing else.

The narrowness is the guarantee. A state that depends only on prefixes is the same on every node,
whatever arrived first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from hansa.kernel.models import Row
from hansa.kernel.ref import home_of, position

R = TypeVar("R", bound=Row)

Load = Callable[[type[Row], str], Row | None]
Keep = Callable[[Row], None]


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
    """The tag of a cited record, or "" where its body was erased."""

    @property
    def position(self) -> str:
        """Return `log@index`."""
        return position(self.log, self.index)

    def own(self, model: type[R], key: str) -> R | None:
        """Return the row with this key if it lives in the author's own log, else None."""
        if home_of(key) != self.log:
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

    def new(self, model: type[R], key: str) -> R:
        """Return an empty row of the author's own log under this key."""
        return model(key=key, home=self.log, at=self.at, audience=self.audience)

    def change(self, row: Row) -> None:
        """Keep what the caller changed in another row of its own log."""
        if row.home == self.log:
            self.keep(row)
