"""What the officer itself approved, on a record's page: verified once more from the bytes that are kept here."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from hansa.kernel.approval import SSH, Enrolled, Presence, read_approval, verify
from hansa.kernel.errors import Untrusted
from hansa.kernel.models import Entry, Fate
from hansa.kernel.officers import enrolled, officer_model
from hansa.kernel.record import KINDS
from hansa.kernel.said import Said, act_of
from hansa.kernel.store import stored


@dataclass(frozen=True, slots=True)
class Shown:
    """An approval: by which key, how, the text that was shown, and why it does not hold, if it does not."""

    key: Enrolled | None
    fingerprint: str
    how: str
    text: str
    why: str


def approvals_of(entry: Entry) -> list[Shown]:
    """Return the approvals in the entry's body, each verified against the keys of its office at its place in the log."""
    try:
        said = next(iter(stored("WHERE e.id = %s", (entry.id,))))
    except Untrusted:
        return []  # damaged here, which the proof on the same page says
    if said.envelope is None:
        return []
    model = officer_model()
    row = model._default_manager.filter(pk=said.by).first() if model else None
    keys = [one for one in enrolled(row) if one.counted(entry.index)]
    return [_shown(bytes(raw), keys, said) for raw in said.envelope.approvals]


def word_only(entry: Entry) -> bool:
    """Tell whether it weighs, and counts without an approval: in the node's word."""
    kind = KINDS.get(entry.kind)
    return kind is not None and kind.weighty and entry.fate == Fate.DONE


def _shown(raw: bytes, keys: list[Enrolled], said: Said) -> Shown:
    try:
        approval = read_approval(raw)
    except Untrusted as error:
        return Shown(None, "", "", "", error.sentence)
    key = next((one for one in keys if one.key.fingerprint == approval.key), None)
    try:
        if key is None:
            raise Untrusted(_("It is by no key that this office had then."))
        how = _how(key.key.method, verify(approval, key.key, act_of(said)))
    except Untrusted as error:
        return Shown(key, approval.key, "", approval.shown, error.sentence)
    return Shown(key, approval.key, how, approval.shown, "")


def _how(method: str, presence: Presence) -> str:
    if method != SSH:
        return _("By passkey: the device knew by finger, face or PIN who it was.")
    return {
        Presence.KEY: _("By SSH key."),
        Presence.TOUCHED: _("By SSH, with a security key that somebody touched."),
        Presence.VERIFIED: _("By SSH, with a security key that knew by PIN or finger who it was."),
    }[presence]
