"""Exports made for tests of the checker: a small log with bodies, and one record of it."""

import base64
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from hansa.kernel.merkle import leaf_hash, prove_inclusion, root_of
from hansa.kernel.note import Signer, sign_checkpoint
from hansa.kernel.proof import TlogProof, bundle_files
from hansa.kernel.tiles import write_file, write_tree

ORIGIN = "exercise/los-angeles"
SIGNER = Signer(ORIGIN, bytes(range(32)))
STRANGER = Signer(ORIGIN, b"s" * 32)


def body(index: int) -> bytes:
    return hashlib.sha256(b"salt %d" % index).digest() + b'{"says":"%d"}' % index


def header(index: int, **changed: object) -> bytes:
    fields: dict[str, object] = {
        "v": 1,
        "log": "los-angeles",
        "i": index,
        "t": "2025-06-07T19:00:00Z",
        "aud": "pact",
        "body": base64.b64encode(hashlib.sha256(body(index)).digest()).decode(),
        "size": len(body(index)),
    }
    return json.dumps(fields | changed, separators=(",", ":")).encode()


def write_log(
    folder: Path, entries: Iterable[bytes], bodies: Iterable[int] = (), signer: Signer = SIGNER
) -> Path:
    frontier = write_tree(folder, entries)
    write_file(folder / "checkpoint", sign_checkpoint(frontier.size, frontier.root(), signer))
    write_file(folder / "vkey", f"{signer.vkey()}\n".encode())
    for index in bodies:
        name = hashlib.sha256(body(index)).hexdigest()
        write_file(folder / "bodies" / name, body(index))
    return folder


def honest_log(folder: Path, size: int, bodies: Iterable[int] = ()) -> Path:
    return write_log(folder, [header(index) for index in range(size)], bodies)


def record(index: int, size: int, entry: bytes | None = None) -> dict[str, bytes]:
    entries = [header(one) for one in range(size)]
    if entry is not None:
        entries[index] = entry
    leaves = [leaf_hash(one) for one in entries]
    proof = TlogProof(
        index,
        prove_inclusion(leaves, index, size),
        sign_checkpoint(size, root_of(leaves), SIGNER),
    )
    return bundle_files(proof, entries[index], SIGNER.vkey(), body(index))
