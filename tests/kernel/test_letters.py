"""The letters by which a government joins: whole, its own, and nothing else."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.kernel.errors import Untrusted
from hansa.kernel.note import Signer, sign_note
from hansa.kernel.sync.letters import (
    LARGEST_LETTER,
    REQUEST,
    WELCOME,
    Known,
    Request,
    Welcome,
    armour,
    read_request,
    read_welcome,
    unarmour,
)

CHICAGO = Signer("hansa/us-il-chicago", b"c" * 32)
CALIFORNIA = Signer("hansa/us-ca", b"a" * 32)


def request() -> Request:
    return Request(
        CHICAGO.verifier,
        "https://aid.example.org",
        b"a head",
        (b"one", b"two"),
        (b"body", None),
        (b"step",),
    )


def welcome() -> Welcome:
    return Welcome(
        "us-il-chicago",
        "us-ca@1",
        (Known(CALIFORNIA.verifier, "https://ca.example.org"), Known(CHICAGO.verifier, "")),
        CALIFORNIA.verifier,
    )


def sealed(label: str, letter: Request | Welcome, signer: Signer) -> str:
    return armour(label, sign_note(letter.text(), signer))


def test_letters_come_back_as_they_went():
    assert read_request(sealed(REQUEST, request(), CHICAGO)) == request()
    assert read_welcome(sealed(WELCOME, welcome(), CALIFORNIA)) == welcome()
    assert request().log == "us-il-chicago"
    assert welcome().sender.log == "us-ca"


def test_letter_survives_mail():
    text = sealed(REQUEST, request(), CHICAGO)
    quoted = (
        "Dear all,\r\n\r\n" + "".join(f"> {line}\r\n" for line in text.splitlines()) + "Regards"
    )
    assert read_request(quoted) == request()


@given(st.data())
def test_letter_changed_anywhere_is_refused(data):
    note = sign_note(request().text(), CHICAGO)
    at = data.draw(st.integers(0, len(note) - 1))
    changed = bytes([*note[:at], note[at] ^ (1 << data.draw(st.integers(0, 7))), *note[at + 1 :]])
    with pytest.raises(Untrusted):
        read_request(armour(REQUEST, changed))


def test_letter_signed_by_another_key_is_refused():
    with pytest.raises(Untrusted, match="no signature by a known key"):
        read_request(sealed(REQUEST, request(), CALIFORNIA))
    with pytest.raises(Untrusted, match="no signature by a known key"):
        read_welcome(sealed(WELCOME, welcome(), CHICAGO))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda text: text.replace("key ", "kee "), "does not say its “key”"),
        (lambda text: text.replace("https:", "ftp:"), "no address"),
        (lambda text: text.replace("hansa/join-request/v1", "hansa/join-request/v9"), "a version"),
        (lambda text: text + "more yes\n", "does not say its “entry”"),
        (lambda text: text + "entry b25l -\n" * 140, "more records"),
        (lambda text: text.replace("hansa/us-il", "other/us-il"), "does not|match"),
    ],
)
def test_request_that_is_none_is_refused_in_words(spoil, says):
    with pytest.raises(Untrusted, match=says):
        read_request(armour(REQUEST, sign_note(spoil(request().text()), CHICAGO)))


def test_welcome_that_names_a_log_twice_is_refused():
    twice = Welcome(
        "us-il-chicago", "us-ca@1", (welcome().logs[0], welcome().logs[0]), CALIFORNIA.verifier
    )
    with pytest.raises(Untrusted, match="one log twice"):
        read_welcome(sealed(WELCOME, twice, CALIFORNIA))


def test_letter_that_unpacks_without_end_is_refused():
    bomb = base64.b64encode(zlib.compress(b"0" * (LARGEST_LETTER * 20), 9)).decode()
    with pytest.raises(Untrusted, match="larger"):
        unarmour(REQUEST, f"-----BEGIN {REQUEST}-----\n{bomb}\n-----END {REQUEST}-----")


@pytest.mark.parametrize("text", ["", "hello", f"-----BEGIN {REQUEST}-----\nabc"])
def test_paste_without_a_letter_says_what_to_paste(text):
    with pytest.raises(Untrusted, match="Paste all of it"):
        read_request(text)
