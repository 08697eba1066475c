"""The step between what is meant and what is said: the officer's own approval, by passkey or SSH key.

The person reads the very text that is signed, and approves it with a key that this node never has. What
was typed travels along, so nothing is lost by a wrong key, a late answer or a second look.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hansa.kernel import clock
from hansa.kernel.approval import SSH, WEBAUTHN, Enrolled
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.log import Draft
from hansa.kernel.note import decode_base64, encode_base64
from hansa.kernel.prepare import WANTED, Prepared, again, keys_for, prepare
from hansa.kernel.record import Record
from hansa.kernel.say import approving, say_draft
from hansa.kernel.sshsig import dearmor, signer
from hansa.pages.access import Chair
from hansa.pages.widgets import FilesField, sign_file

PREPARED, CREDENTIAL, SIGNATURE = "approve-prepared", "approve-credential", "approve-ssh"
STATEMENT, CHANGE = "approve-statement", "approve-change"
OURS = {PREPARED, CREDENTIAL, SIGNATURE, STATEMENT, CHANGE, "csrfmiddlewaretoken"}

LASTS = timedelta(hours=1)
"""For so long a prepared text may be approved; then it is prepared anew and read again."""

SALT = "hansa.pages.approve"
UNPROCESSABLE = 422


def wants_change(request: HttpRequest) -> bool:
    """Tell whether the person went back from the approval to the form."""
    return CHANGE in request.POST


def note(kind: type[Record], chair: Chair) -> str:
    """Return `key` where a weighty kind will ask for an approval, `word` where it will carry the node's word only, else nothing."""
    if not kind.weighty or settings.DEMO:
        return ""
    return "key" if keys_for(chair.by) else "word"


def say_or_ask(
    request: HttpRequest,
    draft: Draft,
    *,
    title: str,
    form: forms.Form | None = None,
) -> str | HttpResponse:
    """Say the draft and return its position; or return the page on which it is approved first.

    Refused where an approval would not help. `form` is the one whose attachments travel along.
    """
    given = _given(request, draft)
    if isinstance(given, Prepared) and STATEMENT in request.POST:
        return _file(given)
    try:
        if isinstance(given, Refused):
            raise given
        return say_draft(_signed(request, given) if given else draft)
    except Refused as refusal:
        if refusal.code not in WANTED:
            raise
        used = refusal.code == "approval-reused"
        prepared = given if isinstance(given, Prepared) and not used else prepare(draft)
        why = refusal if PREPARED in request.POST else None
        return _page(request, prepared, title=title, refusal=why, form=form)


class Asked(Exception):
    """Something needs an approval first: `page` asks for it."""

    def __init__(self, page: HttpResponse) -> None:
        """Keep the page."""
        super().__init__("an approval is asked")
        self.page = page


@contextmanager
def asking(request: HttpRequest, *, title: str) -> Iterator[None]:
    """Let whatever is said in this block, one record after the other, be approved; raises Asked where it is not yet.

    For acts of several records, each of which is said once however often the request comes.
    """

    def approver(draft: Draft) -> Draft:
        given = _given(request, draft)
        prepared = given if isinstance(given, Prepared) else prepare(draft)
        if not isinstance(given, Prepared):
            raise Asked(_page(request, prepared, title=title, refusal=None, form=None))
        if STATEMENT in request.POST:
            raise Asked(_file(prepared))
        try:
            return _signed(request, prepared)
        except Refused as refusal:
            raise Asked(
                _page(request, prepared, title=title, refusal=refusal, form=None)
            ) from refusal

    with approving(approver):
        yield


def _given(request: HttpRequest, draft: Draft) -> Prepared | Refused | None:
    """Return the act as it was prepared for this request, why it counts no more, or nothing on the first try."""
    token = request.POST.get(PREPARED)
    try:
        return read_token(token, draft) if token else None
    except Refused as refusal:
        return refusal


def read_token(token: str, draft: Draft) -> Prepared:
    """Return the act as it was prepared here for this very draft; Refused (`approval-late`) if it was not, or too long ago."""
    try:
        made = signing.loads(token, salt=SALT)
        nonce, shown = decode_base64(made["nonce"], "The nonce"), str(made["shown"])
        late = clock.now() > datetime.fromisoformat(made["until"])
    except (signing.BadSignature, Untrusted, KeyError, ValueError, TypeError):
        late, made = True, {}
    if late:
        words = _(
            "More than an hour has passed since this was prepared. Read it again, then approve it."
        )
    elif made["digest"] != draft.digest:
        words = _("What is to be said has changed since. Read it again, then approve it.")
    else:
        return again(draft, nonce, shown)
    raise Refused(words, code="approval-late")


