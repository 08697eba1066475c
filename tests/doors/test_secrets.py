"""What a member keeps to itself, and every way by which another member's officer or a visitor might come to read it."""

import asyncio
import io
import zipfile
from collections.abc import Iterator
from urllib.parse import quote

import msgspec
import pytest

from hansa.api.models import ApiToken
from hansa.api.rows import models_by_name
from hansa.kernel import search
from hansa.kernel.export import export_log, record_bundle
from hansa.kernel.home import home
from hansa.kernel.models import Entry, Touch
from hansa.web import feed
from tests.doors import table
from tests.doors.table import DOORS, Door, Role
from tests.doors.world import COUNTS, WORDS, Browser, World, invitation_to, read
from tests.foreign import ForeignLog

pytestmark = pytest.mark.django_db
LOOKERS = (
    Role("other-member", "chicago", "chief"),
    Role("no-office", office="account"),
    Role("revoked", "la", "revoked"),
    Role("visitor", demo=True),
)
VARIANTS = (
    "",
    "?format=csv",
    f"?q={WORDS[0]}",
    f"?q={WORDS[0]}&format=csv",
    "?item=meals",
    "?member=us-ca-los-angeles",
    "?kind=aid.stock/1",
    "?of={stock}",
    "?of={own-note}",
    "?since=2025-06-01&sort=-at",
)
ABOUT = ("?item=meals", "?on={own-note}")
LISTS = ("signed-in", "seated", "public")
API_VARIANTS = ("", "?about={own-note}", "?about={stock}", "?log=us-ca-los-angeles", "?limit=500")
NEEDLES = [
    *(word.lower().encode() for word in WORDS),
    *(form.encode() for count in COUNTS for form in (f"{count}", f"{count:,}")),
]
SHELVES = sorted(models_by_name())


@pytest.fixture(scope="module")
def ready(world: World) -> World:
    world.at["invite-token"] = invitation_to(world.at["spare"])
    world.at["token-number"] = ApiToken.objects.get(name="chicago chief").pk
    return world


@pytest.fixture(autouse=True)
def _asked_by_many(monkeypatch):
    """A looker asks more often in one test than a program in a minute."""
    from hansa.api import tokens

    monkeypatch.setattr(tokens, "RATE", 10**6)


def told(response) -> bytes:
    """All that an answer says, what is packed in it included."""
    said = read(response) + repr(sorted(response.headers.items())).encode()
    return (
        said + unpacked(said) if response.headers.get("Content-Type") == "application/zip" else said
    )


def unpacked(packed: bytes) -> bytes:
    """What the files in a zip hold."""
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        return b"".join(files.read(name) for name in files.namelist())


def leaks(said: bytes, asked: str) -> list[bytes]:
    """The planted words in an answer, less those that stood in the question."""
    low = said.lower()
    return [one for one in NEEDLES if one in low and one not in asked.lower().encode()] + (
        [b"content"] if b"only los angeles may read" in low else []
    )


def ways(world: World) -> list[str]:
    """All that a looker tries: every address, with the private records where it takes one, and with what lists are asked."""
    found = []
    for pattern in table.patterns():
        name = str(pattern.name)
        door = DOORS.get(name, Door())
        url, access = door.url(world, name), getattr(pattern.callback, "access", "")
        found.append(url)
        if len(door.args) == 1 and "@" in str(world.at.get(door.args[0], "")):
            found += [Door((one,)).url(world, name) for one in ("own-note", "stock-record")]
        elif not door.args and access in LISTS and name != "live":
            found += [url + one.format_map(world.at) for one in VARIANTS]
        elif access.startswith("can:logistics") or pattern.name == "note":
            found += [f"{url.partition('?')[0]}{one.format_map(world.at)}" for one in ABOUT]
    return list(dict.fromkeys(found))


def api_ways(world: World) -> Iterator[str]:
    """All that a program tries."""
    for shelf in (*SHELVES, "records", "duties", "me"):
        for variant in API_VARIANTS:
            yield f"/api/{shelf}{variant.format_map(world.at)}"
        for key in ("own-note", "stock-record", "stock"):
            yield f"/api/{shelf}/{quote(world.at[key])}"


@pytest.mark.parametrize("role", LOOKERS, ids=lambda one: one.name)
def test_no_page_shows_it_to_others(ready, settings, role):
    settings.DEMO = role.demo
    client = role.browser(ready)
    client.raise_request_exception = False
    found = {}
    for url in ways(ready):
        answer = client.get(url)
        assert answer.status_code < 500, url
        if leaked := leaks(told(answer), url):
            found[url] = leaked
    assert found == {}


@pytest.mark.parametrize("place", ["chicago", "seattle"])
def test_no_answer_of_the_api_gives_it_to_others(ready, place):
    program = Browser(headers={"Authorization": f"Bearer {ready.tokens[place, 'chief']}"})
    tried = list(api_ways(ready))
    found = {url: leaks(told(program.get(url)), url) for url in tried}
    assert {url: leaked for url, leaked in found.items() if leaked} == {}
    assert len(tried) > 150
    for secret in ("own-note", "stock-record"):
        assert program.get(f"/api/records/{ready.at[secret]}").status_code == 404
    assert program.get(f"/api/stocks/{ready.at['stock']}").status_code == 404
    assert program.get(f"/api/notes/{ready.at['own-note']}").status_code == 404


