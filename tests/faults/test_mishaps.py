"""What goes wrong on an ordinary bad day: clocks, double clicks, too much of everything, a grant that ends."""

import threading
from datetime import timedelta

import pytest

from hansa.kernel import clock, files
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.fsck import fsck
from hansa.kernel.log import Draft, append
from hansa.kernel.models import Entry
from hansa.kernel.record import KINDS
from hansa.kernel.said import Said
from hansa.kernel.say import say
from hansa.pact.models import Fact, Officer
from tests.attacks.words import fact
from tests.builders import found
from tests.faults.rig import run


def test_clock_a_year_behind(home, set_clock):
    town = found(1)[0]
    set_clock.to("2024-06-07T12:00+00:00")
    with pytest.raises(Refused) as refusal:
        town.say("pact.note/1", on=town.by, text="Hello.")
    assert refusal.value.code == "clock-behind"
    assert "2024-06-07 12:00 UTC" in refusal.value.sentence
    assert "2025-06-07 12:00 UTC" in refusal.value.sentence
    set_clock.to("2025-06-07T12:01+00:00")
    assert town.say("pact.note/1", on=town.by, text="Hello.")


def test_clock_some_minutes_behind_never_runs_the_log_backwards(home, set_clock):
    town = found(1)[0]
    set_clock.to("2025-06-07T11:56+00:00")
    said = town.say("pact.note/1", on=town.by, text="Hello.")
    entry = Entry.objects.get(log=town.log, index=int(said.partition("@")[2]))
    assert entry.at.isoformat() == "2025-06-07T12:00:00+00:00"
    assert fsck().ok


def test_clock_a_year_ahead_until_someone_says_that_it_is_right(home, set_clock):
    town = found(1)[0]
    set_clock.to("2026-06-07T12:00+00:00")
    with pytest.raises(Refused) as refusal:
        town.say("pact.note/1", on=town.by, text="Hello.")
    assert refusal.value.code == "clock-ahead"
    assert "hansa doctor --clock-is-right" in refusal.value.sentence
    (home / "clock-is-right-2026").touch()
    assert town.say("pact.note/1", on=town.by, text="Hello.")
    set_clock.to("2027-06-07T12:00+00:00")
    with pytest.raises(Refused, match="half a year"):
        town.say("pact.note/1", on=town.by, text="Hello.")


def test_field_of_ten_megabytes(home, set_clock):
    town = found(1)[0]
    with pytest.raises(Refused) as refusal:
        town.say("pact.note/1", on=town.by, text="x" * 10_000_000)
    assert refusal.value.field == "text"
    assert "at most 4,000" in refusal.value.sentence
    assert "10,000,000" in refusal.value.sentence


def test_record_that_is_too_long_as_a_whole(home, set_clock):
    """Each field within its bounds, all of them together not."""
    towns = found(1)
    from tests.builders import charter

    long = {"title": "An article", "text": "ü" * 4000}
    with pytest.raises(Refused) as refusal:
        towns[0].say("pact.pact/1", name="Second", **{**charter(), "articles": [long] * 60})
    assert refusal.value.code in {"too-long", "refused"}
    with pytest.raises(Refused) as refusal:
        append_one(
            KINDS["pact.pact/1"].read({"name": "Second", **charter(), "articles": [long] * 60}),
            towns[0],
        )
    assert refusal.value.code == "too-long"
    assert "256" in refusal.value.sentence


def append_one(record, town) -> object:
    (made,) = append([Draft(record, town.log, town.by)])
    if isinstance(made, Exception):
        raise made
    return made


def test_form_posted_twice(home, set_clock):
    town = found(1)[0]
    record = KINDS["pact.fact/1"].read(fact())
    first = say(record, log=town.log, by=town.by, once="form-1")
    set_clock.to("2025-06-07T13:00+00:00")
    assert say(record, log=town.log, by=town.by, once="form-1") == first
    both = append([Draft(record, town.log, town.by, once="form-2")] * 2)
    assert isinstance(both[0], Said)
    assert both[0].position == both[1]
    assert Fact.objects.count() == 2


def test_request_key_used_again_for_something_else(home, set_clock):
    first, second = found(2)
    record = KINDS["pact.fact/1"].read(fact())
    say(record, log=first.log, by=first.by, once="form-1")
    other = KINDS["pact.fact/1"].read(fact(text="Something else."))
    for draft in (
        Draft(other, first.log, first.by, once="form-1"),
        Draft(record, second.log, second.by, once="form-1"),
    ):
        with pytest.raises(Refused) as refusal:
            append_one_draft(draft)
        assert refusal.value.code == "key-reused"
    refused, fine = append(
        [
            Draft(other, first.log, first.by, once="form-1"),
            Draft(other, first.log, first.by, once="form-2"),
        ]
    )
    assert isinstance(refused, Refused)
    assert not isinstance(fine, Exception)
    assert Fact.objects.count() == 2


def append_one_draft(draft: Draft) -> object:
    (made,) = append([draft])
    if isinstance(made, Exception):
        raise made
    return made


def test_form_posted_by_many_threads_at_once_makes_one_record(real):
    script = """
places = []
def post():
    places.append(note("Only once.", once="form-1"))
    connection.close()
threads = [threading.Thread(target=post) for _ in range(12)]
for one in threads: one.start()
for one in threads: one.join()
assert len(places) == 12 and len(set(places)) == 1, places
assert fsck().ok
"""
    run(real, script)


