"""The keys with which an office approves weighty acts: look at them, enrol one, end one."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.webauthn import (
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)

from hansa.kernel.approval import WEBAUTHN, Enrolled
from hansa.kernel.errors import Refused
from hansa.kernel.note import encode_base64
from hansa.pact.models import Officer
from hansa.pact.pages.seeing import find, seat
from hansa.pact.records.keys import OfficerKeyEnded, OfficerKeyEnrolled
from hansa.pact.rules import keys_of
from hansa.pact.words import Capability, KeyMethod
from hansa.pages.access import capable, seated
from hansa.pages.approve import note, origin_of, unpadded
from hansa.pages.speak import speak

STATE = "enrol-passkey"
"""Where the session keeps the challenge of a passkey that is being made."""

MADE, GIVEN = "enrolled", "enrol-credential"
SALT = "hansa.pact.keys"
LASTS = 60 * 60
ES256, EDDSA = -7, -8
"""COSE algorithms (RFC 9053) that `kernel.approval` verifies."""

X, Y = -2, -3
"""COSE's names of a point's coordinates (RFC 9053 section 7)."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A key as its page shows it."""

    key: Enrolled
    sort: str


@seated
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Show the keys of the reader's own office."""
    return _list(request, _own(request))


@seated
def mine_ssh(request: HttpRequest) -> HttpResponse:
    """Enrol an SSH key for the reader's own office."""
    return _enrol_ssh(request, _own(request))


@seated
def mine_passkey(request: HttpRequest) -> HttpResponse:
    """Enrol a passkey for the reader's own office."""
    return _enrol_passkey(request, _own(request))


@seated
def mine_end(request: HttpRequest, enrolled: str) -> HttpResponse:
    """End a key of the reader's own office."""
    return _end(request, _own(request), enrolled)


@capable("keeper")
def keys(request: HttpRequest, key: str) -> HttpResponse:
    """Show the keys of an office of one's own member."""
    return _list(request, _office(request, key))


@capable("keeper")
def enrol_ssh(request: HttpRequest, key: str) -> HttpResponse:
    """Enrol an SSH key for an office of one's own member."""
    return _enrol_ssh(request, _office(request, key))


@capable("keeper")
def enrol_passkey(request: HttpRequest, key: str) -> HttpResponse:
    """Enrol a passkey for an office of one's own member."""
    return _enrol_passkey(request, _office(request, key))


@capable("keeper")
def end(request: HttpRequest, key: str, enrolled: str) -> HttpResponse:
    """End a key of an office of one's own member."""
    return _end(request, _office(request, key), enrolled)


def _list(request: HttpRequest, row: Officer) -> HttpResponse:
    listed = [Listed(one, str(KeyMethod(one.key.method).label)) for one in reversed(keys_of(row))]
    context = {
        "officer": row,
        "own": row.key == seat(request).by,
        "keys": listed,
        "in_force": sum(not one.key.ended for one in listed),
        "demo": settings.DEMO,
        "keeper": Capability.KEEPER in row.can,
    }
    return render(request, "pact/keys.html", context)


def _enrol_ssh(request: HttpRequest, row: Officer) -> HttpResponse:
    if settings.DEMO:
        return _list(request, row)
    return speak(
        request,
        OfficerKeyEnrolled,
        fixed={"officer": row.key, "method": KeyMethod.SSH.value},
        title=_("Enrol an SSH key: %(office)s") % {"office": row.office},
        button=_("Enrol the key"),
        done=_page_of(request, row),
        template="pact/key_form.html",
        context={"officer": row, "approval": _asked(request)},
    )


def _enrol_passkey(request: HttpRequest, row: Officer) -> HttpResponse:
    """Let the browser make a passkey for the office, then enrol it."""
    if settings.DEMO:
        return _list(request, row)
    try:
        made = _made(request, row) if request.method == "POST" else {}
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        typed = urlencode({"label": request.POST.get("label", "")[:60]})
        return HttpResponseRedirect(f"{request.path}?{typed}")
    return speak(
        request,
        OfficerKeyEnrolled,
        fixed={
            "officer": row.key,
            "method": KeyMethod.WEBAUTHN.value,
            "public": made.get("public", ""),
            "origin": made.get("origin", ""),
            "credential": made.get("credential", ""),
        },
        initial={"label": request.GET.get("label", "")},
        title=_("Enrol a passkey: %(office)s") % {"office": row.office},
        button=_("Enrol the passkey"),
        done=_page_of(request, row),
        template="pact/passkey_form.html",
        context={
            "officer": row,
            "approval": _asked(request),
            "made": request.POST.get(MADE, ""),
            "options": {} if made else _begin(request, row),
        },
    )


