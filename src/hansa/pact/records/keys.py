"""The keys with which an officer approves weighty acts: enrolled and ended in the log itself.

A key counts for every later record of the log, from its enrolment to its end; no clock decides. The first
key of an office is enrolled in the node's word, every further one with an approval by a key before it.
"""

import re

from django.utils.translation import gettext as _

from hansa.kernel.approval import LONGEST_ORIGIN, LONGEST_PUBLIC, Key, read_key
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.officers import officer_keys
from hansa.kernel.record import OFFICE, Record, ask, upon
from hansa.kernel.ref import Ref
from hansa.pact.models import Officer
from hansa.pact.words import Capability, KeyMethod

MOST = 10
"""Keys in force that an office has use for."""

CREDENTIAL = 1364
"""Characters of a credential's id: WebAuthn L2 section 4 allows 1023 bytes, here in base64url and nothing else."""

_CREDENTIAL = re.compile(r"[A-Za-z0-9_-]{1,1364}")

EXAMPLE = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPvDaSnoWoeMl4brTk7G4RSaBS/kGY4qydsqRxfEb+bE",
    "SHA256:HTWTRxi3ep71Vc9S1K0oJpbVur0owppNEgQig+yjcvE",
)
"""A public key for the documents, and its fingerprint."""


class OfficerKeyEnrolled(Record, kind="pact.officer-key/1", row=Officer, by=OFFICE, weighty=True):
    """{author} enrols a key with which the {officer} approves: {label}."""

    officer: Ref[Officer] = upon("Which office?")
    label: str = ask(
        "What do you call this key?",
        most=60,
        example="The blue security key",
        help="So that you know it again among others.",
    )
    method: KeyMethod = ask("What sort of key is it?", example="ssh")
    public: str = ask(
        "Its public half",
        most=LONGEST_PUBLIC,
        example=EXAMPLE[0],
        help="For an SSH key the line of its .pub file: ssh-ed25519 or sk-ssh-ed25519.",
    )
    origin: str = ask(
        "At which page does the passkey work?", most=LONGEST_ORIGIN, default="", shown=False
    )
    credential: str = ask(
        "The passkey's own name for itself", most=CREDENTIAL, default="", shown=False
    )

    def check(self, row: Officer | None, saying: Saying) -> None:
        """Say in words what is wrong with a key."""
        try:
            key = read_key(self.method.value, self.public, self.origin)
        except Untrusted as error:
            raise Refused(error.sentence, field="public", code="key-unsound") from error
        in_force = officer_keys(row)
        if key.fingerprint in in_force:
            raise Refused(_("This office has enrolled that key already."), field="public")
        if len(in_force) >= MOST:
            raise Refused(
                _("This office has %(most)s keys. End one that is not used any more.")
                % {"most": MOST},
                field="public",
            )

    def judge(self, row: Officer, saying: Saying) -> str | None:
        """By the office itself or a keeper; a key that can approve, and that is not there yet."""
        key = self._key()
        if key is None:
            return "key-unsound"
        if not (_CREDENTIAL.fullmatch(self.credential) if key.origin else not self.credential):
            return "key-unsound"
        if key.fingerprint in officer_keys(row):
            return "key-there"
        return _authority(row, saying)

    def apply(self, row: Officer, saying: Saying) -> None:
        """Let the key count for every record of this log after this one."""
        key = self._key()
        if key is not None:
            row.keys = [
                *row.keys,
                {
                    "id": key.fingerprint,
                    "method": key.method,
                    "public": key.public,
                    "origin": key.origin,
                    "credential": self.credential,
                    "label": self.label,
                    "at": saying.at.isoformat(),
                    "record": saying.position,
                    "ended": "",
                },
            ]

    def _key(self) -> Key | None:
        try:
            return read_key(self.method.value, self.public, self.origin)
        except Untrusted:
            return None


class OfficerKeyEnded(Record, kind="pact.officer-key-end/1", row=Officer, by=OFFICE, weighty=True):
    """{author} ends a key of the {officer}: {key}."""

    officer: Ref[Officer] = upon("Which office?")
    key: str = ask("Which key? (its fingerprint)", most=60, example=EXAMPLE[1])

    def judge(self, row: Officer, saying: Saying) -> str | None:
        """By the office itself or a keeper; a key that is in force."""
        return _authority(row, saying) or (None if self.key in officer_keys(row) else "key-gone")

    def apply(self, row: Officer, saying: Saying) -> None:
        """Let the key count for no later record."""
        row.keys = [
            {**one, "ended": saying.position} if one["id"] == self.key and not one["ended"] else one
            for one in row.keys
        ]


def _authority(row: Officer, saying: Saying) -> str | None:
    if row.ended_at is not None:
        return "office-ended"
    if saying.by == row.key:
        return None
    author = saying.own(Officer, saying.by)
    return None if author is not None and Capability.KEEPER in author.can else "not-granted"