def test_its_own_officers_read_it_by_all_these_ways(ready):
    """What is looked for above is there to be found."""
    client = ready.sit("la", "note")
    at = ready.at
    shown = {
        "/stock": NEEDLES[4],
        "/stock?format=csv": NEEDLES[1],
        f"/search?q={WORDS[0][:6]}": NEEDLES[0],
        "/history": NEEDLES[0],
        "/history?format=csv": NEEDLES[0],
        f"/record/{at['own-note']}": NEEDLES[2],
        f"/record/{at['own-note']}.zip": NEEDLES[0],
        f"/call/{at['call']}": NEEDLES[0],
        f"/file/{at['file']}": b"content",
    }
    for url, needle in shown.items():
        assert needle in leaks(told(client.get(url)), ""), url
    program = Browser(headers={"Authorization": f"Bearer {ready.tokens['la', 'note']}"})
    for url in ("/api/records?limit=500", "/api/notes", f"/api/records/{at['own-note']}"):
        assert NEEDLES[0] in leaks(told(program.get(url)), ""), url
    assert leaks(told(program.get("/api/stocks")), "")


@pytest.mark.parametrize("role", LOOKERS[:1], ids=lambda one: one.name)
def test_it_is_as_good_as_not_there(ready, role):
    """The answer about a private record is the one about a record that nobody wrote."""
    client, at = role.browser(ready), ready.at
    for url in ("/record/{}", "/record/{}.zip", "/note?on={}", "/notes/on/{}", "/fact/{}"):
        there = client.get(url.format(at["own-note"]))
        absent = client.get(url.format("us-ca-los-angeles@999"))
        assert (there.status_code, absent.status_code) == (404, 404), url
    assert (
        client.get(f"/file/{at['file']}").status_code == client.get(f"/file/{'0' * 64}").status_code
    )


def test_the_live_stream_tells_others_nothing_of_it(ready):
    """Neither what is read back from the database nor what is kept in memory concerns them."""
    la, chicago = ready.log("la"), ready.log("chicago")
    note = Entry.objects.get(log=la, index=int(ready.at["own-note"].partition("@")[2]))
    here = feed.Feed(latest=0)
    here._take(feed._touches(0))
    for topic in (ready.at["own-note"], ready.at["stock"]):
        assert Touch.objects.filter(key=topic).exists()
        assert feed._missed(0, la, topic) is not None
        assert asyncio.run(here.since(0, la, topic)) is not None
        for other in (chicago, None):
            assert feed._missed(0, other, topic) is None
            assert asyncio.run(here.since(0, other, topic)) is None
    assert feed._missed(note.id - 1, chicago, ready.at["call"]) is None
    assert feed._missed(note.id - 1, la, ready.at["call"]) is not None


def test_no_record_of_others_carries_it_out(ready):
    """A stranger's record that cites a private one, valid or void, is told without the private one's words."""
    stranger, secret = ForeignLog(), ready.at["own-note"]
    cited = stranger.write("pact.note/1", {"on": secret, "text": "What is this?"}, cites=(secret,))
    order = stranger.write(
        "kernel.erasure/1", {"target": secret, "ground": "Curious."}, cites=(secret,)
    )
    stranger.send()
    assert stranger.fate(cited) == ("void", "ref-audience")
    assert stranger.fate(order) == ("void", "not-home")
    client = ready.sit("chicago", "chief")
    program = Browser(headers={"Authorization": f"Bearer {ready.tokens['chicago', 'chief']}"})
    for url in ("/history", "/", f"/record/{cited}", f"/record/{order}", "/history?format=csv"):
        assert leaks(told(client.get(url)), url) == [], url
    for url in ("/api/records?limit=500", f"/api/records/{order}", "/api/notes"):
        assert leaks(told(program.get(url)), url) == [], url
    assert search.find(WORDS[0], ready.log("chicago")) == []
    assert len(search.find(WORDS[0], ready.log("la"))) == 1


def test_a_private_record_s_proof_goes_without_its_body(ready):
    """Whoever holds the whole log, as every member's node does, gets its hashes, and the words of none."""
    for reader, private in ((None, False), (ready.log("chicago"), False), (ready.log("la"), True)):
        assert bool(leaks(unpacked(record_bundle(ready.at["own-note"], reader)), "")) is private
    for reader, private in ((None, False), (ready.log("chicago"), False), (ready.log("la"), True)):
        folder = home().folder / f"export-{reader}"
        export_log(ready.log("la"), folder, reader)
        said = b"".join(one.read_bytes() for one in folder.rglob("*") if one.is_file())
        assert bool(leaks(said, "")) is private


def test_a_refusal_repeats_nothing_of_it(ready):
    """What others are refused about a private record says no more than that it is not there."""
    program = Browser(headers={"Authorization": f"Bearer {ready.tokens['chicago', 'chief']}"})
    target = ready.at["own-note"]
    for kind, says in (
        ("kernel.erasure/1", {"target": target, "ground": "No."}),
        ("pact.fact-correction/1", {"fact": target, "text": "x", "why": "x", "sources": []}),
    ):
        body = msgspec.json.encode({"kind": kind, "says": says})
        answer = program.post("/api/records", body, content_type="application/json")
        assert answer.status_code in {403, 422}
        assert leaks(told(answer), "") == []
