"""What leaves the node as proof: a whole log as a tlog-tiles tree, or one record with its place in the log.

`verify` accepts both, without this software's database and without trusting this node.
"""

import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from hansa.kernel import store
from hansa.kernel.approvers import said_by
from hansa.kernel.chain import pack
from hansa.kernel.errors import Refused
from hansa.kernel.home import home
from hansa.kernel.merkle import Subtrees, prove_inclusion
from hansa.kernel.models import Body, Entry, Log
from hansa.kernel.officers import enrolled, officer_model
from hansa.kernel.proof import (
    ENROLMENTS,
    KEYS_NAME,
    VKEY_NAME,
    TlogProof,
    bundle_files,
    enrolment_names,
    pack_zip,
)
from hansa.kernel.reading import may_read, readable
from hansa.kernel.ref import split
from hansa.kernel.roots import keeping as roots
from hansa.kernel.tiles import write_file, write_tree
from hansa.kernel.witness import collecting

CHUNK = 1000


def export_log(name: str, folder: Path, reader: str | None) -> int:
    """Write the log's checkpoint, key, tiles, entries and the bodies that an officer of `reader` may read; return its size.

    Refused if there is no such log or the folder holds something else.
    """
    log = Log.objects.filter(name=name).first()
    if log is None or not log.note:
        raise Refused(f"There is no log “{name}” here, or nothing in it yet.", code="no-log")
    if folder.exists() and any(folder.iterdir()) and not (folder / "checkpoint").exists():
        raise Refused(
            f"The folder {folder} holds other things. Name an empty one.", code="not-empty"
        )
    size = roots.open_head(log, log.note.encode()).size
    write_tree(folder, _entries(name, size))
    # An older export may hold what was erased since, or what this reader may not see.
    shutil.rmtree(folder / "bodies", ignore_errors=True)
    (folder / "bodies").mkdir()
    for chunk in store.chunked(
        readable(Entry, reader)
        .filter(log=name, index__lt=size)
        .only("id", "commitment")
        .iterator(chunk_size=CHUNK)
    ):
        bodies = Body.objects.in_bulk([entry.id for entry in chunk])
        for entry in chunk:
            if entry.id in bodies:
                # Not synced one by one: the checkpoint, written last and synced, says that the export is whole.
                (folder / "bodies" / bytes(entry.commitment).hex()).write_bytes(
                    bytes(bodies[entry.id].data)
                )
    write_file(folder / VKEY_NAME, f"{log.vkey}\n".encode())
    if keys := _chain(name):
        write_file(folder / KEYS_NAME, keys)
    write_file(folder / "checkpoint", collecting.checkpoint(name))
    return size


def _chain(name: str) -> bytes:
    return pack(roots.documents(name), roots.rebound(name))


def _entries(name: str, size: int) -> Iterator[bytes]:
    query = (
        Entry.objects.filter(log=name, index__lt=size)
        .order_by("index")
        .values_list("header", flat=True)
    )
    for header in query.iterator(chunk_size=CHUNK):
        yield bytes(header)


@lru_cache(maxsize=256)
def _subtrees(_folder: Path, vkey: str, name: str) -> Subtrees:
    """Keep the hashes of complete subtrees: a home's log, known by its key, only grows."""
    return Subtrees(lambda start, end: store.leaves(name, start, end))


def record_proof(position: str) -> TlogProof:
    """Return the proof that the record at `position` stands in its log under the log's latest checkpoint."""
    name, index = split(position)
    log = Log.objects.get(name=name)
    head = roots.open_head(log, log.note.encode())
    hashes = prove_inclusion(_subtrees(home().folder, log.vkey, name), index, head.size)
    return TlogProof(index=index, hashes=tuple(hashes), checkpoint=collecting.checkpoint(name))


def record_bundle(position: str, reader: str | None) -> bytes:
    """Return a zip with the record, its proof and its log's key; with its body where `reader` may read it.

    If its officer approved it, the records that enrolled the keys come along, each with its own proof.
    """
    name, index = split(position)
    entry = Entry.objects.get(log=name, index=index)
    body = Body.objects.filter(entry_id=entry.id).first() if may_read(entry, reader) else None
    files = bundle_files(
        record_proof(position),
        bytes(entry.header),
        Log.objects.get(name=name).vkey,
        bytes(body.data) if body else None,
        _chain(name),
    )
    if body:
        files.update(_enrolments(entry, bytes(body.data)))
    return pack_zip(files)


def _enrolments(entry: Entry, body: bytes) -> dict[str, bytes]:
    """Return proof, entry and body of each record that enrolled a key by which this one was approved."""
    by, fingerprints = said_by(body)
    model = officer_model()
    row = model._default_manager.filter(pk=by).first() if model and fingerprints else None
    places = [
        one.record
        for one in enrolled(row)
        if one.key.fingerprint in fingerprints and one.counted(entry.index)
    ]
    files: dict[str, bytes] = {}
    for number, place in enumerate(places[:ENROLMENTS], start=1):
        name, index = split(place)
        found = Entry.objects.get(log=name, index=index)
        held = Body.objects.filter(entry_id=found.id).first()
        if held is not None:
            parts = record_proof(place).to_bytes(), bytes(found.header), bytes(held.data)
            files.update(zip(enrolment_names(number), parts, strict=True))
    return files