def token_of(prepared: Prepared) -> str:
    """Return what brings this act back as it was shown, signed by this node, for an hour."""
    return signing.dumps(
        {
            "nonce": encode_base64(prepared.nonce),
            "shown": prepared.shown,
            "digest": prepared.draft.digest,
            "until": (clock.now() + LASTS).isoformat(),
        },
        salt=SALT,
        compress=True,
    )


def _signed(request: HttpRequest, prepared: Prepared) -> Draft:
    """Return the draft with what was handed in; Refused, to be mended on the same page, if that is no approval."""
    credential, pasted = request.POST.get(CREDENTIAL), request.POST.get(SIGNATURE, "").strip()
    try:
        if credential:
            return by_passkey(prepared, _read_json(credential))
        if pasted:
            return by_ssh(prepared, pasted)
    except Untrusted as error:
        raise Refused(error.sentence, code="approval-false") from error
    raise Refused(
        _("Approve it with one of your keys, in one of the two ways below."), code="not-approved"
    )


def by_ssh(prepared: Prepared, armored: str) -> Draft:
    """Return the draft with an SSH signature as ssh-keygen wrote it; Untrusted if it is none."""
    return prepared.by_ssh(signer(dearmor(armored)).fingerprint, armored)


def _read_json(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    return given if isinstance(given, dict) else {}


def by_passkey(prepared: Prepared, given: dict[str, Any]) -> Draft:
    """Return the draft with an assertion: {id, data, client, signature} in base64url; Untrusted if it is none of this office's."""
    try:
        name = given["id"]
        data, client, signature = (_unpadded(given[p]) for p in ("data", "client", "signature"))
    except (ValueError, KeyError, TypeError) as error:
        raise Untrusted(_("What was handed over is no approval. Try it once more.")) from error
    for one in keys_for(prepared.draft.by):
        if one.credential and one.credential == name:
            return prepared.by_passkey(one.key.fingerprint, data, client, signature)
    raise Untrusted(_("This passkey is not enrolled for your office."))


def unpadded(data: bytes) -> str:
    """Return bytes in base64url without padding, as WebAuthn writes them (RFC 7515 section 2)."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def _unpadded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except Base64Error as error:
        raise ValueError(str(error)) from error


def origin_of(request: HttpRequest) -> str:
    """Return the origin of this page, to which a passkey is bound (WebAuthn L2 section 13.4.9)."""
    return f"{request.scheme}://{request.get_host()}"


def _page(
    request: HttpRequest,
    prepared: Prepared,
    *,
    title: str,
    refusal: Refused | None,
    form: forms.Form | None,
) -> HttpResponse:
    keys, here = keys_for(prepared.draft.by), origin_of(request)
    passkeys = [one for one in keys if one.key.method == WEBAUTHN and one.key.origin == here]
    context = {
        "title": title,
        "shown": prepared.shown,
        "refusal": refusal,
        "carried": list(_carried(request, form)),
        "prepared": token_of(prepared),
        "passkeys": passkeys,
        "elsewhere": sorted({one.key.origin for one in keys if one.key.origin} - {here}),
        "ssh": [one for one in keys if one.key.method == SSH],
        "options": _options(prepared, passkeys),
    }
    status = UNPROCESSABLE if refusal and not request.headers.get("HX-Request") else 200
    return render(request, "pages/approve.html", context, status=status)


def _carried(request: HttpRequest, form: forms.Form | None) -> Iterator[tuple[str, str]]:
    """Yield what was typed, to be posted again as it came; attachments by their signed references."""
    asked = form.fields if form is not None else {}
    cleaned = form.cleaned_data if form is not None else {}
    kept = {
        f"{name}-kept": cleaned.get(name) or []
        for name, field in asked.items()
        if isinstance(field, FilesField)
    }
    for name, values in request.POST.lists():
        if name not in OURS and name not in kept:
            yield from ((name, str(value)) for value in values)
    for name, files in kept.items():
        yield from ((name, sign_file(one)) for one in files)


def _options(prepared: Prepared, passkeys: list[Enrolled]) -> dict[str, Any]:
    """Return what the browser is asked: WebAuthn L2 section 5.5, bytes in base64url."""
    return {
        "challenge": unpadded(prepared.challenge),
        "rpId": passkeys[0].key.rp_id if passkeys else "",
        "allow": [one.credential for one in passkeys],
    }


def _file(prepared: Prepared) -> HttpResponse:
    """Return the statement as a file, byte for byte what an SSH key must sign."""
    return HttpResponse(
        prepared.statement,
        content_type="text/plain; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="statement.txt"',
            "Cache-Control": "no-store",
        },
    )
