"""Bodies, headers, trees and checkpoints that are not what they should be."""

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from hansa.kernel.entry import LARGEST_BODY, SALT, commit
from hansa.kernel.errors import Untrusted
from hansa.kernel.fsck import fsck
from hansa.kernel.ingest import Bundle, ingest
from hansa.kernel.merkle import leaf_hash, root_of
from hansa.kernel.models import Body, Entry, Fate, Log
from hansa.kernel.note import Signer, sign_checkpoint
from hansa.kernel.telling import tell
from hansa.kernel.verify import read_promise
from hansa.pact.models import Fact
from tests.attacks.words import DONE, envelope, fact, note, void

NOT_JSON = {
    "empty": b"",
    "cut": b'{"kind":"pact.fact/1"',
    "list": b"[]",
    "null": b"null",
    "number": b"1",
    "trailing": b'{"kind":"x.y/1","by":"","refs":{},"says":{}}x',
    "mark": b'\xef\xbb\xbf{"kind":"x.y/1","by":"","refs":{},"says":{}}',
    "utf-16": '{"kind":"x.y/1","by":"","refs":{},"says":{}}'.encode("utf-16"),
    "not-utf-8": b'{"kind":"\xff\xfe/1","by":"","refs":{},"says":{}}',
    "surrogate": b'{"kind":"\\ud800/1","by":"","refs":{},"says":{}}',
    "no-kind": b'{"kind":"","by":"","refs":{},"says":{}}',
    "long-kind": b'{"kind":"' + b"x" * 61 + b'","by":"","refs":{},"says":{}}',
    "number-kind": b'{"kind":1,"by":"","refs":{},"says":{}}',
    "missing": b'{"kind":"x.y/1","by":"","says":{}}',
    "refs-list": b'{"kind":"x.y/1","by":"","refs":[],"says":{}}',
    "short-hash": b'{"kind":"x.y/1","by":"","refs":{"a@0":"AAAA"},"says":{}}',
    "loose-hash": b'{"kind":"x.y/1","by":"","refs":{"a@0":"' + b"A" * 42 + b'B="},"says":{}}',
    "broken-hash": b'{"kind":"x.y/1","by":"","refs":{"a@0":"' + b"A" * 43 + b'=\\n"},"says":{}}',
    "no-position": b'{"kind":"x.y/1","by":"","refs":{"a":"' + b"A" * 43 + b'="},"says":{}}',
    "nul": bytes(64),
    "deep": b'{"kind":"x.y/1","by":"","refs":{},"says":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep-open": b'{"kind":"x.y/1","by":"","refs":{},"says":' + b'{"a":' * 30_000,
    "twice": b'{"kind":"x.y/1","kind":"x.z/1","by":"","refs":{},"says":{}}',
    "ref-twice": b'{"kind":"x.y/1","by":"","refs":{"a@0":"'
    + b"A" * 43
    + b'=","a@0":"'
    + b"A" * 43
    + b'="},"says":{}}',
    "says-twice": b'{"kind":"x.y/1","by":"","refs":{},"says":{"a":1,"a":2}}',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_body_that_is_no_envelope(log, body):
    bad = log.raw(body)
    good = log.write("pact.fact/1", fact())
    log.send()
    assert log.fate(bad) == void("malformed")
    assert log.fate(good) == DONE
    assert len(tell(Entry.objects.all())) == 3
    assert fsck().ok


SAYS = {
    "nan": b'{"item":"water","unit":"piece","quantity":NaN}',
    "infinity": b'{"item":"water","unit":"piece","quantity":Infinity}',
    "minus-infinity": b'{"item":"water","unit":"piece","quantity":-Infinity}',
    "negative": b'{"item":"water","unit":"piece","quantity":-1}',
    "minus-zero": b'{"item":"water","unit":"piece","quantity":-0.0}',
    "float": b'{"item":"water","unit":"piece","quantity":1.0}',
    "exponent": b'{"item":"water","unit":"piece","quantity":1e1}',
    "huge": b'{"item":"water","unit":"piece","quantity":' + b"9" * 100_000 + b"}",
    "huge-exponent": b'{"item":"water","unit":"piece","quantity":1e999999999}',
    "past-sixty-four-bits": b'{"item":"water","unit":"piece","quantity":18446744073709551616}',
    "past-sixty-three-bits": b'{"item":"water","unit":"piece","quantity":9223372036854775808}',
    "text": b'{"item":"water","unit":"piece","quantity":"5"}',
    "true": b'{"item":"water","unit":"piece","quantity":true}',
    "null": b'{"item":"water","unit":"piece","quantity":null}',
    "twice": b'{"item":"water","unit":"piece","quantity":1,"quantity":2}',
    "unit": b'{"item":"water","unit":"PIECE","quantity":1}',
    "array": b'["water","piece",1]',
    "nothing": b"null",
    "nul": b'{"item":"wa\\u0000ter","unit":"piece","quantity":1}',
    "escape": b'{"item":"wa\\u001b[2Jter","unit":"piece","quantity":1}',
    "delete": b'{"item":"wa\\u007fter","unit":"piece","quantity":1}',
}


@pytest.mark.parametrize("says", SAYS.values(), ids=SAYS)
def test_what_its_kind_does_not_take(log, says):
    body = envelope("aid.stock/1", log.keeper, {log.keeper: log.leaf(log.keeper)}, {})
    bad = log.raw(body.replace(b'"says":{}', b'"says":' + says), audience="own")
    good = log.write("pact.fact/1", fact())
    log.send()
    assert log.fate(bad) == void("malformed")
    assert log.fate(good) == DONE
    assert len(tell(Entry.objects.all())) == 3


@pytest.mark.parametrize(
    "when",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59Z",
        "2025-06-07T12:00:00",
        "2025-06-07T12:00:60Z",
        "2025-06-07",
        "1749290400",
    ],
)
def test_time_that_no_calendar_here_can_show(log, when):
    """A moment at the edge of the calendar would break every page that shows it in another time zone."""
    bad = log.write("pact.fact/1", fact(when=when))
    good = log.write("pact.fact/1", fact())
    log.send()
    assert log.fate(bad) == void("malformed")
    assert log.fate(good) == DONE


@pytest.mark.parametrize("sign", ["\x00", "\x01", "\x1b", "\x7f", "\x85", "\u2028", "\ud7ff"])
def test_control_signs_in_prose(log, sign):
    """NUL no PostgreSQL column takes, and the others speak to terminals; what is only unusual is let through."""
    said = log.write("pact.note/1", note(log.keeper, text=f"a{sign}b"), cites=(log.keeper,))
    log.send()
    assert log.fate(said) == (DONE if sign in "\u2028\ud7ff" else void("malformed"))


@pytest.mark.parametrize("sign", ["\n", "\t", "\r\n"])
def test_lines_and_tabs_are_no_control_signs(log, sign):
    said = log.write("pact.note/1", note(log.keeper, text=f"a{sign}b"), cites=(log.keeper,))
    log.send()
    assert log.fate(said) == DONE


@pytest.mark.parametrize(
    "file",
    [
        {"sha256": "0" * 64, "name": "../../x", "size": 1},
        {"sha256": "0" * 64, "name": "a/b", "size": 1},
        {"sha256": "0" * 64, "name": "a\\b", "size": 1},
        {"sha256": "0" * 64, "name": "a\nb", "size": 1},
        {"sha256": "0" * 64, "name": "a\x00b", "size": 1},
        {"sha256": "0" * 64 + "\n", "name": "a", "size": 1},
        {"sha256": "../" + "0" * 61, "name": "a", "size": 1},
        {"sha256": "0" * 64, "name": "a", "size": 0},
        {"sha256": "0" * 64, "name": "a", "size": 1, "type": "text/html\r\nX: y"},
        {"sha256": "0" * 64, "name": "a", "size": 1, "path": "x"},
    ],
)
def test_file_tricks(log, file):
    said = log.write("pact.note/1", note(log.keeper, files=[file]), cites=(log.keeper,))
    log.send()
    assert log.fate(said) == void("malformed")


@pytest.mark.parametrize("date", ["２０２５-06-07", "2025-06-07\n", "2025-13-40", "07.06.2025", ""])
def test_source_with_a_date_that_is_none(log, date):
    source = {"title": "An order", "publisher": "A ministry", "date": date}
    said = log.write("pact.fact/1", fact(sources=[source]))
    log.send()
    assert log.fate(said) == void("malformed")


# --- the tree and its head -----------------------------------------------------------------------


def refused(log, bundle: Bundle) -> None:
    """The bundle is refused whole, and the next good one is taken as if nothing had been."""
    before = list(Entry.objects.values_list("log", "index", "leaf"))
    heads = list(Log.objects.values_list())
    with pytest.raises(Untrusted):
        ingest([bundle])
    assert list(Entry.objects.values_list("log", "index", "leaf")) == before
    assert list(Log.objects.values_list()) == heads
    assert fsck().ok


def signed(log, entries: list[bytes], bodies, size: int | None = None) -> Bundle:
    root = root_of([leaf_hash(entry) for entry in entries])
    note = sign_checkpoint(len(entries) if size is None else size, root, log.signer)
    return Bundle(log.name, note, entries[log.sent :], bodies[log.sent :])


def test_body_that_does_not_match_the_commitment(log):
    log.write("pact.fact/1", fact())
    log.bodies[-1] = log.bodies[-1][:-1] + b" "
    refused(log, log.bundle())


def test_body_with_another_salt(log):
    log.write("pact.fact/1", fact())
    log.bodies[-1] = b"x" * SALT + log.bodies[-1][SALT:]
    refused(log, log.bundle())


def test_missing_body_is_an_entry_unread(log):
    said = log.write("pact.fact/1", fact())
    log.bodies[-1] = None
    log.send()
    assert log.fate(said) == (Fate.UNREAD, "")
    assert not Fact.objects.exists()
    assert fsck().ok


def test_oversize_body(log):
    body = bytes(SALT) + b" " * (LARGEST_BODY + 1 - SALT)
    log.entries.append(header(log, body=b64encode(commit(body)).decode(), size=len(body)))
    log.bodies.append(body)
    refused(log, log.bundle())


def test_largest_body_is_taken(log):
    text = b'"' + b"x" * (LARGEST_BODY - SALT - 2) + b'"'
    said = log.raw(text)
    log.send()
    assert log.fate(said) == void("malformed")


def header(log, /, **rest) -> bytes:
    body = bytes(SALT) + b"{}"
    right = {
        "v": 1,
        "log": log.name,
        "i": len(log.entries),
        "t": "2025-06-07T12:00:00Z",
        "aud": "pact",
        "body": b64encode(commit(body)).decode(),
        "size": len(body),
    }
    return json.dumps({**right, **rest}, separators=(",", ":")).encode()


def refuse_header(log, entry: bytes) -> None:
    log.entries.append(entry)
    log.bodies.append(bytes(SALT) + b"{}")
    refused(log, log.bundle())


def test_the_header_of_these_tests_is_a_good_one(log):
    log.entries.append(header(log))
    log.bodies.append(bytes(SALT) + b"{}")
    log.send()
    assert log.fate("elsewhere@1") == void("malformed")


@pytest.mark.parametrize(
    "rest",
    [
        {"log": "us-ca"},
        {"log": "elsewhere\n"},
        {"log": "ELSEWHERE"},
        {"log": "elsewhеre"},
        {"log": ""},
        {"log": "elsewhere/x"},
        {"i": 0},
        {"i": 2},
        {"i": -1},
        {"i": 10**12},
        {"i": "1"},
        {"i": 1.0},
        {"i": True},
        {"v": 2},
        {"v": 0},
        {"v": 1.0},
        {"t": "2025-06-07T12:00:00"},
        {"t": "2025-06-07 12:00:00"},
        {"t": 0},
        {"t": "0001-01-01T00:00:00+14:00"},
        {"t": "0001-01-01T00:00:00Z"},
        {"t": "9999-12-31T23:59:59-14:00"},
        {"t": "9999-12-31T23:59:59Z"},
        {"aud": ""},
        {"aud": "Pact"},
        {"aud": "pact\n"},
        {"aud": "x" * 81},
        {"body": ""},
        {"body": "A" * 43},
        {"body": "A" * 43 + "=\n"},
        {"body": "A" * 42 + "B="},
        {"size": 31},
        {"size": 33},
        {"size": -1},
        {"size": LARGEST_BODY + 1},
        {"size": 34.0},
        {"more": 1},
        {"aud": "a" * 2000},
    ],
    ids=str,
)
def test_header_that_is_none(log, rest):
    refuse_header(log, header(log, **rest))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b'"v":1', b'"v":1,"v":1'),
        lambda data: data.replace(b'"i":1', b'"i":0,"i":1'),
        lambda data: data.replace(b'"i":1', b'"\\u0069":0,"i":1'),
        lambda data: data.replace(b'"v":1,', b""),
        lambda data: data + b"x",
        lambda data: data[:-1],
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.decode().encode("utf-16"),
        lambda _: b"",
        lambda _: b"null",
        lambda _: b"[" * 1000,
        lambda data: data.replace(b"pact", b"p\xffct"),
        lambda data: data + b" " * 1000,
        lambda data: bytes(len(data)),
    ],
)
def test_header_bytes_that_are_none(log, change):
    refuse_header(log, change(header(log)))


