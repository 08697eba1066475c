"""Bytes that may never change: ours are those of Go's golang.org/x/mod/sumdb, kept in vectors/.

`tlog.json` was written by `tlog.go` from `tlog-plan.json`; where Go is installed that is done
again here, so that neither the file nor this code can drift alone.
"""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hansa.kernel.merkle import (
    Subtrees,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from hansa.kernel.note import (
    Signer,
    Verifier,
    decode_base64,
    encode_base64,
    open_checkpoint,
    sign_checkpoint,
)
from hansa.kernel.tiles import HashTiles, Tile, write_tree
from tests.kernel.exports import SIGNER, header, record

VECTORS = Path(__file__).parent.parent / "vectors"
GO_PATH = Path("/usr/share/gocode")
GO_LIBRARY = GO_PATH / "src/golang.org/x/mod/sumdb/tlog"

PLAN = json.loads((VECTORS / "tlog-plan.json").read_text())
GO = json.loads((VECTORS / "tlog.json").read_text())
SIGNER_OF_PLAN = Signer(PLAN["name"], bytes.fromhex(PLAN["seed"]))
LEAVES = [leaf_hash(b"entry %d" % n) for n in range(PLAN["sizes"][-1])]


def joined(hashes: list[bytes]) -> str:
    return " ".join(encode_base64(one) for one in hashes)


def split(text: str) -> list[bytes]:
    return [decode_base64(one, "a hash") for one in text.split()]


def ours() -> dict[str, Any]:
    """What Go answers, by our own code."""
    tree = Subtrees(lambda start, end: LEAVES[start:end])
    tiles = {}
    for size in PLAN["sizes"]:
        cut = HashTiles()
        for tile, data in [*cut.extend(LEAVES[:size]), *cut.rest()]:
            tiles[tile.path] = hashlib.sha256(data).hexdigest()
    return {
        "vkey": SIGNER_OF_PLAN.vkey(),
        "notes": {
            str(size): sign_checkpoint(size, root_of(LEAVES[:size]), SIGNER_OF_PLAN).decode()
            for size in PLAN["sizes"]
        },
        "inclusion": {
            f"{index}/{size}": joined(prove_inclusion(tree, index, size))
            for index, size in PLAN["inclusion"]
        },
        "consistency": {
            f"{old}/{new}": joined(prove_consistency(tree, old, new))
            for old, new in PLAN["consistency"]
        },
        "tiles": tiles,
    }


def test_every_byte_is_the_one_that_go_computes() -> None:
    assert ours() == GO


def test_what_go_signed_and_proved_verifies() -> None:
    verifier = Verifier.parse(GO["vkey"])
    heads = {
        size: open_checkpoint(GO["notes"][str(size)].encode(), verifier) for size in PLAN["sizes"]
    }
    for size, head in heads.items():
        assert (head.origin, head.size) == (PLAN["name"], size)
    for name, proof in GO["inclusion"].items():
        index, size = map(int, name.split("/"))
        verify_inclusion(LEAVES[index], index, size, split(proof), root_of(LEAVES[:size]))
    for name, proof in GO["consistency"].items():
        old, new = map(int, name.split("/"))
        verify_consistency(old, new, split(proof), root_of(LEAVES[:old]), root_of(LEAVES[:new]))


def test_go_still_says_the_same() -> None:
    if not shutil.which("go"):
        pytest.skip(
            "NOT CROSS-CHECKED: Go is not installed (Debian: golang-go), so only the kept answers "
            "of golang.org/x/mod/sumdb were compared"
        )
    if not GO_LIBRARY.is_dir():
        pytest.skip(
            "NOT CROSS-CHECKED: golang.org/x/mod is not installed (Debian: "
            "golang-golang-x-mod-dev), so only its kept answers were compared"
        )
    ran = subprocess.run(
        ["go", "run", str(VECTORS / "tlog.go")],
        input=json.dumps(PLAN),
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOFLAGS": ""},
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == GO


def test_an_export_has_the_bytes_it_always_had(tmp_path: Path) -> None:
    """A folder or a proof written today must be readable by every checker ever handed out."""
    write_tree(tmp_path, [header(index) for index in range(3)])
    kept = json.loads((VECTORS / "export.json").read_text())
    files = {
        tile.path: (tmp_path / tile.path).read_bytes() for tile in (Tile(0, 0, 3), Tile(None, 0, 3))
    }
    files |= {f"record/{name}": data for name, data in record(1, 3).items()}
    assert {name: encode_base64(data) for name, data in files.items()} == kept["files"]
    assert SIGNER.verifier.fingerprint == kept["fingerprint"]
