"""`/api/records`: what was said, and the one way to say something."""

from dataclasses import replace
from typing import Annotated, Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.api.ask import bad_cursor, by_token, page, read_body, read_cursor, read_limit, read_query
from hansa.api.problems import Problem, respond
from hansa.api.tokens import Caller
from hansa.kernel.approval import MOST
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.fold import target
from hansa.kernel.log import Draft
from hansa.kernel.models import Entry, Once, Touch
from hansa.kernel.prepare import WANTED, Prepared, keys_for, prepare
from hansa.kernel.reading import readable
from hansa.kernel.record import KINDS
from hansa.kernel.ref import is_position, split
from hansa.kernel.say import say_draft
from hansa.kernel.seal import keeping as seal
from hansa.kernel.telling import Told, tell
from hansa.pages.approve import by_passkey, by_ssh, read_token, token_of, unpadded

LONGEST_KEY = 100
BIGGEST_ID = 2**63 - 1


class BySignature(msgspec.Struct, forbid_unknown_fields=True, tag_field="method", tag="ssh"):
    """An SSH signature over the statement, as ssh-keygen wrote it."""

    signature: str


class ByAssertion(msgspec.Struct, forbid_unknown_fields=True, tag_field="method", tag="webauthn"):
    """What a passkey made of the challenge, in base64url: its id, authenticator data, client data, signature."""

    id: str
    data: str
    client: str
    signature: str


class Given(msgspec.Struct, forbid_unknown_fields=True):
    """What is posted: the kind, what is said, for whom; the second time what was prepared and the approvals of it."""

    kind: str
    says: dict[str, Any]
    audience: str = msgspec.field(name="for", default="")
    prepared: str = ""
    approvals: Annotated[list[BySignature | ByAssertion], msgspec.Meta(max_length=MOST)] = []


@by_token("GET", "POST")
def records(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Say one record, or list what was said."""
    return _say(request, caller) if request.method == "POST" else _list(request, caller)


@by_token("GET")
def record(request: HttpRequest, caller: Caller, position: str) -> HttpResponse:
    """Return one record."""
    found = Entry.objects.none()
    if is_position(position):
        log, index = split(position)
        found = readable(Entry, caller.log).filter(log=log, index=index)
    told = tell(found)
    if not told:
        raise Problem(
            404,
            _("There is no record %(position)s that you may read.") % {"position": position[:80]},
            code="no-record",
        )
    return respond(plain(told[0]))


def _say(request: HttpRequest, caller: Caller) -> HttpResponse:
    given = read_body(request, Given)
    kind = KINDS.get(given.kind)
    if kind is None:
        raise Refused(
            _("There is no kind “%(kind)s”. /api/openapi.json lists them.")
            % {"kind": given.kind[:60]},
            field="kind",
            code="unknown-kind",
        )
    sealed = kind.sealable and is_position(given.audience)
    if given.audience and given.audience not in kind.audiences and not sealed:
        raise Refused(
            _("This kind is for: %(audiences)s.") % {"audiences": ", ".join(kind.audiences)},
            field="for",
            code="audience",
        )
    once = _once(request, caller)
    repeated = bool(once) and Once.objects.filter(key=once).exists()
    said = kind.read(given.says)
    position = _approved(given, Draft(said, caller.log, caller.by, given.audience, once))
    where = reverse("api-record", args=[position])
    answer = {
        "position": position,
        "kind": kind.kind,
        "log": caller.log,
        "by": caller.by,
        "row": target(said, position),
    }
    return respond(answer, status=200 if repeated else 201, headers={"Location": where})


def _approved(given: Given, draft: Draft) -> str:
    """Say it with the approvals that were given; where one is wanted, answer with what there is to approve."""
    try:
        return say_draft(_with(given, draft) if given.prepared else draft)
    except Untrusted as error:
        raise Refused(error.sentence, field="approvals", code="approval-false") from error
    except Refused as refusal:
        if refusal.code not in WANTED:
            raise
        problem = Problem.of(refusal)
        problem.more = {"approve": _to_approve(prepare(draft))}
        raise problem from refusal


def _with(given: Given, draft: Draft) -> Draft:
    prepared = read_token(given.prepared, draft)
    for one in given.approvals:
        if isinstance(one, BySignature):
            draft = by_ssh(prepared, one.signature)
        else:
            draft = by_passkey(prepared, msgspec.to_builtins(one))
        prepared = replace(prepared, draft=draft)
    return draft


def _to_approve(prepared: Prepared) -> dict[str, Any]:
    """Return all that a program needs to let its officer approve."""
    return {
        "prepared": token_of(prepared),
        "shown": prepared.shown,
        "statement": prepared.statement.decode(),
        "challenge": unpadded(prepared.challenge),
        "keys": [
            {
                "method": one.key.method,
                "fingerprint": one.key.fingerprint,
                "label": one.label,
                "credential": one.credential,
                "origin": one.key.origin,
            }
            for one in keys_for(prepared.draft.by)
        ],
    }


def _once(request: HttpRequest, caller: Caller) -> str:
    """Return the idempotency key, which counts for one officer only; nothing if none was sent."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Problem(
            400,
            _("An Idempotency-Key has at most %(most)s printable characters.")
            % {"most": LONGEST_KEY},
            code="bad-key",
            field="Idempotency-Key",
        )
    return f"api:{caller.by}:{key}" if key else ""


def _list(request: HttpRequest, caller: Caller) -> HttpResponse:
    given = read_query(request.GET, ("kind", "log", "about"))
    limit, after = read_limit(given), read_cursor(given)
    entries = readable(Entry, caller.log)
    for name in ("kind", "log"):
        if name in given:
            entries = entries.filter(**{name: given[name]})
    if "about" in given:
        entries = entries.filter(id__in=Touch.objects.filter(key=given["about"]).values("entry_id"))
    if after is not None:
        entries = entries.filter(id__gt=_id(after))
    told = tell(entries.order_by("id")[: limit + 1])
    return respond(
        page([plain(one) for one in told], [str(one.entry.id) for one in told], limit, given)
    )


def _id(place: str) -> int:
    if not (place.isascii() and place.isdigit() and int(place[:20]) <= BIGGEST_ID):
        raise bad_cursor()
    return int(place[:20])


def plain(told: Told) -> dict[str, Any]:
    """Return one record as the API gives it."""
    return {
        "position": told.position, "at": told.at, "log": told.entry.log, "author": told.author, "by": told.entry.by, "office": told.officer,
        "kind": told.kind, "audience": seal.audience_of(told.entry), "fate": told.fate, "reason": told.reason or None,
        "row": told.subject or None, "sentence": told.sentence, "says": told.record,
    }  # fmt: skip