def test_whatever_header_is_taken_here_the_checker_takes_too(log):
    """Else a hostile log would be accepted by nodes and refused by whoever verifies its export."""
    loose = [
        header(log),
        json.dumps(json.loads(header(log))).encode(),
        header(log).replace(b"12:00:00Z", b"12:00:00.5Z"),
        header(log).replace(b"12:00:00Z", b"12:00:00.123456789Z"),
        header(log).replace(b"12:00:00Z", b"12:00:00-07:00"),
        header(log).replace(b"T12:00:00Z", b"t12:00:00z"),
        header(log).replace(b"T12:00:00Z", b" 12:00:00Z"),
        header(log).replace(b'"aud"', b'"\\u0061ud"'),
        header(log).replace(b'"pact"', b'"p\\u0061ct"'),
    ]
    for entry in loose:
        log.entries.append(entry.replace(b'"i":1', b'"i":%d' % len(log.entries)))
        log.bodies.append(bytes(SALT) + b"{}")
        try:
            log.send()
        except Untrusted:
            log.entries.pop()
            log.bodies.pop()
            log.sent = len(log.entries)
        else:
            read_promise(log.entries[-1], len(log.entries) - 1, log.name)
    assert len(log.entries) > 2


def test_record_written_in_another_members_log(log, set_clock):
    """Neither under its own head with the other's name in the header, nor under the other's name with its own key."""
    from tests.builders import found

    here = found(1)[0]
    log.raw(b"{}", log=here.log)
    refused(log, log.bundle())
    log.entries[1:], log.bodies[1:] = [], []
    theirs = Log.objects.get(name=here.log)
    entry = header(log, log=here.log, i=theirs.size)
    for signer in (log.signer, Signer(f"hansa/{here.log}", log.name.encode().ljust(32, b"-"))):
        root = root_of(
            [bytes(one.leaf) for one in Entry.objects.filter(log=here.log).order_by("index")]
            + [leaf_hash(entry)]
        )
        refused(
            log, Bundle(here.log, sign_checkpoint(theirs.size + 1, root, signer), [entry], [None])
        )


