"""What records mean: entries folded into rows, in the order of their log.

Authority is judged here, again, for everyone, whatever the author's node let pass. An entry that
fails is kept and marked void with a reason; it changes nothing and breaks nothing. An entry that cites a
record not yet here waits, and its log with it: so the state is a function of the logs' prefixes
alone, and of nothing that depends on what arrived first.

What is for fewer than the whole pact never decides what is for the pact. It cites other logs by their
hashes only and waits for none, so that nodes which cannot read it come to the same rows and fates.
"""

import logging
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from operator import attrgetter

from django.db import Error as DatabaseError

from hansa.kernel import approval
from hansa.kernel.context import Saying
from hansa.kernel.entry import OWN, PACT, for_the_pact
from hansa.kernel.errors import Untrusted
from hansa.kernel.fields import Field
from hansa.kernel.models import Fate, Row
from hansa.kernel.officers import Officers, officer_keys
from hansa.kernel.record import FOUNDING, KINDS, NODE, Record
from hansa.kernel.ref import home_of, is_position, lives_in, split
from hansa.kernel.said import Cited, Said, Shelf, act_of

logger = logging.getLogger(__name__)


class _Thefts:
    """What rows of this model name was never written, and nobody waits for it."""

    model: type[Row] | None = None


def disowned_are(model: type[Row]) -> None:
    """Let rows of `model` under the key `log/disowned/index-leaf` (leaf hash in hex) name entries that their log disowns."""
    _Thefts.model = model


class Fault(Exception):
    """A kind's `judge` or `apply` raised, against its contract. The cause is chained."""

    def __init__(self, place: str) -> None:
        """Name the entry that could not be folded."""
        super().__init__(f"folding {place} failed")
        self.place = place


