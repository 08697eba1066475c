"""What the doctor says of backups, peers, clocks, witnesses, versions and the name by which TLS knows the node."""

import json
import socket
import ssl
import subprocess
import threading
from datetime import timedelta

import pytest
from django.utils.dateparse import parse_datetime

from hansa.kernel import clock, likeness
from hansa.kernel.models import Divergence, Entry, Fate, Kept
from hansa.kernel.sync.models import Node, Peer
from hansa.node import checkup, upgrade
from hansa.node.backup.making import DONE
from tests.builders import found

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(home):
    return found(1)[0]


def told(findings):
    return {one.what: one for one in findings}


def test_a_young_home_needs_no_backup_yet_and_an_older_one_does(home, town, monkeypatch):
    assert checkup._backup(home).ok
    later = clock.machine() + timedelta(days=3)
    monkeypatch.setattr(clock, "_machine", lambda: later)
    seen = checkup._backup(home)
    assert (seen.ok, "hansa backup" in seen.words) == (False, True)


@pytest.mark.parametrize(("hours", "ok"), [(1, True), (47, True), (49, False)])
def test_the_age_of_the_last_backup_is_told(home, town, hours, ok):
    made = clock.machine() - timedelta(hours=hours)
    (home / DONE).write_text(json.dumps({"made": made.isoformat()}))
    seen = checkup._backup(home)
    assert (seen.ok, f"{hours} hours old" in seen.words) == (ok, True)


@pytest.mark.parametrize("text", ["", "[]", '{"made": 5}', '{"made": "yesterday"}'])
def test_a_note_of_the_backup_that_cannot_be_read_counts_as_none(home, town, text):
    (home / DONE).write_text(text)
    assert "none was made yet" in checkup._backup(home).words


def test_a_restored_home_is_told_until_its_staff_has_read_it(home, town):
    assert list(checkup._restored(home)) == []
    (home / "restored").write_text('{"at": "2025-06-07T10:00:00", "made": "2025-06-06T03:00:00"}')
    (seen,) = checkup._restored(home)
    assert "from the backup of 2025-06-06T03:00" in seen.words
    (home / "restored").write_text("?")
    assert "from a backup" in next(checkup._restored(home)).words


def test_rows_that_another_version_made_are_told(town):
    upgrade.settle()
    assert checkup._fold().ok
    Kept.objects.filter(name=upgrade.FOLD).update(value="another")
    seen = checkup._fold()
    assert (seen.ok, "hansa migrate" in seen.words) == (False, True)


def test_records_of_unknown_kinds_are_counted(town):
    Entry.objects.filter(index=0).update(fate=Fate.UNKNOWN)
    assert "1 records are of kinds" in checkup._fold().words


def test_a_silent_divergence_is_told_with_its_object(town):
    assert checkup._alike().ok
    Divergence.objects.create(
        peer="https://b.example", log=town.log, size=3, object="pact.Note x@2", at=clock.now()
    )
    seen = checkup._alike()
    assert (seen.ok, "pact.Note x@2" in seen.words) == (False, True)


def test_a_clock_apart_from_most_peers_is_told(town):
    assert checkup._apart().ok
    for i, seconds in enumerate([300.0, 290.0, -5.0]):
        Peer.objects.create(url=f"https://{i}.example", cursor={"apart": seconds})
    seen = checkup._apart()
    assert (seen.ok, seen.words) == (
        False, "they stand 290 seconds ahead. Set this machine's clock by NTP.",
    )  # fmt: skip
    Peer.objects.update(cursor={"apart": 2.0})
    assert checkup._apart().ok


@pytest.mark.parametrize("lie", ["soon", None, [1]])
def test_a_note_of_a_clock_that_cannot_be_read_hides_no_other(town, lie):
    Peer.objects.create(url="https://liar.example", cursor={"apart": lie})
    Peer.objects.create(url="https://a.example", cursor={"apart": 100.0})
    assert "100 seconds ahead" in checkup._apart().words


