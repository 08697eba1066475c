"""Hours on the road: by distance, by a table in the home, by a routing engine, and what each failure costs."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.aid import travel
from hansa.pact.models import Member

ANGLES = st.floats(-89, 89), st.floats(-179, 179)


def member(log, latitude, longitude, state="CA"):
    return Member(
        key=f"{log}@0", home=log, name=log, state=state, latitude=latitude, longitude=longitude
    )


LA = member("la", 34.05, -118.24)
SF = member("sf", 37.77, -122.42)
CHICAGO = member("chicago", 41.88, -87.63, "IL")
HONOLULU = member("honolulu", 21.31, -157.86, "HI")
NOWHERE = member("nowhere", None, None)


class Engine(BaseHTTPRequestHandler):
    """Answers like the table service of OSRM, or as a test wants it."""

    says: tuple[int, bytes] | None = None
    asked: list[str] = []

    def do_GET(self):
        self.asked.append(self.path)
        wanted = parse_qs(urlsplit(self.path).query)
        rows, columns = (len(wanted[name][0].split(";")) for name in ("sources", "destinations"))
        body = {"code": "Ok", "durations": [[7200.0] * columns for _row in range(rows)]}
        status, data = self.says or (200, json.dumps(body).encode())
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_words):
        pass


@pytest.fixture
def engine(home):
    """A routing engine on this machine, named in the home's settings."""
    Engine.says, Engine.asked = None, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    named = home / "hansa.toml"
    before = named.read_text() if named.exists() else ""
    named.write_text(f'{before}\n[travel]\nengine = "http://127.0.0.1:{server.server_port}"\n')
    yield Engine
    server.shutdown()
    server.server_close()
    thread.join()


def test_by_road_it_takes_what_a_truck_takes():
    assert travel.great_circle((34.05, -118.24), (37.77, -122.42)) == pytest.approx(559, abs=3)
    assert travel.hours(LA, SF) == pytest.approx(9.3, abs=0.2)
    assert 40 < travel.hours(LA, CHICAGO) < 55
    assert travel.hours(LA, LA) == travel.LOCAL


def test_over_the_sea_things_fly():
    assert travel.hours(LA, HONOLULU) == pytest.approx(18 + 4113 / 750, abs=0.2)


def test_whoever_has_no_place_is_nowhere(home):
    assert travel.hours(LA, NOWHERE) == float("inf")
    assert travel.times([NOWHERE, SF], [LA]).hours.keys() == {("sf", "la")}


@given(*ANGLES, *ANGLES)
def test_the_way_back_is_as_long_and_none_is_endless(north, east, other_north, other_east):
    a, b = (north, east), (other_north, other_east)
    assert travel.great_circle(a, b) == pytest.approx(travel.great_circle(b, a))
    assert 0 <= travel.great_circle(a, b) <= 20_016


def test_a_table_knows_better_and_a_bad_line_costs_only_itself(home):
    (home / "travel.csv").write_text(
        "from,to,hours\nsf,la,7.5\nchicago,la,soon\nsf,,3\nchicago,la,-4\nother,la,2\n"
    )
    known = travel.times([SF, CHICAGO], [LA])
    assert known.hours["sf", "la"] == 7.5
    assert known.hours["chicago", "la"] == round(travel.hours(CHICAGO, LA), 2)
    assert ("other", "la") not in known.hours
    assert [word[:7] for word in known.words] == ["Line 3 ", "Line 4 ", "Line 5 "]


def test_an_engine_of_ones_own_is_asked_for_the_whole_table(engine):
    known = travel.times([SF, CHICAGO, NOWHERE], [LA, SF])
    assert known.words == ()
    assert known.hours["sf", "la"] == known.hours["chicago", "la"] == 2.0
    (asked,) = engine.asked
    assert asked.startswith(
        "/table/v1/driving/-122.42000,37.77000;-87.63000,41.88000;-118.24000,34.05000;"
    )


def test_more_places_than_an_engine_takes_are_asked_in_parts(engine):
    givers = [member(f"g{one}", 30 + one / 10, -100) for one in range(travel.SOURCES + 1)]
    assert len(travel.times(givers, [LA]).hours) == travel.SOURCES + 1
    assert len(engine.asked) == 2


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ((200, b"no json"), "no JSON"),
        ((400, b'{"code": "TooBig"}'), "TooBig"),
        ((200, b'{"code": "Ok", "durations": [[1, 2, 3]]}'), "another shape"),
        ((200, b'{"code": "Ok"}'), "another shape"),
        ((302, b""), "Redirects are not followed"),
        ((200, b"[" * 90_000), "no JSON"),
        ((200, b" " * (travel.LARGEST + 1)), "bytes"),
    ],
)
def test_a_failing_engine_is_told_and_the_estimate_stands(engine, says, words):
    engine.says = says
    known = travel.times([SF], [LA])
    assert known.hours["sf", "la"] == round(travel.hours(SF, LA), 2)
    (told,) = known.words
    assert words in told
    assert "estimates from the distance" in told


@pytest.mark.parametrize("seconds", ["null", "-5", "1e12", '"7200"', "true"])
def test_a_way_that_no_truck_drives_keeps_its_estimate(engine, seconds):
    engine.says = (200, f'{{"code": "Ok", "durations": [[{seconds}]]}}'.encode())
    assert travel.times([SF], [LA]).hours["sf", "la"] == round(travel.hours(SF, LA), 2)


def test_an_engine_that_is_gone_is_told(home):
    (home / "hansa.toml").write_text('[travel]\nengine = "http://127.0.0.1:9"\n')
    (told,) = travel.times([SF], [LA]).words
    assert "does not answer" in told


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://10.0.0.1:5000", "without TLS"),
        ("https://10.0.0.1", "peer_networks"),
        ("https://169.254.169.254", "peer_networks"),
        ("http://127.0.0.1:5000/table", "no address"),
    ],
)
def test_no_address_makes_this_node_call_its_network_in_the_clear(home, address, words):
    (home / "hansa.toml").write_text(f'[travel]\nengine = "{address}"\n')
    (told,) = travel.times([SF], [LA]).words
    assert words in told