def test_forged_checkpoint(log):
    log.write("pact.fact/1", fact())
    bundle = log.bundle()
    other = Signer("hansa/elsewhere", b"other".ljust(32, b"-"))
    root = root_of([leaf_hash(entry) for entry in log.entries])
    elsewhere = Signer("hansa/somewhere", b"elsewhere".ljust(32, b"-"))
    for head in (
        sign_checkpoint(2, root, other),
        sign_checkpoint(2, root, elsewhere),
        bundle.note.replace(b"\n2\n", b"\n3\n"),
        bundle.note.replace(b"\n2\n", b"\n02\n"),
        bundle.note[:-20],
        b"",
        b"\xff",
        bundle.note.split("—".encode())[0],
    ):
        refused(log, Bundle(bundle.log, head, bundle.entries, bundle.bodies))
    ingest([bundle])


def test_rolled_back_checkpoint(log):
    log.write("pact.fact/1", fact())
    log.send()
    old = sign_checkpoint(1, root_of([leaf_hash(log.entries[0])]), log.signer)
    refused(log, Bundle(log.name, old, [], []))


def test_forked_history(log):
    log.write("pact.fact/1", fact())
    log.send()
    log.entries[1] = header(log, i=1)
    log.bodies[1] = None
    log.write("pact.fact/1", fact())
    refused(log, log.bundle())


