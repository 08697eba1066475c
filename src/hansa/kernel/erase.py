"""Erasing the body of a record: by an order in the log it stands in, for ever, and breaking no proof.

The entry stays, with its hash; salt and bytes go, and so does whatever rows they added up to. Its place
is remembered, so that the body is never taken in again from a peer or a backup.
"""

from collections.abc import Iterable
from functools import partial

from django.db import connection, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from hansa.kernel import attachments, search, state
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.files import forget
from hansa.kernel.models import Body, Entry, Erasure, Once, Row, Tombstone, Touch, row_models
from hansa.kernel.record import PACT, Record, about, ask
from hansa.kernel.ref import Ref, home_of, split
from hansa.kernel.seal import keeping as seal


class Erased(Record, kind="kernel.erasure/1", row=Erasure, by="keeper"):
    """{author} erases the content of {target}: {ground}."""

    target: Ref[Row] = about("Which record?", example="us-ca@17", void=True, restricted=True)
    ground: str = ask(
        "On what ground?",
        most=280,
        example="The person concerned asked for it.",
        help="Do not repeat what is to be erased.",
    )

    def judge(self, row: Erasure, saying: Saying) -> str | None:
        """Only one's own record, and only one on which nothing else is built, as its header says.

        By the header alone, so that a node which never had the body comes to the same end.
        """
        if home_of(self.target) != saying.log:
            return "not-home"
        return "not-erasable" if saying.audience_of(self.target) == PACT else None

    def check(self, row: Row | None, saying: Saying) -> None:
        """Say in words why a record must stay."""
        if saying.audience_of(self.target) == PACT:
            raise Refused(
                _(
                    "This record cannot be erased: others build on it, and it holds no personal text. Correct or end it instead."
                ),
                field="target",
            )

    def apply(self, row: Erasure, saying: Saying) -> None:
        """Keep the order. `carry_out` follows it, on every node that folds it."""
        row.target, row.ground = self.target, self.ground


def carry_out(rows: Iterable[Row]) -> None:
    """Follow every order among the rows just folded: inside their transaction, so neither stands without the other."""
    orders = [row for row in rows if isinstance(row, Erasure)]
    if not orders:
        return
    while orders:
        for order in orders:
            _erase(order)
        state.refold()
        # All is folded anew, and so may be orders that waited for what has come with these.
        orders = _not_followed()
    transaction.on_commit(_overwrite, robust=True)


def follow_all() -> None:
    """Follow every order that was not followed yet: after a refold, which makes rows of orders that could not be read before.

    Inside the caller's transaction.
    """
    carry_out(_not_followed())


def _not_followed() -> list[Erasure]:
    followed = {f"{tomb.log}@{tomb.index}" for tomb in Tombstone.objects.all()}
    return [one for one in Erasure.objects.order_by("key") if one.target not in followed]


def is_done(order: Erasure) -> bool:
    """Tell whether nothing of what the order names is kept here any more."""
    log, index = split(order.target)
    if not Tombstone.objects.filter(log=log, index=index).exists():
        return False
    entry = Entry.objects.filter(log=log, index=index).first()
    return entry is None or not Body.objects.filter(entry_id=entry.id).exists()


def _erase(order: Erasure) -> None:
    log, index = split(order.target)
    Tombstone.objects.get_or_create(log=log, index=index, defaults={"order": order.key})
    # A request's digest would let the erased words be guessed.
    Once.objects.filter(position=order.target).update(digest="")
    entry = Entry.objects.get(log=log, index=index)
    search.forget([entry.id])
    body = Body.objects.filter(entry_id=entry.id).first()
    if body is None:
        return
    attached = attachments.named(entry, bytes(body.data))
    body.delete()
    for file in attached:
        let_go(file.sha256)


def let_go(digest: str) -> None:
    """Delete a file, or what has come of it, unless a record that is here holds its hash; inside a transaction, once that stands."""
    if not _still_cited(digest):
        transaction.on_commit(partial(forget, digest), robust=True)


def _still_cited(digest: str) -> bool:
    needle = digest.encode()
    sealed = set(Entry.objects.filter(audience__startswith="e-").values_list("id", flat=True))
    for body in Body.objects.iterator(chunk_size=1000):
        data: bytes | None = bytes(body.data)
        if body.entry_id in sealed and data is not None:
            data = seal.plain(Entry.objects.get(id=body.entry_id), data)
        if data is not None and needle in data:
            return True
    return False


def _overwrite() -> None:
    """Take the old bytes out of what the database keeps of its past, as far as it can be asked to.

    SQLite has overwritten them (`secure_delete`); here its write-ahead log is emptied too. PostgreSQL gives
    their room free, where later rows overwrite them, and makes the index of words anew, which else keeps a
    word that nothing holds any more. Its own write-ahead log and archives are the operator's (docs/operate.md).
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        models: list[type[Model]] = [Body, Once, Touch, *row_models()]
        tables = [model._meta.db_table for model in models]
        named = ", ".join(f'"{table}"' for table in [*tables, "kernel_search"])
        cursor.execute(f"VACUUM {named}")
        cursor.execute("REINDEX INDEX kernel_search_said")