def _end(request: HttpRequest, row: Officer, enrolled: str) -> HttpResponse:
    """End the key that was enrolled by this record."""
    found = next((one for one in keys_of(row) if one.record == enrolled and not one.ended), None)
    if found is None:
        raise Http404(_("This office has no such key in force."))
    return speak(
        request,
        OfficerKeyEnded,
        fixed={"officer": row.key, "key": found.key.fingerprint},
        title=_("End a key: %(label)s") % {"label": found.label},
        button=_("End the key"),
        done=_page_of(request, row),
        template="pact/key_end.html",
        context={"officer": row, "key": found},
    )


def _asked(request: HttpRequest) -> str:
    """Return whether the enrolment will be approved by an earlier key. A first key is in the node's word, as the list says."""
    return note(OfficerKeyEnrolled, seat(request)).removeprefix("word")


def _page_of(request: HttpRequest, row: Officer) -> str:
    own = row.key == seat(request).by
    return reverse("my-keys") if own else reverse("officer-keys", args=[row.key])


def _own(request: HttpRequest) -> Officer:
    return find(Officer, seat(request).by, seat(request).log)


def _office(request: HttpRequest, key: str) -> Officer:
    row = find(Officer, key, seat(request).log)
    if row.home != seat(request).log:
        raise Http404(_("Each member keeps its own officers."))
    return row


def _server(request: HttpRequest) -> Fido2Server:
    origin = origin_of(request)
    host = origin.partition("://")[2].partition(":")[0]
    server = Fido2Server(
        PublicKeyCredentialRpEntity(id=host, name="Hansa"),
        verify_origin=lambda given: given == origin,
    )
    server.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=alg)
        for alg in (ES256, EDDSA)
    ]
    return server


def _begin(request: HttpRequest, row: Officer) -> dict[str, Any]:
    """Return what the browser is asked, and remember its challenge: WebAuthn L2 section 5.4."""
    server = _server(request)
    user = {
        "id": unpadded(row.key.encode()),
        "name": row.key,
        "displayName": f"{row.office} ({row.key})",
    }
    asked, state = server.register_begin(
        PublicKeyCredentialUserEntity(
            id=row.key.encode(), name=user["name"], display_name=user["displayName"]
        ),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    request.session[STATE] = state
    return {
        "challenge": unpadded(asked.public_key.challenge),
        "rp": {"id": server.rp.id, "name": server.rp.name},
        "user": user,
        "algorithms": [ES256, EDDSA],
        "exclude": [
            one.credential
            for one in keys_of(row)
            if not one.ended and one.key.method == WEBAUTHN and one.key.origin == origin_of(request)
        ],
    }


def _made(request: HttpRequest, row: Officer) -> dict[str, str]:
    """Return the passkey just made, or made before and carried along; Refused if it is none of this page's.

    What was made is carried in the form, signed, so that an approval or a second look does not lose it.
    """
    given = request.POST.get(GIVEN, "")
    if given:
        made = {**_complete(request, given), "officer": row.key}
        posted = request.POST.copy()
        posted[MADE] = signing.dumps(made, salt=SALT)
        del posted[GIVEN]
        request.POST = posted  # type: ignore[assignment]  # a QueryDict, as it was
        return made
    try:
        made = dict(signing.loads(request.POST.get(MADE, ""), salt=SALT, max_age=LASTS))
    except signing.BadSignature:
        made = {}
    if made.get("officer") != row.key:
        raise Refused(_("No passkey was made. Press the button, and let your device make one."))
    return made


def _complete(request: HttpRequest, given: str) -> dict[str, str]:
    """Judge a registration by WebAuthn L2 section 7.1 (no attestation is asked), and return its public key."""
    try:
        state = request.session.pop(STATE)
        data = _server(request).register_complete(state, json.loads(given)).credential_data
        if data is None:
            raise ValueError("nothing was made")
        return {
            "public": _public(data.public_key),
            "origin": origin_of(request),
            "credential": unpadded(data.credential_id),
        }
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
        raise Refused(
            _(
                "The passkey could not be accepted: it was made for another page, or too long ago. Try it again."
            )
        ) from error


def _public(key: CoseKey) -> str:
    if key.ALGORITHM == ES256:
        return f"es256 {encode_base64(bytes([4]) + key[X] + key[Y])}"
    if key.ALGORITHM == EDDSA:
        return f"ed25519 {encode_base64(key[X])}"
    raise ValueError("an algorithm that was not asked for")
