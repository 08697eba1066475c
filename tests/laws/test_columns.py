"""No record that anybody can write is too long for the column that keeps it: PostgreSQL refuses what SQLite lets pass."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.db import models

from hansa.kernel.codes import VOID
from hansa.kernel.context import Saying
from hansa.kernel.entry import Envelope, read_envelope
from hansa.kernel.errors import Untrusted
from hansa.kernel.fields import Field
from hansa.kernel.fold import Folding, target
from hansa.kernel.log import Draft
from hansa.kernel.models import Body, Entry, Fate, Once, Tombstone, Touch
from hansa.kernel.record import KINDS, Record
from hansa.kernel.said import EmptyShelf
from tests.laws.test_kinds import opening, said_of

LOG = "l" * 63
LAST = 10**12 - 1
"""The largest index that a header takes."""
PLACE = f"{LOG}@{LAST}"
SIGN = "\U0001f6df"
"""A sign outside the plane in which careless software counts."""

EACH_KIND = pytest.mark.parametrize(
    "kind", [KINDS[tag] for tag in sorted(KINDS)], ids=sorted(KINDS)
)


def most_of(field: Field) -> Any:
    """The most that a field takes; None if only its example is known."""
    if field.type == "choice":
        return max(field.of.values, key=len)
    if field.type == "refs":
        return [f"{LOG}@{LAST - i}" for i in range(field.most or 0)]
    by_type = {
        "ref": PLACE,
        "integer": field.most,
        "moment": datetime(2299, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        "flag": True,
    }
    if field.type == "choices":
        return sorted(field.of.values, key=len)[-(field.most or 0) :]
    return by_type.get(field.type, field.example)


def longest(kind: type[Record], sign: str) -> Record:
    """The record with the most in each of its fields."""
    made = {
        field.name: sign * (field.most or 0) if field.type in {"text", "prose"} else most_of(field)
        for field in kind.fields
    }
    given = {name: value for name, value in made.items() if value is not None}
    return kind.decode(msgspec.json.encode(given))


def too_long(row: models.Model) -> list[str]:
    """The columns of a row that cannot hold what stands in it."""
    return [
        f"{type(row).__name__}.{field.name}: {len(getattr(row, field.attname))}"
        for field in row._meta.concrete_fields
        if isinstance(field, models.CharField)
        and field.max_length is not None
        and isinstance(getattr(row, field.attname), str)
        and len(getattr(row, field.attname)) > field.max_length
    ]


@EACH_KIND
@pytest.mark.parametrize("sign", [SIGN, "x"], ids=["wide", "plain"])
def test_the_longest_record_of_a_kind_fits_the_columns_of_every_row_it_changes(kind, sign):
    try:
        record = longest(kind, sign)
    except msgspec.ValidationError:
        pytest.skip("its fields hold each other to less")
    folding = Folding(EmptyShelf())
    said = said_of(record, log=LOG, index=LAST)
    saying: Saying = folding.saying(said)
    key = target(record, said.position)
    row = saying.new(record.row, key)
    if record.subject is not None:
        opening(record.row).apply(row, saying)
    record.judge(row, saying)
    record.apply(row, saying)
    rows = [row, *folding.kept.values()]
    assert not [one for changed in rows for one in too_long(changed)]


def width(model: type[models.Model], name: str) -> int:
    found = getattr(model._meta.get_field(name), "max_length", None)
    assert isinstance(found, int)
    return found


def test_an_entry_s_columns_take_whatever_an_envelope_may_name():
    assert width(Entry, "kind") >= 60
    assert width(Entry, "by") >= 80
    assert width(Entry, "log") >= len(LOG)
    assert width(Entry, "audience") >= 80
    assert width(Entry, "subject") >= len(PLACE)
    assert width(Entry, "fate") >= max(map(len, Fate.values))
    assert width(Entry, "reason") >= max(map(len, VOID))
    assert width(Touch, "key") == width(Entry, "subject")
    assert width(Tombstone, "order") >= len(PLACE)
    assert width(Once, "position") >= len(PLACE)
    for name, most in (("kind", 60), ("by", 80)):
        envelope = {"kind": "x", "by": "", "refs": {}, "says": {}, "approvals": []}
        fits = msgspec.json.encode({**envelope, name: SIGN * most})
        assert getattr(read_envelope(bytes(32) + fits), name) == SIGN * most
        with pytest.raises(Untrusted):
            read_envelope(bytes(32) + msgspec.json.encode({**envelope, name: "x" * (most + 1)}))
    assert Envelope.__struct_fields__[:2] == ("kind", "by")
    assert getattr(Body._meta.get_field("data"), "max_length", 0) is None


@pytest.mark.parametrize(
    "words", [r'"\u0000"', r'{"\u0000":1}', r'["x\u0000y"]', r'"\\\u0000"'], ids=str
)
def test_no_body_with_a_zero_sign_is_ever_read(words):
    body = bytes(32) + b'{"kind":"pact.note/1","by":"","refs":{},"says":' + words.encode() + b"}"
    with pytest.raises(Untrusted):
        read_envelope(body)


@pytest.mark.parametrize("words", [r'"\ud800"', r'"\udfff\ud800"'], ids=str)
def test_no_body_with_half_a_sign_is_ever_read(words):
    body = bytes(32) + b'{"kind":"pact.note/1","by":"","refs":{},"says":' + words.encode() + b"}"
    with pytest.raises(Untrusted):
        read_envelope(body)


def test_the_longest_idempotency_key_fits():
    from hansa.api.records import LONGEST_KEY

    assert len(f"api:{PLACE}:") + LONGEST_KEY <= width(Once, "key")
    assert Draft.__dataclass_fields__["once"].type is str
