"""How a record becomes durable: appended to its author's own log.

If the process dies before the commit, nothing was said. If it dies after, everything was, the signed
checkpoint included: entry, rows and checkpoint stand in one transaction, and the database syncs it
(`synchronous=FULL`) before anyone is told. A checkpoint that left this machine is therefore always
a prefix of what the database holds.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from hansa.kernel import clock, erase, store
from hansa.kernel.codes import EVERY_KIND, REFUSALS, VOID
from hansa.kernel.entry import (
    LARGEST_BODY,
    OWN,
    PACT,
    commit,
    is_epoch,
    read_header,
    write_body,
    write_header,
)
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.fold import Fault, Folding, target
from hansa.kernel.home import home
from hansa.kernel.keys import KeyRing
from hansa.kernel.merkle import Frontier, leaf_hash
from hansa.kernel.models import Fate, Log
from hansa.kernel.note import open_checkpoint
from hansa.kernel.record import Record
from hansa.kernel.ref import is_log_name, is_position, lives_in
from hansa.kernel.roots import keeping as roots
from hansa.kernel.said import Said
from hansa.kernel.seal import box, epochs
from hansa.kernel.seal import keeping as seal
from hansa.kernel.seal.models import Audience
from hansa.kernel.seal.records import EpochOpened, EpochsExtended
from hansa.kernel.store import DbShelf
from hansa.kernel.witness import guard
from hansa.kernel.writing import writing

BEHIND = timedelta(minutes=5)
"""How far this machine's clock may stand behind the newest record of the log it writes in."""

TICK = timedelta(microseconds=1)
"""By how much an epoch begins later than all that was said before it."""

AHEAD = timedelta(days=180)
"""How far it may stand ahead of the newest record here before a person must say that it is right."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an officer is about to say: the record, whose log, under which office, for whom.

    `once` is an idempotency key: the same key and content again gives the same record, not a second one.
    `approvals` are the officer's own, as JSON (`kernel.approval`).
    """

    record: Record
    log: str
    by: str = ""
    audience: str = ""
    once: str = ""
    approvals: tuple[bytes, ...] = ()

    @property
    def digest(self) -> str:
        """Return a hash of all that must be the same for a repetition to be one."""
        return hashlib.sha256(
            f"{self.record.kind}\n{self.log}\n{self.by}\n{self.audience}\n".encode()
            + self.record.encode()
        ).hexdigest()


@dataclass(slots=True)
class _Batch:
    """The state of one transaction: logs and their trees as this batch leaves them."""

    folding: Folding
    keys: KeyRing
    logs: dict[str, Log] = field(default_factory=dict)
    frontiers: dict[str, Frontier] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    earlier: dict[str, tuple[str, str]] = field(default_factory=dict)
    once: list[tuple[str, str, str]] = field(default_factory=list)
    next_id: int = 0
    newest: datetime | None = None

    def log(self, name: str) -> tuple[Log, Frontier]:
        if name not in self.logs:
            log = Log.objects.filter(name=name).first()
            if log is not None and log.mine:
                roots.settle(log, self.keys)
            if log is None or not log.mine:
                raise Refused(
                    _("The log %(log)s is not kept here, so nothing can be written in it.")
                    % {"log": name},
                    code="no-log",
                )
            guard.require_current(log)
            frontier = Frontier.from_bytes(bytes(log.frontier))
            self._require_own_head(log, frontier)
            self.logs[name], self.frontiers[name] = log, frontier
        return self.logs[name], self.frontiers[name]

    def _require_own_head(self, log: Log, frontier: Frontier) -> None:
        """Refuse to go on from a tree that this node's own key has not signed.

        Whoever can write the database but does not hold the key would else have forged entries signed
        with the next honest record.
        """
        if log.size == frontier.size == 0 and not log.note:
            return
        try:
            head = open_checkpoint(log.note.encode(), self.keys.verifier(log.name, log.origin))
            if (head.size, head.root) == (log.size, frontier.root()) and frontier.size == log.size:
                return
        except Untrusted as error:
            cause: Untrusted | None = error
        else:
            cause = None
        raise Refused(
            _(
                "The database of this node was changed from outside: the log %(log)s is not the one that was signed. Nothing was saved. Ask your IT staff to run “hansa fsck”."
            )
            % {"log": log.name},
            code="damaged",
        ) from cause