def peer_of(town, **fields):
    from hansa.kernel.models import Log

    Log.objects.create(name="b", realm="hansa", vkey="b+00000000+x")
    Node.objects.create(
        key="b/node", home="b", at=clock.now(), audience="pact", url="https://b.example"
    )
    Peer.objects.create(url="https://b.example", **fields)


def test_a_silent_peer_is_told(town, monkeypatch):
    from hansa.kernel.sync import follow

    monkeypatch.setattr(follow, "peers", lambda: {"https://b.example": {"b"}})
    peer_of(town, heard_at=clock.now() - timedelta(hours=2), failures=9, problem="It is gone.")
    seen = told(checkup._peers())["https://b.example"]
    assert (seen.ok, seen.words) == (False, "silent. It is gone.")
    Peer.objects.update(heard_at=clock.now(), failures=0, problem="")
    assert told(checkup._peers())["https://b.example"].ok


def test_a_missing_policy_is_told_once_there_are_others(town, monkeypatch):
    from hansa.kernel.sync import follow

    monkeypatch.setattr(follow, "peers", dict)
    assert checkup._policy().ok
    monkeypatch.setattr(follow, "peers", lambda: {"https://b.example": {"b"}})
    seen = checkup._policy()
    assert (seen.ok, "no policy" in seen.words) == (False, True)


# --- the address -----------------------------------------------------------------------------


def test_an_origin_that_is_no_name_or_not_among_the_hosts_is_told():
    assert not checkup._tls("http://a.example", ["a.example"]).ok
    assert "Add it" in checkup._tls("https://a.example", ["b.example"]).words
    assert next(checkup._address({})).ok


@pytest.fixture
def proxy(tmp_path):
    """A TLS proxy with a certificate of its own making for `localhost`, good for so many days."""
    lines = []

    def start(days):
        command = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", str(days), "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost",
            "-keyout", tmp_path / "key", "-out", tmp_path / "cert",
        ]  # fmt: skip
        subprocess.run([*map(str, command)], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
        line = socket.create_server(("127.0.0.1", 0))
        lines.append(line)

        def serve():
            while True:
                try:
                    taken, _address = line.accept()
                    with context.wrap_socket(taken, server_side=True) as secured:
                        secured.recv(1)
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        return line.getsockname()[1]

    yield start
    for line in lines:
        line.close()


def test_a_certificate_that_nobody_vouches_for_is_told(proxy):
    seen = checkup._tls(f"https://localhost:{proxy(90)}", ["localhost"])
    assert (seen.ok, "certificate does not hold" in seen.words) == (False, True)


@pytest.mark.parametrize(("days", "ok"), [(90, True), (5, False)])
def test_a_certificate_that_ends_soon_is_told(proxy, tmp_path, monkeypatch, days, ok):
    port = proxy(days)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert"))
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    seen = checkup._tls(f"https://localhost:{port}", ["localhost"])
    assert (seen.ok, "renew it" in seen.words) == (ok, not ok)


def test_a_proxy_that_does_not_answer_is_told():
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]
    assert (
        "does not answer by TLS" in checkup._tls(f"https://localhost:{port}", ["localhost"]).words
    )


def test_a_member_that_tells_others_another_address_is_told(town):
    Node.objects.create(
        key=f"{town.log}/node",
        home=town.log,
        at=clock.now(),
        audience="pact",
        url="https://old.example",
    )
    (seen,) = checkup._told(["https://new.example"])
    assert "https://old.example" in seen.words
    assert list(checkup._told(["https://old.example/"])) == []


def test_everything_is_looked_at(home, town):
    upgrade.settle()
    likeness.publish()
    seen = told(checkup.findings(home, {}, 1, served=False))
    assert {
        "keys at rest", "backup", "fold", "rows", "clock of peers", "waiting", "bodies",
        "witnesses", "address",
    } <= set(seen)  # fmt: skip
    assert all(one.ok for one in seen.values()), seen
    assert parse_datetime(Kept.objects.get(name="published").value)


def test_a_serving_process_that_does_not_answer_is_told():
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]
    (seen,) = checkup._served(port)
    assert (seen.ok, "--port" in seen.words) == (False, True)
