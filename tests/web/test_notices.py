"""Something waits: who is told, how often, by what, and that nothing more is said."""

import email
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from hansa.kernel.errors import Refused
from hansa.kernel.models import Entry
from hansa.web import notices
from hansa.web.models import Channel, LastLook, NoticeAddress, Seat
from tests.builders import call

# apprise looks whether this Python still has imghdr.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class Phone:
    """A push service on this machine, and what it was given."""

    def __init__(self):
        received = self.received = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.place = f"127.0.0.1:{self.server.server_port}"
        self.url = f"ntfy://{self.place}/chicago"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def phone(settings):
    made = Phone()
    settings.NOTICE_SERVICES = {"ntfy": [made.place]}
    yield made
    made.close()


@pytest.fixture
def chicago(towns, sit, phone):
    """The browser of Chicago's chief, whose phone is known."""
    client = sit(towns[1].by, name="chicago")
    client.post("/notices", {"mail": "", "push": phone.url})
    return client


def test_a_call_of_others_is_told_once_and_without_a_word_of_it(towns, chicago, phone, settings):
    assert notices.deliver() == 0
    call(towns)
    assert notices.deliver() == 1
    assert notices.deliver() == 0
    (told,) = phone.received
    assert told["title"] == "Hansa: something waits for you"
    assert told["message"] == settings.NODE_URL
    assert "Troops" not in json.dumps(told)
    assert "Los Angeles" not in json.dumps(told)


def test_what_one_says_oneself_is_no_news(towns, chicago):
    towns[1].say("pact.officer/1", office="Duty officer", handle="duty", can=["duty"])
    assert notices.deliver() == 0


def test_what_concerns_others_only_is_not_told(towns, chicago):
    towns[0].say("pact.officer/1", office="Duty officer", handle="duty", can=["duty"])
    assert notices.deliver() == 0


def test_what_is_said_about_ones_own_is_told(towns, sit, phone):
    position = call(towns)
    sit(towns[0].by, name="la").post("/notices", {"mail": "", "push": phone.url})
    assert notices.deliver() == 0
    towns[2].say("pact.decline/1", call=position, form="legal", reason="No lawyer to spare.")
    assert notices.deliver() == 1


def test_private_notes_of_others_are_no_news(towns, sit, phone):
    position = call(towns)
    sit(towns[0].by, name="la").post("/notices", {"mail": "", "push": phone.url})
    note = notices.newest_for
    before = note([towns[0].log], 0)
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    record = KINDS["pact.note/1"].read({"on": position, "text": "Between us."})
    say(record, log=towns[2].log, by=towns[2].by, audience="own")
    assert note([towns[0].log], 0) == before


def test_who_has_seen_it_is_not_told(towns, chicago):
    call(towns)
    newest = Entry.objects.latest("id").id
    seat = Seat.objects.get(user__username="chicago")
    LastLook.objects.create(user=seat.user, entry=newest, at=seat.since)
    assert notices.deliver() == 0


def test_at_most_one_in_a_quarter_of_an_hour(towns, chicago, set_clock):
    call(towns)
    assert notices.deliver() == 1
    call(towns, summary="More came.")
    set_clock.to("2025-06-07T12:14+00:00")
    assert notices.deliver() == 0
    set_clock.to("2025-06-07T12:15+00:00")
    assert notices.deliver() == 1


def test_who_holds_no_office_any_more_is_not_told(towns, chicago, sit, phone):
    duty = towns[1].say("pact.officer/1", office="Duty officer", handle="duty", can=["duty"])
    Seat.objects.filter(user__username="chicago").update(officer=duty)
    towns[1].say("pact.officer-end/1", officer=duty)
    call(towns)
    assert notices.deliver() == 0


def test_a_notice_that_fails_is_tried_again_and_its_owner_sees_why(
    towns, chicago, phone, set_clock
):
    call(towns)
    NoticeAddress.objects.update(url="ntfy://127.0.0.1:1/chicago")
    assert notices.deliver() == 0
    assert "may use only" in chicago.get("/notices").content.decode()
    NoticeAddress.objects.update(url=phone.url)
    set_clock.to("2025-06-07T12:20+00:00")
    assert notices.deliver() == 1
    assert NoticeAddress.objects.get().trouble == ""


