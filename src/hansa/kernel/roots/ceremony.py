"""Drawing up a key document at the node of its log, and putting it in force when its roots have signed.

A draft waits in the home's folder `drafts` until it is published or dropped, so that a ceremony that
is interrupted goes on where it stopped, and two documents of one version are not drawn up here.
"""

import os
from pathlib import Path

from hansa.kernel import chain
from hansa.kernel.chain import KeyDocument, hash_of
from hansa.kernel.disk import sync_folder
from hansa.kernel.errors import Refused
from hansa.kernel.home import home
from hansa.kernel.merkle import EMPTY_ROOT
from hansa.kernel.models import Log
from hansa.kernel.roots import cutting, drafts, keeping
from hansa.kernel.roots.drafts import Draft, Purpose
from hansa.kernel.roots.paper import RootSet, read_set


def the_log(name: str) -> Log:
    """Return a log that is known here; Refused if there is none of that name."""
    log = Log.objects.filter(name=name).first()
    if log is None:
        known = ", ".join(Log.objects.order_by("name").values_list("name", flat=True)[:20])
        raise Refused(f"There is no log “{name}” here. Known are: {known}.", code="no-log")
    return log


def waiting(name: str) -> Draft | None:
    """Return the draft that waits for signatures, if there is one."""
    path = _path(name)
    return drafts.read(path.read_bytes()) if path.exists() else None


def begin(name: str, now: RootSet, after: RootSet) -> Draft:
    """Draw up the first document of a log that is written here: its key stays, its roots are named."""
    log = the_log(name)
    if keeping.documents(name):
        raise Refused(f"{name} has roots already. To change them, use “hansa keys rotate”.")
    keys = home().keys
    document = _document(
        log, 1, (0, EMPTY_ROOT), keys.verifier(name, log.origin).vkey(), now, after
    )
    note = keys.statement(name, log.origin, document.text())
    return _keep(log, Draft("begin", b"", note), [now, after])


def draw_up(
    name: str,
    purpose: Purpose,
    start: int,
    after: RootSet,
    *,
    now: RootSet | None = None,
    agent_pub: bytes | None = None,
) -> Draft:
    """Draw up the next document: from `start` on a new key signs, which is made here (or is the agent's).

    `after` are newly made roots, of which only hashes go into the document. `now` are the roots that the
    document in force committed to; without it they are taken from what was kept when it was drawn up here.
    """
    log = the_log(name)
    documents = keeping.documents(name)
    if not documents:
        raise Refused(
            f"{name} has no roots yet, so nobody can say which key comes next. Use “hansa keys begin” first; if its only key is lost, the other members must decide (docs/ceremonies.md).",
            code="no-roots",
        )
    before = chain.read_text(documents[-1])
    if not before.start <= start <= log.size:
        raise Refused(
            f"The new key can begin between {before.start:,}, where the last change was, and {log.size:,}, which is all that is here.",
            field="good",
            code="out-of-range",
        )
    coming = now or _committed(name, before)
    if purpose != "rebind":
        _require_committed(coming, before)
    root = cutting.tree_at(name, start).root()
    vkey = home().keys.stage(name, log.origin, agent_pub)
    document = _document(log, before.version + 1, (start, root), vkey, coming, after, before)
    note = home().keys.statement(name, log.origin, document.text(), staged=True)
    return _keep(log, Draft(purpose, documents[-1], note), [coming, after])


def drop(name: str) -> bool:
    """Forget the draft that waits, and the key made for it; True if there was one."""
    path = _path(name)
    if not path.exists():
        return False
    path.unlink()
    home().keys.unstage(name)
    return True


def publish(draft: Draft, *, keep: bool) -> KeyDocument:
    """Put a signed document in force here; others read it when they next ask. Refused while signatures are missing.

    `keep` as in `keeping.accept`: whether entries here beyond its start stay and are signed by the new key.
    """
    document = draft.document
    if not draft.complete:
        missing = "; ".join(
            f"{len(seat.signed)} of {seat.called}, and it takes {seat.threshold}"
            for seat in draft.seats
        )
        raise Refused(f"Not enough roots have signed: {missing}.", code="not-signed")
    name = document.log
    keeping.accept(name, draft.note, keep=keep)
    own = waiting(name)
    if own is not None and own.document == document:
        _path(name).unlink()
    return document


def _document(
    log: Log,
    version: int,
    start: tuple[int, bytes],
    vkey: str,
    now: RootSet,
    after: RootSet,
    before: KeyDocument | None = None,
) -> KeyDocument:
    if {now.origin, after.origin} != {log.origin}:
        raise Refused(
            f"These roots were made for {now.origin} and {after.origin}, not {log.origin}."
        )
    return KeyDocument(
        log.origin,
        version,
        *start,
        vkey,
        now.threshold,
        now.roots,
        after.threshold,
        tuple(sorted(map(hash_of, after.roots))),
        before.digest if before else b"",
    )


def _require_committed(coming: RootSet, before: KeyDocument) -> None:
    if any(hash_of(one) not in before.next for one in coming.roots):
        raise Refused(
            "These are not the roots to which the document in force committed. Name the file of the set that was called “next” when it was drawn up.",
            field="now",
            code="other-roots",
        )


def _committed(name: str, before: KeyDocument) -> RootSet:
    for path in sorted(_folder().glob(f"{name}.*.roots")):
        found = read_set(path.read_text(encoding="utf-8"))
        if set(map(hash_of, found.roots)) == set(before.next):
            return found
    raise Refused(
        "The public file of the roots that come into force now is not in this home. Name it with --now: “hansa keys roots” wrote it, and each page shows its line of it.",
        field="now",
        code="no-set",
    )


def _keep(log: Log, draft: Draft, sets: list[RootSet]) -> Draft:
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    other = waiting(log.name)
    if other is not None and other.document != draft.document:
        raise Refused(
            f"Another draft of version {other.document.version} of the keys of {log.name} waits for signatures. Publish it, or drop it with “hansa keys drop {log.name}”; a root never signs two documents of one version.",
            code="draft-waits",
        )
    for one in sets:
        digest = hash_of(one.roots[0]).hex()[:8]
        _write(folder / f"{log.name}.{digest}.roots", one.text().encode())
    if other is None:
        _write(_path(log.name), draft.write())
    return other or draft


def _write(path: Path, data: bytes) -> None:
    whole = path.with_suffix(".part")
    with whole.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    whole.replace(path)
    sync_folder(path.parent)


def _folder() -> Path:
    return home().folder / "drafts"


def _path(name: str) -> Path:
    return _folder() / f"{name}.draft"
