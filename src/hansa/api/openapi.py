"""`/api/openapi.json`: OpenAPI 3.1, built from the record kinds and the rows they fold into."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt

from hansa import __version__
from hansa.api.ask import LARGEST_PAGE, PAGE
from hansa.api.problems import respond
from hansa.api.records import LONGEST_KEY
from hansa.api.rows import DUTY_FILTERS, filters_of, models_by_name
from hansa.kernel.approval import MOST
from hansa.kernel.models import Fate, Row
from hansa.kernel.record import KINDS, Record
from hansa.kernel.ref import REF_PATTERN
from hansa.pact.ledger import Standing

ABOUT = """\
Everything that a member of the pact can say and read, for programs. A token acts for one office and may do what
that office may do at that moment. Its office makes it on the page /api/tokens, or `hansa token make` does.

Whatever goes wrong is an RFC 9457 problem with a lasting `code`. Lists come in pages: pass `cursor` on to go on.
What weighs (a call for aid, joining, the charter, officers and their keys) needs the officer's own approval, once its
office has enrolled a key: the first POST answers 409 with a statement to sign, the second carries the signature.
With an `Idempotency-Key`, a request sent twice says one thing. In an exercise every answer holds `"exercise": true`.
"""

PROBLEM = {"$ref": "#/components/responses/Problem"}
TEXT = {"type": "string"}
MOMENT = {"type": "string", "format": "date-time"}


def openapi(request: HttpRequest) -> HttpResponse:
    """Return the document. It tells nothing that the source does not, so anyone may read it."""
    return respond(document())


openapi.access = "public"  # type: ignore[attr-defined]
openapi = csrf_exempt(openapi)


def schema_name(kind: type[Record]) -> str:
    """Return a kind's name among the schemas: `aid.need.1`."""
    return kind.kind.replace("/", ".")


@cache
def document() -> dict[str, Any]:
    """Return the whole document, in English whoever asks."""
    with override("en"):
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "Hansa",
                "version": __version__,
                "description": ABOUT,
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "/"}],
            "security": [{"token": []}],
            "paths": {**_record_paths(), **_row_paths(), **_other_paths()},
            "components": {
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
                "parameters": _parameters(),
                "responses": {
                    "Problem": {
                        "description": "Why not, and what to do",
                        "content": {"application/problem+json": {"schema": _schema("Problem")}},
                    }
                },
                "schemas": {**_kind_schemas(), **_row_schemas(), **_other_schemas()},
            },
        }


def _schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameter(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _query(name: str, description: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema or TEXT}


def _path(name: str, description: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema or TEXT,
    }


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _get(
    name: str, summary: str, schema: dict[str, Any], parameters: Iterable[dict[str, Any]] = ()
) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        "responses": {"200": _answer(summary, schema), "default": PROBLEM},
    }


def _pages(of: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items", "cursor", "more"],
        "properties": {
            "items": {"type": "array", "items": of},
            "cursor": {"type": ["string", "null"], "description": "Where this page ends."},
            "more": {"type": "boolean", "description": "Whether there is more after it now."},
            "exercise": {"const": True},
        },
    }


def _record_paths() -> dict[str, Any]:
    paging = [_parameter("cursor"), _parameter("limit")]
    narrowing = [
        _query("kind", "Only this kind", {"enum": sorted(KINDS)}),
        _query("log", "Only this member's log"),
        _query("about", "Only what concerns this row or record"),
    ]
    say = {
        "operationId": "say",
        "summary": "Say one record as the token's officer",
        "parameters": [_parameter("once")],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _schema("Say")}},
        },
        "responses": {
            "201": _answer("Said, and safe on disk", _schema("Said")),
            "200": _answer("Said before under the same Idempotency-Key", _schema("Said")),
            "409": {
                "description": "It needs the officer's own approval: let a key sign what `approve` holds, and post it again with `prepared` and `approvals`",
                "content": {"application/problem+json": {"schema": _schema("NotApproved")}},
            },
            "default": PROBLEM,
        },
    }
    return {
        "/api/records": {
            "get": _get(
                "listRecords",
                "What was said, the oldest first",
                _pages(_schema("Record")),
                [*narrowing, *paging],
            ),
            "post": say,
        },
        "/api/records/{position}": {
            "get": _get(
                "getRecord",
                "One record",
                _schema("Record"),
                [_path("position", "log@index", {"type": "string", "pattern": REF_PATTERN})],
            )
        },
    }


