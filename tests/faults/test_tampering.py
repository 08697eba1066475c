"""Someone with a hand in the database changes one value: the checker names it."""

# ruff: noqa: S608 - the names in these statements are the models' own

from typing import Any

import pytest
from django.db import DatabaseError, connection, models

from hansa.kernel import files, search
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Body, Entry, Erasure, Log, Once, Tombstone, Touch, row_models
from hansa.kernel.record import KINDS
from hansa.kernel.say import say
from tests.attacks.words import fact, note
from tests.builders import call, found
from tests.foreign import ForeignLog

NOT_SAID = {
    "kernel.Touch.id": "a number of the row alone",
    "kernel.Tombstone.id": "a number of the row alone",
    "kernel.Once.key": "made up by whoever sent the request, and told to nobody",
}


@pytest.fixture
def full(home, set_clock):
    """A home with at least one row in most tables."""
    towns = found(2)
    theirs = call(towns)
    other = ForeignLog()
    other.write("pact.fact/1", fact(sources=[]))
    other.write("no.such/1", {})
    other.write("pact.note/1", note("nowhere@0"), refs={"nowhere@0": bytes(32)})
    other.send()
    kept = files.keep("a.txt", "text/plain", [b"x"])
    told = towns[0].say("pact.fact/1", **fact())
    towns[0].say("pact.note/1", on=theirs, text="Look.", files=[kept])
    gone = towns[1].say("pact.note/1", on=told, text="Words.")
    towns[1].say("kernel.erasure/1", target=gone, ground="Asked.")
    towns[1].say("aid.stock/1", item="drinking-water", unit="litre", quantity=5)
    again = KINDS["pact.note/1"].read({"on": told, "text": "Once."})
    say(again, log=towns[1].log, by=towns[1].by, once="once")
    search.catch_up()
    assert fsck().ok
    return towns


def changed(field: "models.Field[Any, Any]", value):
    """Another value of the same sort."""
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.IntegerField):
        return (value or 0) + 1
    if isinstance(field, models.FloatField):
        return (value or 0.0) + 0.5
    if isinstance(field, models.DateTimeField):
        return "2001-02-03 04:05:06"
    if isinstance(field, models.BinaryField):
        data = bytes(value)
        return bytes([data[0] ^ 1]) + data[1:] if data else b"x"
    if isinstance(field, models.JSONField):
        return '["changed"]'
    return f"{value}x" if value else "x"


def held() -> list[type[models.Model]]:
    every: list[type[models.Model]] = [Log, Entry, Body, Touch, Tombstone, Once, *row_models()]
    return [one for one in every if one._default_manager.exists()]


def test_no_value_can_be_changed_unseen(full):
    unseen = []
    for model in held():
        table = model._meta.db_table
        for field in model._meta.concrete_fields:
            name = f"{model._meta.label}.{field.name}"
            if name in NOT_SAID:
                continue
            with connection.cursor() as cursor:
                cursor.execute("SAVEPOINT tampered")
                cursor.execute(
                    f'SELECT rowid, "{field.column}" FROM "{table}" ORDER BY rowid DESC LIMIT 1'
                )
                number, value = cursor.fetchone()
                cursor.execute(
                    f'UPDATE "{table}" SET "{field.column}" = %s WHERE rowid = %s',
                    [changed(field, value), number],
                )
                if fsck().ok:
                    unseen.append(name)
                cursor.execute("ROLLBACK TO tampered")
                cursor.execute("RELEASE tampered")
    assert unseen == []
    assert fsck().ok


def test_no_row_can_be_taken_away_or_added_unseen(full):
    unseen = []
    for model in held():
        table = model._meta.db_table
        columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
        for what in ("DELETE", "INSERT"):
            with connection.cursor() as cursor:
                cursor.execute("SAVEPOINT tampered")
                if what == "DELETE":
                    cursor.execute(
                        f'DELETE FROM "{table}" WHERE rowid = (SELECT max(rowid) FROM "{table}")'
                    )
                else:
                    key = model._meta.pk
                    new = {"kernel.Body": 999}.get(
                        model._meta.label, "x@9" if isinstance(key, models.CharField) else 999
                    )
                    if model in {Entry, Tombstone}:
                        columns = [one for one in columns if one != "log"]
                    listed = ", ".join(f'"{one}"' for one in columns)
                    extra = (', "log"', ", 'x'") if model in {Entry, Tombstone} else ("", "")
                    cursor.execute(
                        f'INSERT INTO "{table}" ("{key.column}", {listed}{extra[0]}) SELECT %s, {listed}{extra[1]} FROM "{table}" ORDER BY rowid DESC LIMIT 1',
                        [new],
                    )
                if fsck().ok and (what, model) != ("DELETE", Once):  # not every request has a key
                    unseen.append(f"{what} {model._meta.label}")
                cursor.execute("ROLLBACK TO tampered")
                cursor.execute("RELEASE tampered")
    assert unseen == []


@pytest.mark.parametrize("value", ["text", b"\xff\xfe", 2**62, None, "2025-13-45"])
def test_values_of_the_wrong_sort_give_sentences(full, value):
    """As a flipped type byte leaves them: the checker speaks, and never breaks off in the middle."""
    for model in held():
        table = model._meta.db_table
        for field in model._meta.concrete_fields:
            with connection.cursor() as cursor:
                cursor.execute("SAVEPOINT tampered")
                try:
                    cursor.execute(
                        f'UPDATE "{table}" SET "{field.column}" = %s WHERE rowid = (SELECT min(rowid) FROM "{table}")',
                        [value],
                    )
                except DatabaseError:  # the database itself would not have it
                    pass
                else:
                    for sentence in fsck().findings:
                        assert "Traceback" not in sentence
                cursor.execute("ROLLBACK TO tampered")
                cursor.execute("RELEASE tampered")
    assert Erasure.objects.exists()