def open_log(name: str) -> Log:
    """Make a new, empty log with a key of its own; Refused if the name is taken or malformed."""
    if not is_log_name(name):
        raise Refused(
            _(
                "“%(name)s” cannot name a log. Use lower-case letters, digits and hyphens, such as us-ca-los-angeles."
            )
            % {"name": name},
            field="log",
            code="bad-name",
        )
    if Log.objects.filter(name=name).exists():
        raise Refused(
            _("There is a log called %(name)s already. Choose another name.") % {"name": name},
            field="log",
            code="log-exists",
        )
    here = home()
    keys = here.keys
    vkey = keys.make(name, f"{here.realm}/{name}")
    try:
        return Log.objects.create(name=name, realm=here.realm, vkey=vkey, mine=True)
    except BaseException:
        keys.unmake(name)
        raise


def append(drafts: Sequence[Draft]) -> list[Said | str | Exception]:
    """Say every draft in one transaction. Each gives its entry, an earlier record's position, or why not.

    One refused draft does not hold up the rest. Raises only if nothing at all could be written.
    """
    outcomes: dict[int, Said | str | Exception] = {}
    while True:
        try:
            with writing():
                _append_all(drafts, outcomes)
        except (
            Fault
        ) as fault:  # the kind's own code failed: report it to its author, and write the others
            broken = next(i for i, one in enumerate(drafts) if i not in outcomes)
            outcomes = {i: made for i, made in outcomes.items() if isinstance(made, Exception)}
            outcomes[broken] = fault
        else:
            return [outcomes[i] for i in range(len(drafts))]


def _append_all(drafts: Sequence[Draft], outcomes: dict[int, Said | str | Exception]) -> None:
    """Steps: (1) read what will be asked for, (2) stage each draft, (3) write, (4) sign each log's new head."""
    batch = _Batch(Folding(DbShelf()), home().keys, next_id=store.next_id())
    positions = {ref for draft in drafts for ref, _field in draft.record.citations()} | {
        draft.by for draft in drafts if draft.by
    }
    batch.folding.known.update(DbShelf().cited(filter(is_position, positions)))
    batch.earlier = store.said_before([draft.once for draft in drafts if draft.once])
    batch.newest = store.newest()
    for i, draft in enumerate(drafts):
        if isinstance(outcomes.get(i), Exception):
            continue
        try:
            outcomes[i] = _repeated(draft, batch) or _stage(draft, batch)
        except (DatabaseError, OSError, MemoryError, Fault):
            raise
        except Exception as error:  # noqa: BLE001 - raised again where its author waits, and nowhere else
            outcomes[i] = error
    _write(batch)


def _repeated(draft: Draft, batch: _Batch) -> str | None:
    if draft.once not in batch.earlier:
        return None
    digest, position = batch.earlier[draft.once]
    if digest != draft.digest:
        raise Refused(
            _("This request key was used before for something else. Send it again with a new key."),
            code="key-reused",
        )
    return position


