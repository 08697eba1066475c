"""What holds for every page: who acts, in which zone and language, under which headers."""

import asyncio
import gzip
from datetime import UTC

import pytest
from django.http import StreamingHttpResponse
from django.test import AsyncRequestFactory, Client
from django.urls import URLResolver, get_resolver

from hansa.pact.words import Capability
from hansa.web.middleware import POLICY, _keep_ways


def views(patterns=None, prefix=""):
    """Every address with its view."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, here)
        else:
            yield here, pattern.callback


KNOWN = {"public", "account", "signed-in", "seated", *(f"can:{one}" for one in Capability.values)}


@pytest.mark.parametrize(("place", "view"), [pytest.param(*one, id=one[0]) for one in views()])
def test_every_page_says_who_may_see_it(place, view):
    access = getattr(view, "access", None)
    assert access in KNOWN or ("api/" in place and access == "token"), f"{place}: {access}"


def test_nothing_from_elsewhere_and_nothing_inline(at_desk):
    page = at_desk.get("/")
    assert page.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    html = page.content.decode()
    assert "<style" not in html
    assert " style=" not in html
    assert " onclick=" not in html
    assert html.count("<script") == html.count('<script src="/static/')


def test_pages_say_that_they_are_not_to_be_kept_by_others(at_desk):
    page = at_desk.get("/")
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_a_page_travels_compressed_and_an_event_stream_does_not(at_desk):
    page = at_desk.get("/", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert b"<h1>" in gzip.decompress(page.content)
    stream = at_desk.get("/live", headers={"Accept-Encoding": "gzip"})
    assert not stream.has_header("Content-Encoding")
    stream.close()


def test_the_language_is_chosen_and_stays(at_desk):
    at_desk.post("/language", {"language": "es", "next": "/"})
    assert '<html lang="es">' in at_desk.get("/").content.decode()
    at_desk.post("/language", {"language": "en", "next": "/"})
    assert '<html lang="en">' in at_desk.get("/").content.decode()


def test_an_exercise_says_so_on_every_page(at_desk, home):
    assert "hansa-exercise" not in at_desk.get("/").content.decode()
    (home / "hansa.toml").write_text('realm = "exercise"\n')
    for place in ("/", "/calls", "/history", "/chair", "/nowhere"):
        assert "What the pact does here is played." in at_desk.get(place).content.decode(), place


def test_a_page_that_is_not_there_says_so_in_our_own_words(home):
    page = Client().get("/nowhere")
    assert page.status_code == 404
    assert "There is no such page here" in page.content.decode()


def test_a_form_without_its_key_is_refused_in_words(towns):
    strict = Client(enforce_csrf_checks=True)
    page = strict.post("/chair", {"officer": towns[0].by})
    assert page.status_code == 403
    assert "This form is too old, or cookies are off" in page.content.decode()


def test_the_own_menu_is_there_for_who_holds_an_office(at_desk):
    html = at_desk.get("/").content.decode()
    for label in (
        "Our stock",
        "Our officers",
        "Change office",
        "My notices",
        "My sign-in",
        "Sign out",
    ):
        assert label in html
    assert 'aria-current="page">Home' in html


def test_a_stranger_sees_no_menu(towns):
    html = Client().get("/account/login/").content.decode()
    assert "hansa-nav" not in html
    assert ">Sign in<" in html


def test_a_stream_keeps_the_officers_zone_and_comes_in_one_thread(at_desk):
    answer = at_desk.get("/history?format=csv")
    text = b"".join(answer.streaming_content).decode()
    assert "2025-06-07T05:00-07:00" in text


def test_a_large_stream_goes_out_whole_under_asgi():
    request = AsyncRequestFactory().get("/")
    response = StreamingHttpResponse(bytes([number % 256]) * 1000 for number in range(300))
    _keep_ways(request, response, UTC)

    async def read():
        return [chunk async for chunk in response]

    chunks = asyncio.run(read())
    assert len(chunks) == 5, "many small chunks travel together"
    assert b"".join(chunks) == b"".join(bytes([number % 256]) * 1000 for number in range(300))


def test_static_files_are_served_whole_and_only_once(client, db):
    first = client.get("/static/hansa/hansa.css")
    assert not first.streaming
    assert b"--brand" in first.content
    assert not first.has_header("Access-Control-Allow-Origin")
    again = client.get(
        "/static/hansa/hansa.css", headers={"If-Modified-Since": first.headers["Last-Modified"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert client.head("/static/hansa/hansa.css").status_code == 200
