"""The keys of a node: who signs what, and what stands at rest."""

import base64
import stat
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from hansa.kernel import hpke
from hansa.kernel.cosign import Algorithm, ed25519_message, mldsa44_message
from hansa.kernel.errors import Refused
from hansa.kernel.keys import KeyRing
from hansa.kernel.note import Checkpoint, ed25519_ok, open_note

HEAD = Checkpoint("hansa/town-b", 7, bytes(32)).text()


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys", "hansa")


def test_every_key_is_a_file_of_its_own_for_its_owner_only(ring: KeyRing) -> None:
    ring.make("town-a", "hansa/town-a")
    ring.witness(), ring.witness("mldsa44"), ring.sealing("town-a")
    files = sorted(path.name for path in ring.folder.iterdir())
    assert files == ["_witness.mldsa44", "_witness.seed", "town-a.sealing", "town-a.seed"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in ring.folder.iterdir()} == {0o600}
    assert stat.S_IMODE(ring.folder.stat().st_mode) == 0o700


def test_keys_stay_the_same_when_the_home_is_opened_again(ring: KeyRing) -> None:
    again = KeyRing(ring.folder, "hansa")
    assert (ring.witness(), ring.sealing("town-a")) == (again.witness(), again.sealing("town-a"))
    assert ring.sealing("town-a") != ring.sealing("town-b")


def test_a_key_is_never_written_over(ring: KeyRing) -> None:
    ring.make("town-a", "hansa/town-a")
    before = (ring.folder / "town-a.seed").read_bytes()
    with pytest.raises(Refused):
        ring.make("town-a", "hansa/town-a")
    assert (ring.folder / "town-a.seed").read_bytes() == before


@pytest.mark.parametrize("algorithm", ["ed25519", "mldsa44"])
def test_a_cosignature_is_as_the_standard_says(ring: KeyRing, algorithm: Algorithm) -> None:
    name, key_id, encoded = ring.witness(algorithm).split("+", 2)
    key = base64.b64decode(encoded)
    kind = {"ed25519": 0x04, "mldsa44": 0x06}[algorithm]
    # MUST: key ID = SHA-256(name || newline || type || key)[:4]
    assert key[0] == kind
    assert sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id
    line = ring.cosign(HEAD, 1_679_315_147, algorithm=algorithm)
    mark, signer, blob = line.removesuffix("\n").split(" ")
    signature = base64.b64decode(blob)
    assert (mark, signer, signature[:4].hex()) == ("—", name, key_id)
    assert int.from_bytes(signature[4:12], "big") == 1_679_315_147
    if algorithm == "ed25519":
        message = b"cosignature/v1\ntime 1679315147\n" + HEAD.encode()
        assert message == ed25519_message(HEAD, 1_679_315_147)
        assert ed25519_ok(key[1:], signature[12:], message)
    else:
        message = mldsa44_message(name, HEAD, 1_679_315_147)
        MLDSA44PublicKey.from_public_bytes(key[1:]).verify(signature[12:], message)


def test_a_witness_is_called_by_its_key(ring: KeyRing) -> None:
    name, _, encoded = ring.witness().split("+", 2)
    assert name == f"hansa/witness-{base64.b64decode(encoded)[1:5].hex()}"
    assert ring.witness("mldsa44").split("+")[0] == name


def test_a_statement_is_never_a_head(ring: KeyRing) -> None:
    ring.make("town-a", "hansa/town-a")
    text = "hansa/session/v1\nnonce\n"
    verifier = ring.verifier("town-a", "hansa/town-a")
    assert open_note(ring.statement("town-a", "hansa/town-a", text), [verifier]) == text
    for head in ("hansa/town-a\n1\nAAAA\n", "hansa/session\n", "exercise/session/v1\n", ""):
        with pytest.raises(ValueError, match="first line"):
            ring.statement("town-a", "hansa/town-a", head)


def test_only_the_reader_opens_what_is_sealed_to_it(ring: KeyRing) -> None:
    sealed = hpke.wrap(ring.sealing("town-a"), b"an epoch key", b"epoch 1")
    assert ring.unwrap("town-a", sealed, b"epoch 1") == b"an epoch key"
    assert ring.unwrap("town-a", sealed, b"epoch 2") is None
    assert ring.unwrap("town-b", sealed, b"epoch 1") is None
    assert ring.unwrap("town-a", b"short", b"epoch 1") is None


def test_a_damaged_key_file_is_named(ring: KeyRing) -> None:
    ring.make("town-a", "hansa/town-a")
    (ring.folder / "town-a.seed").write_bytes(b"short")
    with pytest.raises(Refused, match="damaged"):
        KeyRing(ring.folder).sign("town-a", "hansa/town-a", 0, bytes(32))
