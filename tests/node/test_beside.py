"""What stands beside the records: remembered requests and the index of words. Verified, and made in turns."""

import threading

import pytest
from django.db import connection

from hansa.kernel import search
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Entry, Once
from hansa.kernel.record import KINDS
from hansa.kernel.say import say
from tests.builders import found

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(home, set_clock):
    one = found(1)[0]
    for i in range(3):
        note = KINDS["pact.note/1"].read({"on": one.by, "text": f"Zinnober {i}."})
        say(note, log=one.log, by=one.by, once=f"key-{i}")
    stock = KINDS["aid.stock/1"].read({"item": "drinking-water", "unit": "litre", "quantity": 5})
    say(stock, log=one.log, by=one.by, audience="own", once="own")
    note = KINDS["pact.note/1"].read({"on": one.by, "text": "Gone."})
    gone = say(note, log=one.log, by=one.by, once="gone")
    one.say("kernel.erasure/1", target=gone, ground="Asked.")
    search.catch_up()
    report = fsck()
    assert report.ok, report.text()
    return one


def last(**where):
    return Entry.objects.filter(**where).order_by("-id").first()


def told():
    report = fsck()
    assert not report.ok
    return report.text()


def test_a_request_remembered_for_another_record_is_found(town):
    one, other = Once.objects.get(key="key-0"), Once.objects.get(key="key-1")
    Once.objects.filter(key="key-0").update(position=other.position)
    assert f"{other.position}: the request remembered for it was another one" in told()
    Once.objects.filter(key="key-0").update(position=one.position, digest="0" * 64)
    assert f"{one.position}: the request remembered for it was another one" in told()
    Once.objects.filter(key="key-0").update(position="us-ca-los-angeles@99")
    assert "us-ca-los-angeles@99, which is not here" in told()


def test_a_request_whose_digest_would_tell_what_was_erased_is_found(town):
    Once.objects.filter(key="gone").update(digest="1" * 64)
    assert "lets it be guessed" in told()


def test_a_hole_in_the_index_is_found_and_rebuilt(town):
    entry = last(kind="pact.note/1")
    search.forget([entry.id])
    assert f"The search does not know entry {entry.id}" in told()
    search.start_over()
    assert fsck().ok
    assert len(search.find("Zinnober", town.log)) == 3


def test_a_changed_word_in_the_index_is_found(town):
    entry = last(kind="pact.note/1")
    search.forget([entry.id])
    word = "'other':1" if connection.vendor == "postgresql" else "other"
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kernel_search (rowid, said) VALUES (%s, %s)", [entry.id, word])
    assert f"The search does not know all words of entry {entry.id}" in told()


def test_words_of_an_entry_that_is_not_here_are_found(town):
    word = "'other':1" if connection.vendor == "postgresql" else "other"
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kernel_search (rowid, said) VALUES (%s, %s)", [9999, word])
    assert "The search holds words of entry 9999, which is not here" in told()


@pytest.mark.django_db(transaction=True)
def test_two_who_index_at_once_do_not_meet(town):
    """One of them is the worker, the other somebody who searches."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_search")
    together, wrong = threading.Barrier(4), []

    def index():
        together.wait()
        try:
            search.catch_up()
        except Exception as error:  # noqa: BLE001 - whatever it is, it fails the test
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=index) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    behind, report = search.behind(), fsck()
    with connection.cursor() as cursor:  # no table of Django's, so nobody else clears it
        cursor.execute("DELETE FROM kernel_search")
    assert wrong == []
    assert behind == 0
    assert report.ok, report.text()
