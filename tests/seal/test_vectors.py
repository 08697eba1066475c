"""Bytes fixed for ever, read by a second hand: libsodium and the standard library, by the words of the RFCs alone."""

import hashlib
import hmac
import json
from base64 import b64decode
from pathlib import Path

import pytest
from nacl.bindings import crypto_aead_chacha20poly1305_ietf_decrypt

from hansa.kernel import hpke
from hansa.kernel.errors import Untrusted
from hansa.kernel.seal import box

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "seal.json").read_text())
KEY = bytes.fromhex(VECTORS["key"])
LOG, INDEX, EPOCH = VECTORS["log"], VECTORS["index"], VECTORS["epoch"]


def derived(salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 for one block: RFC 5869 sections 2.2 and 2.3."""
    drawn = hmac.new(salt or bytes(32), KEY, hashlib.sha256).digest()
    return hmac.new(drawn, info + b"\x01", hashlib.sha256).digest()


def test_the_fixed_body_opens():
    sealed, body = b64decode(VECTORS["sealed"]), b64decode(VECTORS["body"])
    assert box.open_body(KEY, LOG, INDEX, EPOCH, sealed) == body
    assert len(sealed) == 1024
    with pytest.raises(Untrusted):
        box.open_body(KEY, LOG, INDEX + 1, EPOCH, sealed)


def test_a_second_reading_of_the_format_finds_the_same():
    sealed = b64decode(VECTORS["sealed"])
    salt, nonce, rest = sealed[:32], sealed[32:44], sealed[44:]
    bound = f"hansa/sealed/v1\n{LOG}\n{INDEX}\n{EPOCH}\n".encode()
    padded = crypto_aead_chacha20poly1305_ietf_decrypt(rest, bound, nonce, derived(salt, bound))
    length = int.from_bytes(padded[:4])
    assert salt + padded[4 : 4 + length] == b64decode(VECTORS["body"])
    assert set(padded[4 + length :]) == {0}


def test_the_fixed_part_and_commitment_hold():
    part = b64decode(VECTORS["part"])
    inside = box.open_part(KEY, LOG, EPOCH, part)
    assert json.loads(inside) == VECTORS["inside"]
    bound = f"hansa/epoch-part/v1\n{LOG}\n{EPOCH}\n".encode()
    again = crypto_aead_chacha20poly1305_ietf_decrypt(
        part[12:], bound, part[:12], derived(b"", bound)
    )
    assert again[4 : 4 + int.from_bytes(again[:4])] == inside
    pinned = hashlib.sha256(f"hansa/epoch-key/v1\n{LOG}\n{EPOCH}\n".encode() + KEY).hexdigest()
    assert box.commitment(LOG, EPOCH, KEY) == VECTORS["commitment"] == pinned


def test_the_fixed_wrap_opens_for_its_reader_alone():
    private, wrap = bytes.fromhex(VECTORS["private"]), b64decode(VECTORS["wrap"])
    info = f"hansa/epoch-wrap/v1\n{LOG}\n{EPOCH}\n".encode()
    assert box.wrap_info(LOG, EPOCH) == info
    assert hpke.unwrap(private, wrap, info) == KEY
    assert len(wrap) == 1168
    assert hpke.unwrap(hpke.keypair()[0], wrap, info) is None
    assert hpke.unwrap(private, wrap, box.wrap_info("bel", EPOCH)) is None


@pytest.mark.parametrize("length", [0, 1, 959, 960, 961, 1983, 1984, 1985, box.LONGEST])
def test_the_size_is_the_smallest_doubling_of_1_kib_that_fits(length):
    sealed = box.seal_body(KEY, LOG, INDEX, EPOCH, bytes(32) + b"x" * length)
    wanted = 1024
    while wanted < 32 + 12 + 4 + length + 16:
        wanted *= 2
    assert len(sealed) == wanted <= 256 * 1024