def _stage(draft: Draft, batch: _Batch) -> Said:
    log, _frontier = batch.log(draft.log)
    refs, says = _cite(draft, batch.folding), draft.record.encode()
    body = write_body(draft.record.kind, draft.by, refs, says, draft.approvals)
    audience = _audience(draft, batch.folding)
    epoch = None if audience in {PACT, OWN} else _epoch(log, audience, batch)
    if len(body) > (LARGEST_BODY if epoch is None else box.LONGEST):
        raise Refused(
            _(
                "This is too long to be one record: %(now)s kB, of at most %(most)s. Shorten it, or attach the long part as a file."
            )
            % {"now": len(body) // 1024, "most": LARGEST_BODY // 1024},
            code="too-long",
        )
    header = draft.record.header_of(audience) if epoch is None else epoch
    said = _enter(draft.record, log, header, body, batch)
    if draft.once:
        batch.earlier[draft.once] = (draft.digest, said.position)
        batch.once.append((draft.once, draft.digest, said.position))
    return said


def _enter(record: Record, log: Log, header: str, body: bytes, batch: _Batch) -> Said:
    """Put a record at the end of its log, under this audience of a header, if it may be said."""
    frontier = batch.frontiers[log.name]
    at = _moment(log, batch.newest)
    if is_epoch(header):
        body = seal.sealed(log.name, frontier.size, header, body)
    elif isinstance(record, EpochOpened):
        # Later than all before, so that what was said in the epoch before shows by its time that it was.
        at = max(at, (log.last_at or at) + TICK)
    entry = write_header(log.name, frontier.size, at, header, body)
    said = Said(
        entry,
        read_header(entry),
        leaf_hash(entry),
        commit(body),
        body,
        max(at, log.last_at or at),
        id=batch.next_id,
    )
    said.open()
    if target(record, said.position) == said.position:
        batch.folding.rows[record.row, said.position] = None  # nobody stood here before
    _permit(record, said, batch.folding)
    batch.folding.fold(said)
    frontier.append(said.leaf)
    log.last_at, batch.next_id = said.at, batch.next_id + 1
    batch.said.append(said)
    if isinstance(record, EpochsExtended):
        epochs.learn(said)
    return said


def audience_of(draft: Draft) -> str:
    """Return for whom the draft is: `pact`, `own`, or the key of an audience of its author's; Refused if none of them."""
    return _audience(draft, Folding(DbShelf()))


def _audience(draft: Draft, folding: Folding) -> str:
    record = draft.record
    upon = None if record.subject is None else folding.load(record.row, target(record, draft.log))
    audience = draft.audience or record.usual_audience(upon)
    if audience in record.audiences:
        return audience
    own = record.sealable and is_position(audience) and lives_in(audience, draft.log)
    if own and folding.load(Audience, audience) is not None:
        return audience
    raise Refused(
        _("Choose who may read it: %(audiences)s.") % {"audiences": ", ".join(record.audiences)},
        field="audience",
        code="audience",
    )


def _epoch(log: Log, audience: str, batch: _Batch) -> str:
    """Return the name of the audience's epoch, after beginning a new one if readers or their keys have changed."""
    defined = batch.folding.load(Audience, audience)
    if not isinstance(defined, Audience):
        raise TypeError("an audience that was looked up is not there")
    readers = epochs.readership(defined)
    known = epochs.current(audience)
    if known is not None and known.basis == readers.basis:
        return known.name
    begun = epochs.begin(log.name, readers)
    first: Said | None = None
    for record in begun.records:
        body = write_body(record.kind, "", {}, record.encode())
        said = _enter(record, log, record.header_of(PACT), body, batch)
        first = first or said
    if first is not None:
        epochs.keep(begun, first)
    return begun.name


def _permit(record: Record, said: Said, folding: Folding) -> None:
    """Refuse what would be void, or what the kind would rather not have said now."""
    code = folding.judge(said)
    if code is None or code not in EVERY_KIND:
        row = folding.load(record.row, target(record, said.position))
        record.check(row, folding.saying(said, free=True))
    if code:
        raise Refused(
            _(REFUSALS[code])
            if code in REFUSALS
            else _("This cannot be said: %(why)s.") % {"why": _(VOID.get(code, code))},
            code=code,
        )


def _cite(draft: Draft, folding: Folding) -> dict[str, bytes]:
    """Return every cited record with its leaf hash; Refused if one is not here or not folded yet."""
    refs = {}
    for ref, asked in [*draft.record.citations(), *([(draft.by, None)] if draft.by else [])]:
        if ref not in folding.known:
            raise Refused(
                _("There is no record %(ref)s here.") % {"ref": ref},
                field=asked.name if asked else None,
                code="no-record",
            )
        if folding.known[ref].fate == Fate.WAITING:
            raise Refused(
                _(
                    "The record %(ref)s still waits for another one that has not arrived, so nothing can rest on it yet. Try again when it has."
                )
                % {"ref": ref},
                field=asked.name if asked else None,
                code="waiting",
            )
        refs[ref] = folding.known[ref].leaf
    return refs


def _moment(log: Log, newest: datetime | None) -> datetime:
    """Return the time to write; Refused if this machine's clock is evidently wrong."""
    now = clock.now()
    if log.last_at is not None and now < log.last_at - BEHIND:
        raise Refused(
            _(
                "This machine's clock says %(now)s, but the log already holds a record of %(last)s. Set the clock right, then send it again; nothing was saved."
            )
            % {"now": _utc(now), "last": _utc(log.last_at)},
            code="clock-behind",
        )
    if (
        newest is not None
        and now > newest + AHEAD
        and not (home().folder / f"clock-is-right-{now:%Y}").exists()
    ):
        raise Refused(
            _(
                "This machine's clock says %(now)s, half a year or more after the newest record here (%(last)s). If it is wrong, set it right. If it is right, run “hansa doctor --clock-is-right” once. Nothing was saved."
            )
            % {"now": _utc(now), "last": _utc(newest)},
            code="clock-ahead",
        )
    return now


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _write(batch: _Batch) -> None:
    store.insert(batch.said)
    store.once(batch.once)
    store.upsert(batch.folding.kept.values())
    for name, log in batch.logs.items():
        frontier = batch.frontiers[name]
        if frontier.size == log.size:
            continue
        log.size = log.folded = frontier.size
        log.frontier = frontier.to_bytes()
        log.note = batch.keys.sign(name, log.origin, frontier.size, frontier.root())
        log.save()
        guard.signed(name, frontier.size, frontier.root())
    erase.carry_out(batch.folding.kept.values())