def test_checkpoint_that_speaks_of_more_or_fewer_than_came(log):
    log.write("pact.fact/1", fact())
    log.write("pact.fact/1", fact())
    whole = log.bundle()
    for entries, bodies in (
        (whole.entries[:1], whole.bodies[:1]),
        (whole.entries[1:], whole.bodies[1:]),
        ([], []),
        ([*whole.entries, whole.entries[-1]], [*whole.bodies, None]),
        (whole.entries, whole.bodies[:1]),
        (whole.entries[::-1], whole.bodies[::-1]),
        ([whole.entries[0], whole.entries[0]], [whole.bodies[0], whole.bodies[0]]),
    ):
        refused(log, Bundle(log.name, whole.note, entries, bodies))
    ingest([whole])


def test_entries_that_do_not_add_up_to_the_signed_root(log):
    log.write("pact.fact/1", fact())
    note = sign_checkpoint(2, bytes(32), log.signer)
    refused(log, Bundle(log.name, note, log.entries[1:], log.bodies[1:]))


def test_gap_in_the_index(log):
    log.raw(b"{}", index=2)
    refused(log, log.bundle())


@pytest.mark.parametrize(
    "name", ["nowhere", "", "elsewhere\n", "../x", "elsewhere/", "' OR 1=1 --", "x" * 1000, "\x00"]
)
def test_log_that_nobody_follows(log, name):
    log.write("pact.fact/1", fact())
    bundle = log.bundle()
    refused(log, Bundle(name, bundle.note, bundle.entries, bundle.bodies))