def test_the_staff_is_told_of_what_concerns_any_member_here(towns, phone, settings):
    settings.NOTICE_URLS = [phone.url]
    notices.deliver()
    assert NoticeAddress.objects.get().user is None
    settings.NOTICE_URLS = []
    notices.deliver()
    assert not NoticeAddress.objects.exists()


def test_an_exercise_is_told_as_one(towns, chicago, phone, home):
    (home / "hansa.toml").write_text('realm = "exercise"\n')
    call(towns)
    notices.deliver()
    assert phone.received[0]["title"] == "Exercise. Hansa: something waits for you"


@pytest.mark.parametrize(
    "address",
    [
        "json://169.254.169.254/latest/meta-data",
        "http://localhost/",
        "file:///etc/passwd",
        "ntfys://localhost/topic",
        "ntfys://ntfy.sh.example.org/topic",
        "ntfys://ntfy.sh@127.0.0.1/topic",
        "ntfys://ntfy.sh:8443/topic",
        "ntfys://ntfy.sh/topic?attach=file:///etc/passwd",
        "ntfys://ntfy.sh/",
        "ntfys://topic",
        "mailto://someone@example.org",
        "nonsense",
    ],
)
def test_nobody_points_this_node_at_a_machine_of_their_choosing(address, db, sit):
    with pytest.raises(Refused):
        notices.allowed(address)
    page = sit(name="someone").post("/notices", {"mail": "", "push": address})
    assert "form-errors" in page.content.decode()
    assert not NoticeAddress.objects.exists()


def test_the_service_that_staff_allowed_is_taken(db):
    assert notices.allowed("ntfys://ntfy.sh/a-topic") == "ntfys://ntfy.sh/a-topic"


class Postbox:
    """A mail server for one message (RFC 5321), and the message."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.message = b""
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        peer, _address = self.listener.accept()
        with peer, peer.makefile("rwb") as line:
            self._answer(line, "220 here")
            for said in iter(line.readline, b""):
                verb = said[:4].upper()
                if verb == b"DATA":
                    self._answer(line, "354 go on")
                    self.message = b"".join(iter(line.readline, b".\r\n"))
                self._answer(line, "221 bye" if verb == b"QUIT" else "250 ok")

    def _answer(self, line, words):
        line.write(f"{words}\r\n".encode())
        line.flush()


def test_a_mail_says_that_something_waits_and_where(towns, sit, settings):
    postbox = Postbox()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", postbox.port
    sit(towns[1].by).post("/notices", {"mail": "duty@chicago.example", "push": ""})
    assert NoticeAddress.objects.get().channel == Channel.MAIL
    call(towns)
    assert notices.deliver() == 1
    postbox.thread.join(5)
    postbox.listener.close()
    message = email.message_from_bytes(postbox.message)
    assert message["Subject"] == "Hansa: something waits for you"
    assert message["To"] == "duty@chicago.example"
    assert "Troops" not in postbox.message.decode()
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert settings.NODE_URL in body.decode()


def test_an_address_is_tried_out_on_the_spot(chicago, phone):
    page = chicago.post("/notices", {"mail": "", "push": phone.url, "try": "1"}, follow=True)
    assert "a notice is on its way" in page.content.decode()
    assert len(phone.received) == 1


def test_an_address_left_empty_is_forgotten(chicago):
    chicago.post("/notices", {"mail": "", "push": ""})
    assert not NoticeAddress.objects.exists()


def test_an_answer_about_to_fall_due_and_one_that_fell_due_are_told(
    towns, chicago, phone, set_clock
):
    call(towns)
    assert notices.deliver() == 1, "the call itself"
    set_clock.to("2025-06-08T09:59+00:00")
    assert notices.deliver() == 0, "due at 12:00: not near yet"
    set_clock.to("2025-06-08T10:01+00:00")
    assert notices.deliver() == 1
    set_clock.to("2025-06-08T10:31+00:00")
    assert notices.deliver() == 0, "told once"
    set_clock.to("2025-06-08T12:01+00:00")
    assert notices.deliver() == 1, "overdue"


def test_who_has_answered_is_not_reminded(towns, chicago, set_clock):
    position = call(towns)
    notices.deliver()
    for form in ("legal", "voice", "material", "information"):
        towns[1].say("pact.decline/1", call=position, form=form, reason="Not this time.")
    set_clock.to("2025-06-08T12:01+00:00")
    assert notices.deliver() == 0
