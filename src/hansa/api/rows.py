"""`/api/{rows}` for every row that records fold into, `/api/duties`, `/api/me`."""

from functools import cache
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override

from hansa.api.ask import by_token, page, read_cursor, read_limit, read_query
from hansa.api.problems import Problem, respond
from hansa.api.tokens import Caller
from hansa.kernel import clock
from hansa.kernel.models import Row, row_models
from hansa.kernel.reading import readable
from hansa.pact.ledger import Duty, Ledger
from hansa.pact.models import Call, Member

FILTERS = (models.CharField, models.BooleanField)
DUTY_FILTERS = ("call", "form", "member", "standing")


@cache
def models_by_name() -> dict[str, type[Row]]:
    """Return every row model under its plural in an address: `needs`, `resource-types`."""
    with override("en"):
        return {
            str(model._meta.verbose_name_plural).replace(" ", "-"): model for model in row_models()
        }


def filters_of(model: type[Row]) -> list[str]:
    """Return the fields by which a list of these rows may be narrowed."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, FILTERS) and not field.primary_key
    ]


@by_token("GET")
def rows(request: HttpRequest, caller: Caller, name: str) -> HttpResponse:
    """List rows of one sort, by key."""
    model = _model(name)
    given = read_query(request.GET, filters_of(model))
    limit, after = read_limit(given), read_cursor(given)
    found = readable(model, caller.log)
    for parameter in filters_of(model):
        if parameter in given:
            found = found.filter(**{parameter: _value(model, parameter, given[parameter])})
    if after is not None:
        found = found.filter(pk__gt=after)
    listed = list(found.order_by("pk")[: limit + 1])
    return respond(page([plain(row) for row in listed], [row.key for row in listed], limit, given))


@by_token("GET")
def row(request: HttpRequest, caller: Caller, name: str, key: str) -> HttpResponse:
    """Return one row."""
    found = readable(_model(name), caller.log).filter(pk=key).first()
    if found is None:
        raise Problem(
            404,
            _("There is nothing called %(key)s here that you may read.") % {"key": key[:80]},
            code="no-row",
        )
    return respond(plain(found))


@by_token("GET")
def duties(request: HttpRequest, caller: Caller) -> HttpResponse:
    """List who owes which answer, by when, and how each stands now."""
    given = read_query(request.GET, DUTY_FILTERS)
    limit, after = read_limit(given), read_cursor(given)
    calls = readable(Call, caller.log)
    if "call" in given:
        calls = calls.filter(pk=given["call"])
    now = clock.now()
    listed = sorted((_duty(duty, now) for duty in Ledger(calls).all_duties()), key=_place)
    wanted = [
        one
        for one in listed
        if all(one[name] == given[name] for name in DUTY_FILTERS if name in given)
    ]
    rest = [one for one in wanted if after is None or _place(one) > after]
    return respond(
        page(rest[: limit + 1], [_place(one) for one in rest[: limit + 1]], limit, given)
    )


@by_token("GET")
def me(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Return for whom this token acts, and what it may do."""
    officer, token = caller.officer, caller.token
    member = Member.objects.filter(home=caller.log).first()
    return respond({
        "officer": officer.key, "office": officer.office, "log": caller.log, "member": str(member or caller.log), "can": officer.can, "until": officer.until,
        "token": {"number": token.pk, "name": token.name, "created": token.created, "expires": token.expires, "last_used": token.last_used},
    })  # fmt: skip


def plain(row: Row) -> dict[str, Any]:
    """Return a row as the API gives it."""
    return {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _model(name: str) -> type[Row]:
    model = models_by_name().get(name)
    if model is None:
        raise Problem(
            404,
            _("There is no /api/%(name)s. There are: %(names)s.")
            % {"name": name[:60], "names": ", ".join(models_by_name())},
            code="no-path",
        )
    return model


def _value(model: type[Row], name: str, text: str) -> str | bool:
    if not isinstance(model._meta.get_field(name), models.BooleanField):
        return text
    if text not in {"true", "false"}:
        raise Problem(400, _("Give true or false."), code="parameter", field=name)
    return text == "true"


def _duty(duty: Duty, now: Any) -> dict[str, Any]:
    answer = duty.answer
    return {
        "call": duty.call.key, "form": duty.form.value, "member": duty.member.home, "name": duty.member.name,
        "since": duty.since, "due": duty.due, "released_at": duty.released_at, "standing": duty.standing(now).value,
        "answer": None if answer is None else {"key": answer.key, "verdict": answer.verdict, "reason": answer.reason, "first_at": answer.first_at},
    }  # fmt: skip


def _place(duty: dict[str, Any]) -> str:
    return f"{duty['call']} {duty['form']} {duty['member']}"