class Folding:
    """The working set of one batch: rows read once, changed in memory, handed over at the end."""

    def __init__(self, shelf: Shelf, broken: Iterable[str] = ()) -> None:
        """Start with nothing in hand. Entries at the positions `broken` are void without being asked."""
        self.shelf = shelf
        self.rows: dict[tuple[type[Row], str], Row | None] = {}
        self.kept: dict[tuple[type[Row], str], Row] = {}
        self.known: dict[str, Cited] = {}
        self.broken = set(broken)
        self._mine: frozenset[str] | None = None
        self._disowned: set[str] | None = None

    def prepare(self, said: Iterable[Said]) -> None:
        """Read at once what the batch will ask for: cited records, officers, and the rows to change."""
        wanted: dict[type[Row], set[str]] = {}
        positions: set[str] = set()
        for one in said:
            positions.update(one.refs)
            if Officers.model is not None and one.by:
                wanted.setdefault(Officers.model, set()).add(one.by)
            if one.record is not None:
                key = target(one.record, one.position)
                if key == one.position:
                    self.rows[one.record.row, key] = (
                        None  # its own position: nothing opened it before
                    )
                else:
                    wanted.setdefault(one.record.row, set()).add(key)
                for model, near in one.record.near():
                    full = near if "@" in near.split("/", 1)[0] else f"{one.header.log}/{near}"
                    wanted.setdefault(model, set()).add(full)
        # What stands in this batch is known once it is folded, whatever an earlier fold made of it.
        own = {one.position for one in said}
        self.known.update(self.shelf.cited(positions - own - self.known.keys()))
        for model, keys in wanted.items():
            missing = {key for key in keys if (model, key) not in self.rows}
            found = self.shelf.rows(model, missing)
            self.rows.update({(model, key): found.get(key) for key in missing})

    def ready(self, said: Said) -> bool:
        """Tell whether every record that this one cites is here and folded. What few may read waits for nothing."""
        if not for_the_pact(said.header.aud):
            return True
        for ref in said.refs:
            cited = self.known.get(ref)
            here = cited is not None and cited.fate != Fate.WAITING
            if not here and not self._is_disowned(ref, said):
                return False
        return True

    def fold(self, said: Said) -> None:
        """Decide the entry's fate and, if it holds, let it change its row.

        Raises Fault if the kind's own code failed, which may leave rows in hand half changed: the caller
        drops this Folding and folds its batch again with the entry named in `broken`.
        """
        if said.outright is not None:
            said.fate, said.reason = (
                said.outright,
                "malformed" if said.outright == Fate.VOID else "",
            )
        else:
            try:
                code = "fault" if said.position in self.broken else self._judge_and_apply(said)
            except (DatabaseError, OSError, MemoryError):
                raise  # the machine failed, not the kind: nothing may be decided now
            except Exception as error:
                raise Fault(said.position) from error
            said.fate, said.reason = (Fate.VOID, code) if code else (Fate.DONE, "")
        kind = "" if said.fate == Fate.VOID else said.kind
        self.known[said.position] = Cited(said.leaf, kind, said.fate, said.header.aud)

    def judge(self, said: Said, saying: Saying | None = None) -> str | None:
        """Return the code under which the entry is void, or None. Changes nothing."""
        record = said.record
        if record is None:
            return "malformed"
        code = self._authority(said, record) or self._citations(said, record)
        if code:
            return code
        if not record.is_for(said.header.aud):
            return "audience"
        key = target(record, said.position)
        if not lives_in(key, said.header.log):
            return "not-home"
        row = self.load(record.row, key)
        if self._of_others(said, record, row):
            return "other-readers"
        if row is None and record.subject is not None:
            return None if self._absent(key) else "gone"
        saying = saying or self.saying(said)
        return record.judge(row, saying) or self._approval(said, record)

    def saying(self, said: Said, *, free: bool = False) -> Saying:
        """Return the entry's place, as its kind sees it; `free` for `check`, which may look at all that is here."""
        return Saying(
            said.header.log,
            said.header.i,
            said.at,
            said.by,
            said.audience,
            self.load,
            self._keep,
            self._audience_of,
            self._is_mine,
            free,
        )

    def load(self, model: type[Row], key: str) -> Row | None:
        """Return the row as this batch has left it so far."""
        place = (model, key)
        if place not in self.rows:
            self.rows[place] = self.shelf.rows(model, [key]).get(key)
        return self.rows[place]

    def _absent(self, key: str) -> bool:
        """Tell whether what opened the row cannot be read here, or no more."""
        return key in self.known and self.known[key].fate in {Fate.ERASED, Fate.UNREAD}

    def _of_others(self, said: Said, record: Record, row: Row | None) -> bool:
        """Tell whether what it would change has other readers: as the headers say, and the row if it is here."""
        if record.subject is not None:
            opening = self.known[getattr(record, record.subject)].audience
            if _scope(opening) != _scope(said.header.aud):
                return True
        return row is not None and said.audience not in {PACT, row.audience}

    def _audience_of(self, ref: str) -> str:
        return self.known[ref].audience if ref in self.known else ""

    def _is_mine(self, log: str) -> bool:
        if self._mine is None:
            self._mine = self.shelf.mine()
        return log in self._mine

    def _keep(self, row: Row) -> None:
        place = (type(row), row.key)
        self.rows[place] = self.kept[place] = row

    def _judge_and_apply(self, said: Said) -> str | None:
        record, saying = said.record, self.saying(said)
        code = self.judge(said, saying)
        if code or record is None:
            return code
        key = target(record, said.position)
        row = self.load(record.row, key)
        if row is None and record.subject is not None:
            return None  # what it changed was erased: it holds, and has nothing left to change
        row = row or saying.new(record.row, key)
        record.apply(row, saying)
        self._keep(row)
        if self._disowned is not None and type(row) is _Thefts.model:
            self._disowned.add(key)
        if Officers.used is not None:
            for used in said.approved:
                self._keep(saying.new(Officers.used, used))
        said.subject = key
        return None

    def _authority(self, said: Said, record: Record) -> str | None:
        if record.by == FOUNDING:
            return None if said.header.i == 0 and not said.by else "founding"
        if record.by == NODE:
            return "node" if said.by else None
        if (
            Officers.model is None
            or Officers.judge is None
            or not is_position(said.by)
            or not lives_in(said.by, said.header.log)
        ):
            return "no-officer"
        return Officers.judge(self.load(Officers.model, said.by), record.by, said.at)

    def _approval(self, said: Said, record: Record) -> str | None:
        """Judge what the officer itself signed, by its keys as the log's prefix leaves them; no clock decides.

        Each approval counts once, except where a body may be erased: for what can be forgotten must not decide.
        """
        said.approved = []
        given = said.envelope.approvals if said.envelope is not None else []
        if not given and not record.weighty:
            return None
        officer = self.load(Officers.model, said.by) if Officers.model and said.by else None
        keys = officer_keys(officer)
        if not given:
            return "not-approved" if keys else None
        try:
            made = approval.judge(given, keys, act_of(said))
        except Untrusted:
            return "approval-false"
        if record.erasable or said.header.aud != PACT or Officers.used is None:
            return None
        said.approved = [f"{said.header.log}/approval/{one.hex()}" for one in made]
        if any(self.load(Officers.used, used) is not None for used in said.approved):
            return "approval-reused"
        return None

    def _is_disowned(self, ref: str, said: Said) -> bool:
        """Tell whether the log of a cited entry says that it never wrote it. Asked first of every citation, so that no order of arrival decides."""
        if self._disowned is None:
            self._disowned = set(self.shelf.all_keys(_Thefts.model)) if _Thefts.model else set()
        if not self._disowned:
            return False
        log, index = split(ref)
        return f"{log}/disowned/{index}-{said.refs[ref].hex()}" in self._disowned

    def _citations(self, said: Said, record: Record) -> str | None:
        named = record.citations()
        if for_the_pact(said.header.aud):
            code = self._for_fewer(said, named)
            looked_at: Collection[str] = said.refs
        else:
            code = self._not_before(said)
            looked_at = {ref for ref in said.refs if lives_in(ref, said.header.log)}
        if code:
            return code
        if any(self.known[ref].leaf != said.refs[ref] for ref in looked_at):
            return "ref-differs"
        if said.by and said.by not in said.refs:
            return "ref-missing"
        for ref, asked in named:
            if ref not in said.refs:
                return "ref-missing"
            if ref not in looked_at or not for_the_pact(self.known[ref].audience):
                continue  # pinned by its hash, and nothing more
            cited = self.known[ref]
            if cited.fate == Fate.VOID and not asked.void:
                return "ref-void"
            if cited.fate == Fate.DONE and asked.of is not Row and not _opens(cited.kind, asked.of):
                return "wrong-kind"
        return None

    def _for_fewer(self, said: Said, named: Sequence[tuple[str, Field]]) -> str | None:
        """Void what is for the pact and rests on what is not, of which the pact knows no more than the header; or on nothing."""
        fewer = False
        for ref in said.refs:
            if self._is_disowned(ref, said):
                return "ref-disowned"
            if not for_the_pact(self.known[ref].audience):
                fewer = fewer or not any(one == ref and asked.restricted for one, asked in named)
        return "ref-audience" if fewer else None

    def _not_before(self, said: Said) -> str | None:
        """Void what cites a later place of its own log, for which nothing else waits."""
        log, here = said.header.log, said.header.i
        ahead = any(lives_in(ref, log) and split(ref)[1] >= here for ref in said.refs)
        return "ref-missing" if ahead else None