def _row_paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for name, model in models_by_name().items():
        title, words = _title(model), str(model._meta.verbose_name_plural)
        narrowing = [
            _query(field, f"Only where {field} is this", _column(model._meta.get_field(field)))
            for field in filters_of(model)
        ]
        paths[f"/api/{name}"] = {
            "get": _get(
                f"list{title}s",
                f"All {words}, by key",
                _pages(_schema(title)),
                [*narrowing, _parameter("cursor"), _parameter("limit")],
            )
        }
        paths[f"/api/{name}/{{key}}"] = {
            "get": _get(
                f"get{title}",
                f"One of the {words}",
                _schema(title),
                [_path("key", "log@index or log/name; slashes need no escape")],
            )
        }
    return paths


def _other_paths() -> dict[str, Any]:
    narrowing = [_query(name, f"Only this {name}") for name in DUTY_FILTERS]
    return {
        "/api/duties": {
            "get": _get(
                "listDuties",
                "Who owes which answer, by when, and how each stands",
                _pages(_schema("Duty")),
                [*narrowing, _parameter("cursor"), _parameter("limit")],
            )
        },
        "/api/me": {"get": _get("getMe", "For whom this token acts", _schema("Me"))},
        "/api/openapi.json": {
            "get": {**_get("getOpenapi", "This document", {"type": "object"}), "security": []}
        },
    }


def _parameters() -> dict[str, Any]:
    return {
        "cursor": _query("cursor", "Where the page before ended"),
        "limit": _query(
            "limit",
            "Items on a page",
            {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE},
        ),
        "once": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Any text of your own making: the same text and content again says nothing twice.",
            "schema": {"type": "string", "maxLength": LONGEST_KEY},
        },
    }


def _audiences(kind: type[Record]) -> dict[str, Any]:
    """Return who may read it: a word, or where it may be sealed the position of an audience of one's own."""
    words: dict[str, Any] = {"enum": list(kind.audiences)}
    made = (
        {"anyOf": [words, {"type": "string", "pattern": REF_PATTERN}]} if kind.sealable else words
    )
    return {**made, "default": kind.audiences[0]}


def _kind_schemas() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for kind in KINDS.values():
        made[schema_name(kind)] = kind.schema()
        made[f"{schema_name(kind)}.say"] = {
            "type": "object",
            "title": f"Say {kind.kind}",
            "description": f"{kind.sentence} Needs the capability “{kind.by}”.",
            "required": ["kind", "says"],
            "properties": {
                "kind": {"const": kind.kind},
                "says": _schema(schema_name(kind)),
                "for": _audiences(kind),
                "prepared": _schema("Prepared"),
                "approvals": {"type": "array", "items": _schema("Approval"), "maxItems": MOST},
            },
            "additionalProperties": False,
        }
    made["Say"] = {"oneOf": [_schema(f"{schema_name(kind)}.say") for kind in KINDS.values()]}
    return made


def _row_schemas() -> dict[str, Any]:
    return {_title(model): _row_schema(model) for model in models_by_name().values()}


def _title(model: type[Row]) -> str:
    """Return the name of a row in the document: its own in English, which two parts never share."""
    with override("en"):
        return "".join(word.capitalize() for word in str(model._meta.verbose_name).split())


