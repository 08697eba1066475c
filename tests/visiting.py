"""The browser of a demo home, in which a visitor takes any town's chair; and what its pages say."""

import re

import pytest
from django.test import Client

from tests.builders import Town


@pytest.fixture
def sit(settings):
    """The browser of a town's chief; of a visitor of the demo if none is named."""
    settings.DEMO = True

    def sit(town: Town | None = None) -> Client:
        client = Client()
        if town:
            session = client.session
            session["chair"] = town.by
            session.save()
        return client

    return sit


def text(response):
    """Return the words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def post(client, url, **fields):
    """Send a form that is taken."""
    response = client.post(url, fields)
    assert response.status_code == 302, text(response)
    return response
