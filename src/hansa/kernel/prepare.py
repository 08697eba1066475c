"""What an officer is shown before it approves an act, and the statement over which it then signs.

The text is made here, from the record itself, for every door alike: the sentence, every question with its
answer, who will be able to read it. What is signed holds the hash of what is said and of this very text.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from hansa.kernel import clock
from hansa.kernel.approval import NONCE, Act, ByPasskey, BySsh, Enrolled, challenge, seen
from hansa.kernel.errors import Refused
from hansa.kernel.fields import Field
from hansa.kernel.log import Draft, audience_of
from hansa.kernel.models import Entry, Row
from hansa.kernel.note import encode_base64
from hansa.kernel.officers import enrolled, officer_model
from hansa.kernel.reading import names_of_members
from hansa.kernel.ref import split
from hansa.kernel.seal.keeping import words
from hansa.kernel.sshsig import dearmor
from hansa.kernel.telling import moment, names_of, sentence_of, shown

LONGEST_KEY = 400
"""Characters without a space that are still laid out whole."""

DEEPEST = 6
"""Levels of a structured answer that are laid out; what is deeper stands as JSON."""

WANTED = frozenset({"not-approved", "approval-false", "approval-reused", "approval-late"})
"""Codes of a refusal that an approval of the very same words can mend."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An act, ready to be approved: what it is, the text that is shown, and a number that makes it this one."""

    draft: Draft
    act: Act
    nonce: bytes
    shown: str

    @property
    def statement(self) -> bytes:
        """Return what an SSH key signs."""
        return self.act.statement(self.nonce, self.shown)

    @property
    def challenge(self) -> bytes:
        """Return what a passkey signs."""
        return challenge(self.statement)

    def by_ssh(self, key: str, signature: str) -> Draft:
        """Return the draft with an approval by the key with this fingerprint; Untrusted if nothing was pasted."""
        blob = encode_base64(dearmor(signature))
        return self._with(
            BySsh(
                key=key,
                audience=self.act.audience,
                nonce=encode_base64(self.nonce),
                shown=self.shown,
                signature=blob,
            )
        )

    def by_passkey(self, key: str, data: bytes, client: bytes, signature: bytes) -> Draft:
        """Return the draft with this assertion: authenticator data, client data and signature."""
        return self._with(
            ByPasskey(
                key=key,
                audience=self.act.audience,
                nonce=encode_base64(self.nonce),
                shown=self.shown,
                data=encode_base64(data),
                client=encode_base64(client),
                signature=encode_base64(signature),
            )
        )

    def _with(self, approval: ByPasskey | BySsh) -> Draft:
        return replace(self.draft, approvals=(*self.draft.approvals, msgspec.json.encode(approval)))


def prepare(draft: Draft) -> Prepared:
    """Return the act with a fresh number and the text to show, in the reader's language and zone; Refused if it cites what is not here."""
    return again(draft, os.urandom(NONCE), text_of(draft))


def again(draft: Draft, nonce: bytes, text: str) -> Prepared:
    """Return the act as it was prepared with this number and text."""
    record = draft.record
    refs = {}
    for ref in dict.fromkeys([*(ref for ref, _asked in record.citations()), draft.by]):
        log, index = split(ref)
        entry = Entry.objects.filter(log=log, index=index).only("leaf").first()
        if entry is None:
            raise Refused(_("There is no record %(ref)s here.") % {"ref": ref}, code="no-record")
        refs[ref] = bytes(entry.leaf)
    act = Act(draft.log, record.kind, draft.by, audience_of(draft), refs, record.encode())
    return Prepared(draft, act, nonce, text)


def keys_for(officer: str) -> list[Enrolled]:
    """Return the keys in force of the officer with this key."""
    model = officer_model()
    row = model._default_manager.filter(pk=officer).first() if model else None
    return [one for one in enrolled(row) if not one.ended]


def text_of(draft: Draft) -> str:
    """Return what is shown: the sentence, who says it for whom, and every question with its answer."""
    record, log = draft.record, draft.log
    names = names_of([(None, record)])
    author = names_of_members([log]).get(log, log)
    model = officer_model()
    office = model._default_manager.filter(pk=draft.by).first() if model else None
    lines = [
        sentence_of(record, author, names),
        "",
        f"{_('Member')}: {author} ({log})",
        f"{_('Office')}: {office or draft.by} ({draft.by})",
        f"{_('Prepared')}: {moment(clock.now())}",
        words(audience_of(draft), log),
    ]
    for field in record.fields:
        value = getattr(record, field.name)
        if value not in (None, "", []):
            lines += ["", str(field.label), *_answer(field, value, names)]
    return seen("\n".join(lines))


def _answer(field: Field, value: Any, names: dict[tuple[type[Row], str], str]) -> Iterator[str]:
    if field.type == "items":
        yield from _laid_out(msgspec.to_builtins(value), 1)
    elif field.type in {"ref", "refs"}:
        for ref in [value] if field.type == "ref" else value:
            name = shown(field, [ref] if field.type == "refs" else ref, names)
            yield f"  {name} ({ref})" if name != ref else f"  {ref}"
    else:
        for line in shown(field, value, names).split("\n"):
            yield f"  {line}"


def _laid_out(value: Any, level: int) -> Iterator[str]:
    """Lay a structured answer out, a line each, deeper parts further in."""
    space = "  " * level
    if level > DEEPEST or not isinstance(value, dict | list):
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        if len(text) > LONGEST_KEY and " " not in text:
            # A wrapped key: nobody reads it, and the statement holds the hash of the whole.
            text = _("%(start)s… (%(n)s characters)") % {"start": text[:24], "n": len(text)}
        yield from (f"{space}{line}" for line in text.split("\n"))
    elif isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, dict | list) and part:
                yield f"{space}{name}:"
                yield from _laid_out(part, level + 1)
            else:
                first, *rest = _laid_out(part, 0)
                yield f"{space}{name}: {first}"
                yield from (f"{space}  {line}" for line in rest)
    else:
        for number, part in enumerate(value, start=1):
            if isinstance(part, dict | list):
                yield f"{space}{number}."
                yield from _laid_out(part, level + 1)
            else:
                yield from (f"{space}- {line.strip()}" for line in _laid_out(part, 0))
