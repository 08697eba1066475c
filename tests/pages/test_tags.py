from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import resolve, reverse
from django.utils import timezone, translation

from hansa.kernel import clock
from hansa.pact.models import Member
from hansa.pages import panels, places
from hansa.pages.templatetags.hansa import span

SATURDAY = datetime(2025, 6, 8, 1, 0, tzinfo=UTC)


def shown(text, **context):
    return Template("{% load hansa %}" + text).render(Context(context))


def test_a_time_is_shown_with_its_zone():
    with timezone.override("America/Los_Angeles"):
        assert (
            shown("{% when at %}", at=SATURDAY)
            == '<time datetime="2025-06-07T18:00:00-07:00">Sat 7 Jun 2025, 18:00 PDT</time>'
        )
        assert shown("{% zone %}").startswith("America/Los_Angeles (P")
    assert shown("{% when at %}", at=SATURDAY.isoformat()).endswith(
        "Sun 8 Jun 2025, 01:00 UTC</time>"
    )
    assert shown("{% when at %}", at=None) == "–"
    with translation.override("es"):
        assert "Jun" in shown("{% when at %}", at=SATURDAY).title()


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (300, "in 5 h"),
        (-160, "2 h 40 min ago"),
        (0, "now"),
        (59, "in 59 min"),
        (47 * 60 + 59, "in 47 h 59 min"),
        (48 * 60, "in 2 days"),
        (-9 * 1440, "9 days ago"),
    ],
)
def test_how_far_a_moment_is_away(set_clock, minutes, words):
    assert shown("{% until at %}", at=clock.now() + timedelta(minutes=minutes)) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-160, "2 h 40 min ago"),
        (-1, "1 min ago"),
        (-0.5, "just now"),
        (0, "just now"),
        (7, "just now"),
    ],
)
def test_what_was_done_is_never_ahead(set_clock, minutes, words):
    assert shown("{% ago at %}", at=clock.now() + timedelta(minutes=minutes)) == words
    assert shown("{% ago at %}", at=None) == "–"


def test_one_day_is_counted_in_hours():
    assert span(timedelta(days=1)) == "24 h"


def test_a_member_is_named_and_linked(towns):
    request = RequestFactory().get("/")
    setattr(request, "member_names", {"us-il-chicago": "Chicago <b>"})  # noqa: B010 - as the middleware sets it
    assert (
        shown("{% member_link log %}", log="us-il-chicago", request=request)
        == '<a href="/member/us-il-chicago">Chicago &lt;b&gt;</a>'
    )
    assert shown("{% member_name log %}", log="us-xx", request=request) == "us-xx"


def test_a_row_knows_its_page(towns):
    row = Member.objects.get(home="us-il-chicago")
    assert places.address(row) == shown("{{ row|address }}", row=row) == "/member/us-il-chicago"
    assert places.address(None) is None


def panel(words):
    def make(_request, row):
        return ("pages/readers.html", {"readers": f"{words} {row}"}) if words else None

    return make


def test_panels_stand_in_their_order_and_only_if_they_have_something_to_say():
    second = panel("two")
    panels.register("test-page", 20, second)
    panels.register("test-page", 20, second)
    panels.register("test-page", 10, panel("<one>"))
    panels.register("test-page", 5, panel(""))
    text = shown('{% panels "test-page" row %}', request=RequestFactory().get("/"), row="row")
    assert text.index("&lt;one&gt; row") < text.index("two row")
    assert text.count("<p") == 2


def test_a_query_string_changes_in_one_place():
    request = RequestFactory().get("/?a=1&page=4")
    assert shown("{% query sort='-due' page=None %}", request=request) == "?a=1&amp;sort=-due"


@pytest.mark.parametrize("key", ["us-ca@0", "us-ca-los-angeles@17"])
def test_keys_stand_in_addresses_as_they_are(key):
    assert reverse("call", args=[key]) == f"/call/{key}"
    assert resolve(f"/call/{key}").kwargs == {"key": key}