def test_one_bad_bundle_among_good_ones_leaves_nothing_behind(log, home):
    from tests.foreign import ForeignLog

    other = ForeignLog("other")
    other.send()
    good = other.write("pact.fact/1", fact())
    mine = other.bundle()
    log.write("pact.fact/1", fact())
    bad = Bundle(log.name, b"", log.entries[1:], log.bodies[1:])
    with pytest.raises(Untrusted):
        ingest([mine, bad])
    assert Entry.objects.count() == Body.objects.count() == 2
    ingest([mine])
    assert other.fate(good) == DONE


def test_times_far_ahead_do_not_stop_the_log(log):
    said = log.write("pact.fact/1", fact(), at=datetime(2299, 1, 1, tzinfo=UTC))
    after = log.write("pact.fact/1", fact())
    log.send()
    assert log.fate(said) == log.fate(after) == DONE
    assert [told.at.year for told in tell(Entry.objects.order_by("id"))] == [2025, 2299, 2299]


def nested(depth: int) -> bytes:
    """A body of an unknown kind that is nested just so deeply, with brackets in a text that do not count."""
    inner = depth - 1
    return (
        b'{"kind":"x.y/1","by":"","refs":{},"says":'
        + b"[" * inner
        + b'"[[[[\\"[[["'
        + b"]" * inner
        + b"}"
    )


def test_depth_at_which_no_reader_gives_up_is_the_same_everywhere(log):
    """A reader's own limit depends on who called it; this one depends on the bytes alone."""
    least, most = log.raw(nested(64)), log.raw(nested(65))
    log.send()
    assert log.fate(least) == (Fate.UNKNOWN, "")
    assert log.fate(most) == void("malformed")


def test_body_made_to_be_slow_is_read_as_fast_as_any(log):
    """Runs of quotation marks, backslashes and brackets: the time grows with the bytes and not with their square."""
    room = LARGEST_BODY - SALT - 200
    start = b'{"kind":"x.y/1","by":"","refs":{},"says":"'
    for filling in (
        b'\\"' * (room // 2),
        b"\\" * room,
        b"[{" * (room // 2),
        b'"' * room,
        b'\\\\"' * (room // 3),
    ):
        log.raw(start + filling)
    log.send()
    assert Entry.objects.filter(log=log.name).count() == 6