def _scope(audience: str) -> str:
    """Return what a header tells of its readers: `pact`, `own`, or that they are sealed in."""
    return PACT if for_the_pact(audience) else OWN if audience == OWN else "sealed"


def _opens(tag: str, model: type[Row]) -> bool:
    kind = KINDS.get(tag)
    if kind is None:
        return False
    return model_opened(kind, model)  # type: ignore[arg-type]  # a class has a hash, whatever its records have


@cache
def model_opened(kind: type[Record], model: type[Row]) -> bool:
    """Tell whether a record of this kind opens a row of this model at its own position."""
    if kind.subject is not None or kind.suffix is not Record.suffix:
        return False
    return issubclass(kind.row, model) or model in kind.also


def target(record: Record, own: str) -> str:
    """Return the key of the row into which a record at position `own` folds."""
    if record.subject is not None:
        key: str = getattr(record, record.subject)
        return key
    suffix = record.suffix()
    return f"{home_of(own)}/{suffix}" if suffix is not None else own


def fold_batch(said: list[Said], shelf: Shelf, broken: set[str]) -> tuple[Folding, list[Said]]:
    """Fold entries of any logs; return the rows in hand and the entries that must wait.

    An entry on which its kind's code fails becomes void (`fault`) and is added to `broken`; the fault is logged.
    """
    while True:
        folding = Folding(shelf, broken)
        folding.prepare(said)
        try:
            return folding, fold_all(said, folding)
        except Fault as fault:
            logger.exception(
                "an entry could not be folded and is void", extra={"place": fault.place}
            )
            broken.add(fault.place)
            for one in said:
                one.renew()


def fold_all(said: Iterable[Said], folding: Folding) -> list[Said]:
    """Fold entries of any logs, each log in its order, causes first; return those that must wait.

    The logs' times, which never run backwards within a log, give the order to try first.
    """
    queues: dict[str, deque[Said]] = {}
    for one in sorted(said, key=_at):
        queue = queues.get(one.header.log)
        if queue is None and folding.ready(one):
            folding.fold(one)
        else:
            queues.setdefault(one.header.log, deque()).append(one)
    moved = True
    while moved:
        moved = False
        for queue in queues.values():
            while queue and folding.ready(queue[0]):
                folding.fold(queue.popleft())
                moved = True
    return [one for queue in queues.values() for one in queue]


_at = attrgetter("at")
