"""What a member says about nodes: where its own is and which keys it uses, and whose log it vouches for."""

from typing import Annotated

import msgspec
from django.utils.translation import gettext as _

from hansa.kernel import cosign
from hansa.kernel.context import Saying
from hansa.kernel.cosign import Cosigner
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.note import Verifier
from hansa.kernel.record import Record, ask
from hansa.kernel.ref import is_log_name
from hansa.kernel.sync.addresses import is_url
from hansa.kernel.sync.models import Introduction, Node

SEALING = r"^[A-Za-z0-9+/]{1622}==\Z"
"""Base64 of an MLKEM768-X25519 public key: 1,216 bytes."""


class SealingKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To which key restricted records for this member are sealed (HPKE, MLKEM768-X25519)."""

    key: Annotated[str, msgspec.Meta(pattern=SEALING)]


class NodeSet(Record, kind="kernel.node/1", row=Node, by="keeper", weighty=True):
    """{author} says where its node is, and which keys it uses."""

    url: str = ask(
        "Where do other nodes reach it?",
        most=200,
        example="https://aid.example.org",
        default="",
        help="Leave empty if no other node can call this one. It then fetches from others only.",
    )
    witness: str = ask(
        "With which key does it cosign others' logs?",
        most=300,
        example="hansa/witness-2d711642+2ef96482+BP7BQoZz9q/okmSzgHNErosmnRJaUDhVICaH21pxKFef",
        default="",
    )
    sealing: list[SealingKey] = ask(
        "To which key is what is restricted to this member sealed?", most=1, default=[], shown=False
    )
    host: str = ask(
        "Who runs the machine?",
        example="City of Chicago, Department of Technology",
        default="",
        help="Members on one machine count once when heads are witnessed.",
    )

    def suffix(self) -> str | None:
        """A member has one node at a time."""
        return "node"

    def check(self, row: Node | None, saying: Saying) -> None:
        """Say in words what is wrong with an address or a key."""
        _check_url(self.url)
        if self.witness and not _is_witness(self.witness):
            raise Refused(
                _("This is no verifier key. Paste it whole, as “hansa witness key” prints it."),
                field="witness",
            )

    def judge(self, row: Node | None, saying: Saying) -> str | None:
        """An address that nobody could call, or a key that nobody could use, is not kept."""
        if self.url and not is_url(self.url):
            return "bad-url"
        return "bad-key" if self.witness and not _is_witness(self.witness) else None

    def apply(self, row: Node, saying: Saying) -> None:
        """Replace what was said before."""
        row.url, row.witness, row.host = self.url, self.witness, self.host
        row.sealing = self.sealing[0].key if self.sealing else ""
        row.at = saying.at


class Introduced(Record, kind="kernel.introduction/1", row=Introduction, by="sign", weighty=True):
    """{author} vouches for the log {log}."""

    log: str = ask(
        "What is the log called?",
        most=63,
        example="us-wa-seattle",
        help="Those who follow this member's log will follow that one, too.",
    )
    vkey: str = ask(
        "What is its key?",
        most=200,
        example="hansa/us-wa-seattle+9c3add15+Af7BQoZz9q/okmSzgHNErosmnRJaUDhVICaH21pxKFef",
        help="Compare its fingerprint with that member by voice or on paper first.",
    )
    url: str = ask(
        "Where is its node?", most=200, example="https://aid.seattle.example.org", default=""
    )

    def check(self, row: Introduction | None, saying: Saying) -> None:
        """Say in words what is wrong with the name, the key or the address."""
        _check_url(self.url)
        if not is_log_name(self.log):
            raise Refused(_("This cannot name a log."), field="log")
        if not _is_key_of(self.vkey, self.log):
            raise Refused(
                _("This is not a key of that log. Paste the whole line, name included."),
                field="vkey",
            )

    def judge(self, row: Introduction | None, saying: Saying) -> str | None:
        """A name or key that nobody could follow is not kept."""
        if not is_log_name(self.log) or not _is_key_of(self.vkey, self.log):
            return "bad-key"
        return "bad-url" if self.url and not is_url(self.url) else None

    def apply(self, row: Introduction, saying: Saying) -> None:
        """Keep it. `sync.follow` acts on it."""
        row.log, row.vkey, row.url = self.log, self.vkey, self.url


def _check_url(url: str) -> None:
    if url and not is_url(url):
        raise Refused(
            _(
                "Write the address like https://aid.example.org, in small letters and without a path."
            ),
            field="url",
        )


def _is_witness(vkey: str) -> bool:
    try:
        read = Cosigner.parse(vkey)
    except Untrusted:
        return False
    return cosign.vkey(read.name, read.algorithm, read.public) == vkey


def _is_key_of(vkey: str, log: str) -> bool:
    try:
        read = Verifier.parse(vkey)
    except Untrusted:
        return False
    return read.vkey() == vkey and read.name.partition("/")[2] == log