def _row_schema(model: type[Row]) -> dict[str, Any]:
    fields = model._meta.concrete_fields
    return {
        "type": "object",
        "description": " ".join((model.__doc__ or "").split()),
        "required": [field.name for field in fields],
        # A pact says itself whether it is an exercise; elsewhere the word is the home's.
        "properties": {
            "exercise": {"const": True},
            **{field.name: _column(field) for field in fields},
        },
    }


def _column(field: Any) -> dict[str, Any]:
    """Return what a column holds, as JSON schema."""
    made: dict[str, Any]
    if isinstance(field, models.JSONField):
        return {}
    if isinstance(field, models.DateTimeField):
        made = dict(MOMENT)
    elif isinstance(field, models.BooleanField):
        made = {"type": "boolean"}
    elif isinstance(field, models.IntegerField):
        made = {"type": "integer"}
    elif isinstance(field, models.FloatField):
        made = {"type": "number"}
    else:
        made = dict(TEXT)
    return {**made, "type": [made["type"], "null"]} if field.null else made


def _other_schemas() -> dict[str, Any]:
    maybe = {"type": ["string", "null"]}
    later = {"type": ["string", "null"], "format": "date-time"}
    record = {
        "position": TEXT, "at": MOMENT, "log": TEXT, "author": TEXT, "by": TEXT, "office": TEXT, "kind": TEXT, "audience": TEXT, "fate": {"enum": list(Fate.values)},
        "reason": maybe, "row": maybe, "sentence": TEXT, "says": {"type": ["object", "null"]},
    }  # fmt: skip
    duty = {
        "call": TEXT, "form": TEXT, "member": TEXT, "name": TEXT, "since": MOMENT, "due": MOMENT, "released_at": later,
        "standing": {"enum": [standing.value for standing in Standing]}, "answer": {"type": ["object", "null"]},
    }  # fmt: skip
    me = {
        "officer": TEXT,
        "office": TEXT,
        "log": TEXT,
        "member": TEXT,
        "can": {"type": "array", "items": TEXT},
        "until": later,
        "token": {"type": "object"},
    }
    problem = {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "code": TEXT,
    }
    return {
        "Record": _whole(record),
        "Duty": _whole(duty),
        "Me": _whole(me),
        "Said": _whole(dict.fromkeys(("position", "kind", "log", "by", "row"), TEXT)),
        "Problem": {
            **_whole(problem),
            "properties": {**problem, "field": TEXT, "exercise": {"const": True}},
        },
        **_approval_schemas(problem),
    }


def _approval_schemas(problem: dict[str, Any]) -> dict[str, Any]:
    """Return what the two steps of an approved act exchange."""
    key = dict.fromkeys(("method", "fingerprint", "label", "credential", "origin"), TEXT)
    approve = {
        "prepared": _schema("Prepared"),
        "shown": {**TEXT, "description": "What the officer reads, word for word."},
        "statement": {
            **TEXT,
            "description": "What an SSH key signs, in UTF-8: ssh-keygen -Y sign -n hansa",
        },
        "challenge": {**TEXT, "description": "What a passkey signs, in base64url (WebAuthn)."},
        "keys": {"type": "array", "items": _whole(key)},
    }
    signature = {"method": {"const": "ssh"}, "signature": TEXT}
    assertion = {
        "method": {"const": "webauthn"},
        **dict.fromkeys(("id", "data", "client", "signature"), TEXT),
    }
    return {
        "Prepared": {**TEXT, "description": "Brings back what was shown, for an hour."},
        "Approval": {
            "oneOf": [
                {**_whole(one), "properties": one, "additionalProperties": False}
                for one in (signature, assertion)
            ]
        },
        "NotApproved": _whole({**problem, "approve": _whole(approve)}),
    }


def _whole(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "properties": {**properties, "exercise": {"const": True}},
    }


def as_bytes() -> bytes:
    """Return the document as JSON, for tests and the reference page."""
    return msgspec.json.encode(document(), enc_hook=str)