def test_threads_that_write_one_log_at_once_leave_no_gap(real):
    script = """
places = []
def post(n):
    for i in range(10):
        places.append(note(f"{n} {i}"))
    connection.close()
before = Log.objects.get(name="town-a").size
threads = [threading.Thread(target=post, args=(n,)) for n in range(8)]
for one in threads: one.start()
for one in threads: one.join()
assert sorted(int(place.partition("@")[2]) for place in places) == list(range(before, before + 80))
assert fsck().ok
"""
    run(real, script)


def test_attachment_of_no_bytes(home):
    for chunks in ([], [b""], [b"", b""]):
        with pytest.raises(Refused) as refusal:
            files.keep("empty.pdf", "application/pdf", chunks)
        assert refusal.value.code == "file-empty"
        assert "0 bytes" in refusal.value.sentence
    assert [one for one in (home / "files").rglob("*") if one.is_file()] == []


def test_attachment_of_two_gigabytes_is_stopped_at_the_limit(home, settings):
    settings.HANSA_LARGEST_FILE = 3 * 1024 * 1024
    sent = 0
    largest = 0

    def two_gigabytes():
        nonlocal sent, largest
        for _ in range(2048):
            sent += 1
            yield bytes(1024 * 1024)
            largest = max(
                largest,
                sum(one.stat().st_size for one in (home / "files").rglob("*") if one.is_file()),
            )

    with pytest.raises(Refused) as refusal:
        files.keep("film.mp4", "video/mp4", two_gigabytes())
    assert refusal.value.code == "file-too-large"
    assert "3 MB" in refusal.value.sentence
    assert sent == 4
    assert largest <= 3 * 1024 * 1024
    assert [one for one in (home / "files").rglob("*") if one.is_file()] == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\plan.pdf", "plan.pdf"),
        ("/", "file"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("a\x00b\x1b[2J\n.pdf", "ab[2J.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("x" * 500 + ".pdf", "x" * 196 + ".pdf"),
        ("Línea 5 – ‘plan’.pdf", "Línea 5 – ‘plan’.pdf"),
    ],
)
def test_attachment_with_a_tricky_name(home, set_clock, given, kept):
    town = found(1)[0]
    file = files.keep(given, "text/plain", [b"x"])
    assert file.name == kept
    town.say("pact.note/1", on=town.by, text="Look.", files=[file])
    assert files.path_of(file.sha256).read_bytes() == b"x"


@pytest.mark.parametrize(
    "given",
    ["text/html\r\nX-Evil: 1", "x" * 500, "", "\x00", "text/plain; charset=utf-8", "ünicode/x"],
)
def test_attachment_with_a_tricky_type(home, set_clock, given):
    town = found(1)[0]
    file = files.keep("a.txt", given, [b"x"])
    assert file.type.isprintable()
    assert file.type.isascii()
    assert 0 < len(file.type) <= 100
    town.say("pact.note/1", on=town.by, text="Look.", files=[file])


@pytest.mark.parametrize(
    "digest", ["", "x", "../" * 21 + "x", "0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n", "٠" * 64]
)
def test_file_asked_for_by_a_tricky_name(home, digest):
    with pytest.raises(Untrusted):
        files.path_of(digest)


def test_officer_whose_grant_ends_between_two_clicks(home, set_clock):
    town = found(1)[0]
    clerk = town.say("pact.officer/1", office="Clerk", handle="clerk", can=["voice"])
    record = KINDS["pact.fact/1"].read(fact())
    draft = Draft(record, town.log, clerk)
    town.say("pact.officer-end/1", officer=clerk)
    with pytest.raises(Refused) as refusal:
        append_one_draft(draft)
    assert refusal.value.code == "ended"
    assert "term has ended" in refusal.value.sentence
    assert not Fact.objects.exists()


def test_officer_whose_term_runs_out_between_two_clicks(home, set_clock):
    town = found(1)[0]
    until = clock.now() + timedelta(hours=1)
    clerk = town.say("pact.officer/1", office="Clerk", handle="clerk", can=["voice"], until=until)
    town.say("pact.fact/1", as_=clerk, **fact())
    set_clock.at = until
    with pytest.raises(Refused) as refusal:
        town.say("pact.fact/1", as_=clerk, **fact())
    assert refusal.value.code == "ended"


def test_grant_that_ends_in_the_very_batch(home, set_clock):
    """Two clicks that reach the door together are still one after the other."""
    town = found(1)[0]
    clerk = town.say("pact.officer/1", office="Clerk", handle="clerk", can=["voice"])
    record, end = (
        KINDS["pact.fact/1"].read(fact()),
        KINDS["pact.officer-end/1"].read({"officer": clerk}),
    )
    before, _end, after = append(
        [
            Draft(record, town.log, clerk),
            Draft(end, town.log, town.by),
            Draft(record, town.log, clerk),
        ]
    )
    assert not isinstance(before, Exception)
    assert isinstance(after, Refused)
    assert after.code == "ended"
    assert Officer.objects.get(key=clerk).ended_at is not None
    assert threading.active_count() >= 1
    assert fsck().ok
