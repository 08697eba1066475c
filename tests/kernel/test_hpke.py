"""HPKE as another author reads it: their software opens what we seal, and we open what it seals."""

import json
import shutil
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.kernel import hpke
from hansa.kernel.errors import Untrusted

ROOT = Path(__file__).parents[2]
THEIRS = ROOT / "build" / "judges" / "node_modules"
SCRIPT = ROOT / "tests" / "vectors" / "hpke.mjs"
INFO = b"hansa/epoch/v1 of a test"


def ask(**given):
    """Let the other implementation open and seal."""
    if shutil.which("node") is None or not (THEIRS / "hpke").is_dir():
        pytest.skip("NOT CROSS-CHECKED: Node.js or npm's hpke is missing; run “make setup-dev”")
    made = subprocess.run(
        ["node", str(SCRIPT), str(THEIRS)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)


def text(data):
    return b64encode(data).decode()


def test_another_author_opens_what_we_seal_and_we_what_they_seal():
    seed, public = hpke.keypair()
    plain = [b"", b"k" * 32, "für Köln und Lübeck".encode()]
    sealed = [hpke.wrap(public, one, INFO) for one in plain]
    flipped = [bytes([data[0] ^ 1, *data[1:]]) for data in sealed]
    flipped += [bytes([*data[:-1], data[-1] ^ 1]) for data in sealed]
    cases = [{"data": text(data), "info": text(INFO)} for data in [*sealed, *flipped]]
    cases.append({"data": text(sealed[1]), "info": text(b"another context")})
    said = ask(
        seed=text(seed),
        public=text(public),
        cases=cases,
        seal=[{"plain": text(one), "info": text(INFO)} for one in plain],
    )
    assert said["opened"] == [*map(text, plain), *[None] * 7]
    assert [hpke.unwrap(seed, b64decode(one), INFO) for one in said["sealed"]] == plain


@given(st.binary(max_size=64), st.data())
def test_flipped_bit_is_refused(plain, data):
    seed, public = hpke.keypair()
    sealed = hpke.wrap(public, plain, INFO)
    at = data.draw(st.integers(0, len(sealed) - 1))
    flip = 1 << data.draw(st.integers(0, 7))
    assert hpke.unwrap(seed, sealed, INFO) == plain
    assert (
        hpke.unwrap(seed, bytes([*sealed[:at], sealed[at] ^ flip, *sealed[at + 1 :]]), INFO) is None
    )


def test_who_is_not_the_reader_opens_nothing():
    _seed, public = hpke.keypair()
    other, _public = hpke.keypair()
    assert hpke.unwrap(other, hpke.wrap(public, b"secret", INFO), INFO) is None
    assert hpke.unwrap(other, b"", INFO) is None


@pytest.mark.parametrize("key", [b"", b"short", b"\xff" * hpke.PUBLIC_SIZE])
def test_key_that_is_none_is_refused(key):
    with pytest.raises(Untrusted):
        hpke.wrap(key, b"secret", INFO)
